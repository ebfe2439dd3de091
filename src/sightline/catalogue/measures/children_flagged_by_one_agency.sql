-- Children about whom exactly one agency held a concern on any day of the twelve months to the end of the quarter. Children who are known to live
-- elsewhere are left out, because only the police tell of them. Whatever the certainty: known, suspected and at risk count alike.
select
    concern.person_id,
    quarter.period,
    min(concern.agency_id) as agency_id,
    concern.person_id as event_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
left join person on person.person_id = concern.person_id
where coalesce(person.resident_in_area, true)
group by concern.person_id, quarter.period
having count(distinct concern.agency_id) = 1
