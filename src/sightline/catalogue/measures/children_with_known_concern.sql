-- Children about whom an agency holds a concern on the last day of the quarter.
-- Whatever the certainty: known, suspected and at risk count alike.
select concern.person_id, quarter.period, concern.concern_id as event_id, concern.agency_id, concern.exploitation_type
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on >= quarter.end_on)
