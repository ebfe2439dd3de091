-- Girls and boys about whom an agency held a concern that names a form of exploitation, on any day of the twelve months to the end of the
-- quarter; children whose sex is not recorded are in neither. Whatever the certainty: known, suspected and at risk count alike.
select distinct concern.person_id, quarter.period, concern.agency_id as event_id, concern.agency_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
join person on person.person_id = concern.person_id
where concern.exploitation_type <> 'other' and person.sex in ('female', 'male')
