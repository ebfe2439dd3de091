-- Children about whom an agency held a concern that names a form of exploitation, on any day of the twelve months to the end of the quarter.
-- "Other" names no form. Whatever the certainty: known, suspected and at risk count alike.
select distinct
    concern.person_id, quarter.period, concern.exploitation_type as event_id, concern.exploitation_type, concern.agency_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
where concern.exploitation_type <> 'other'
