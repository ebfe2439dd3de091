-- Children whom help about exploitation met for the first time in the twelve months to the end of the quarter, with the days since they were
-- referred to it. Where either is known to the month only there is no number of days; attempts that met nobody are not recorded here.
select
    specialist_spell.person_id,
    quarter.period,
    specialist_spell.started_on as happened_on,
    specialist_spell.spell_id as event_id,
    specialist_spell.agency_id,
    date_diff('day', specialist_spell.referred_on, specialist_spell.started_on) as value
from specialist_spell
join quarter on specialist_spell.started_on <= quarter.end_on and specialist_spell.started_on > quarter.end_on - interval 12 month
where
    specialist_spell.referred_on_precision in ('day', 'minute')
    and specialist_spell.started_on_precision in ('day', 'minute')
    and specialist_spell.referred_on <= specialist_spell.started_on
