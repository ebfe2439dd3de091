-- Children of ten to seventeen who live in the area and about whom an agency held a concern in the twelve months to the end of the quarter, by agency.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct concern.person_id, quarter.period, concern.person_id as event_id, concern.agency_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
join person on person.person_id = concern.person_id
where
    quarter.end_on >= person.birth_month + interval 10 year
    and coalesce(person.resident_in_area, true)
