-- Children about whom any agency held a concern on any day of the twelve months to the end of the quarter.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct concern.person_id, quarter.period, concern.person_id as event_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
