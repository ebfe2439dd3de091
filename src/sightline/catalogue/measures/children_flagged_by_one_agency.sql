-- Children about whom exactly one agency held a concern on any day of the twelve months to the end of the quarter.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    concern.person_id,
    quarter.period,
    min(concern.agency_id) as agency_id,
    concern.person_id as event_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
group by concern.person_id, quarter.period
having count(distinct concern.agency_id) = 1
