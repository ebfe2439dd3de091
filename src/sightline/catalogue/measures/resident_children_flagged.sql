-- Children about whom an agency held a concern on any day of the twelve months to the end of the quarter; those who are known to live elsewhere are
-- left out. Whatever the certainty: known, suspected and at risk count alike.
select distinct concern.person_id, quarter.period, concern.agency_id as event_id, concern.agency_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
left join person on person.person_id = concern.person_id
where coalesce(person.resident_in_area, true)
