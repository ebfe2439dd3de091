-- Days from a referral to mental health support or therapy until it began, of children about whom any agency held a concern by the day it began.
-- A referral or a beginning of which only the month is known is no measure of days. Whatever the certainty: known, suspected and at risk count alike.
select distinct
    intervention.person_id,
    intervention.started_on as happened_on,
    intervention.intervention_id as event_id,
    intervention.source as referral_source,
    date_diff('day', intervention.referred_on, intervention.started_on) as value
from intervention
join first_concern
    on first_concern.person_id = intervention.person_id and first_concern.started_on <= intervention.started_on
where
    intervention.programme in ('mental_health', 'therapy')
    and intervention.referred_on_precision in ('day', 'minute')
    and intervention.started_on_precision in ('day', 'minute')
    and intervention.started_on >= intervention.referred_on
