-- Waits that ended in the twelve months: from a child's first possible sign, where there was an earlier one, to the first concern, from the first concern to the first response that
-- came on or after it, from a referral to the end of the assessment it led to, and from a referral to a specialist team to its first contact with
-- the child. Only where both days are known. Whatever the certainty: known, suspected and at risk count alike.
with concern_began as (
    select
        first_concern.person_id, first_concern.started_on, min(first_concern.concern_id) as concern_id,
        min(first_concern.started_on_precision) as started_on_precision
    from first_concern
    where first_concern.started_on_precision in ('day', 'minute')
    group by first_concern.person_id, first_concern.started_on
)
select
    first_sign.person_id,
    concern_began.started_on as happened_on,
    concern_began.concern_id as event_id,
    'sign_to_concern' as wait,
    date_diff('day', first_sign.happened_on, concern_began.started_on) as value
from first_sign
join concern_began on concern_began.person_id = first_sign.person_id
where first_sign.sign <> 'concern' and first_sign.happened_on_precision in ('day', 'minute') and concern_began.started_on_precision in ('day', 'minute')
union all
select
    concern_began.person_id,
    min(exploitation_response.responded_on) as happened_on,
    concern_began.concern_id as event_id,
    'concern_to_response' as wait,
    min(date_diff('day', concern_began.started_on, exploitation_response.responded_on)) as value
from concern_began
join exploitation_response
    on exploitation_response.person_id = concern_began.person_id and exploitation_response.responded_on >= concern_began.started_on
where exploitation_response.responded_on_precision in ('day', 'minute') and concern_began.started_on_precision in ('day', 'minute')
group by concern_began.person_id, concern_began.concern_id
union all
select
    referral.person_id,
    min(assessment.authorised_on) as happened_on,
    referral.referral_id as event_id,
    'referral_to_assessment' as wait,
    min(date_diff('day', referral.received_on, assessment.authorised_on)) as value
from referral
join assessment
    on assessment.person_id = referral.person_id
    and assessment.agency_id = referral.agency_id
    and assessment.started_on >= referral.received_on
    and date_diff('day', referral.received_on, assessment.started_on) <= 90
where
    referral.received_on_precision in ('day', 'minute')
    and assessment.started_on_precision in ('day', 'minute')
    and assessment.authorised_on_precision in ('day', 'minute')
group by referral.person_id, referral.referral_id
union all
select
    specialist_spell.person_id,
    specialist_spell.started_on as happened_on,
    specialist_spell.spell_id as event_id,
    'referral_to_specialist' as wait,
    date_diff('day', specialist_spell.referred_on, specialist_spell.started_on) as value
from specialist_spell
where
    specialist_spell.referred_on_precision in ('day', 'minute')
    and specialist_spell.started_on_precision in ('day', 'minute')
    and specialist_spell.started_on >= specialist_spell.referred_on
