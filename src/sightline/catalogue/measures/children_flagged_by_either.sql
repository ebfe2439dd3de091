-- Children about whom at least one of two agencies held a concern in the twelve months to the end of the quarter, once for each pair of agencies
-- that held any at all. Whatever the certainty: known, suspected and at risk count alike.
with held as (
    select distinct concern.person_id, quarter.period, concern.agency_id
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
),
holding as (
    select distinct held.period, held.agency_id from held
)
select distinct
    held.person_id,
    held.period,
    least(held.agency_id, holding.agency_id) || '+' || greatest(held.agency_id, holding.agency_id) as event_id,
    least(held.agency_id, holding.agency_id) || '+' || greatest(held.agency_id, holding.agency_id) as agency_pair
from held
join holding on holding.period = held.period and holding.agency_id <> held.agency_id
