-- Girls about whom an agency held a concern of criminal exploitation, and boys about whom one held a concern of sexual exploitation, on any day
-- of the twelve months to the end of the quarter. Whatever the certainty: known, suspected and at risk count alike.
select distinct concern.person_id, quarter.period, concern.agency_id as event_id, concern.agency_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
join person on person.person_id = concern.person_id
where
    (person.sex = 'female' and concern.exploitation_type = 'criminal')
    or (person.sex = 'male' and concern.exploitation_type = 'sexual')
