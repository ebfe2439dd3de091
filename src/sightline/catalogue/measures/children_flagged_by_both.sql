-- Children about whom two agencies held a concern in the twelve months to the end of the quarter, once for each such pair of agencies. The two
-- need not have held it at the same time, nor named the same form. Whatever the certainty: known, suspected and at risk count alike.
with held as (
    select distinct concern.person_id, quarter.period, concern.agency_id
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
)
select
    held.person_id,
    held.period,
    held.agency_id || '+' || other.agency_id as event_id,
    held.agency_id || '+' || other.agency_id as agency_pair
from held
join held as other on other.person_id = held.person_id and other.period = held.period and held.agency_id < other.agency_id
