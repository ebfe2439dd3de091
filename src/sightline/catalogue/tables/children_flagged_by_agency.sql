-- Children about whom an agency held a concern on any day of the twelve months to the end of the quarter, by agency, form and certainty.
select distinct concern.person_id, quarter.period, concern.person_id as event_id, concern.agency_id, concern.exploitation_type, concern.certainty
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
