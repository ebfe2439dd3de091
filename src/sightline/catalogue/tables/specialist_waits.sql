-- Days from the referral to a specialist team or service to its first contact with the child, for those it took on and whose two days are known.
select
    specialist_spell.person_id,
    specialist_spell.started_on as happened_on,
    specialist_spell.spell_id as event_id,
    intervention.source as referral_source,
    date_diff('day', specialist_spell.referred_on, specialist_spell.started_on) as value
from specialist_spell
join intervention on intervention.person_id = specialist_spell.person_id and intervention.intervention_id = specialist_spell.spell_id
where
    specialist_spell.referred_on_precision in ('day', 'minute')
    and specialist_spell.started_on_precision in ('day', 'minute')
    and specialist_spell.started_on >= specialist_spell.referred_on
