-- Children about whom an agency holds a concern on the last day of the quarter and for whom any agency completed a screening tool in the
-- $within_days before that day (or on it). Where only the month of a screening is known, it does not count.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct
    concern.person_id, quarter.period, concern.concern_id as event_id, concern.agency_id, concern.exploitation_type
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on >= quarter.end_on)
join screening
    on screening.person_id = concern.person_id
    and screening.completed_on <= quarter.end_on
    and screening.completed_on_precision in ('day', 'minute')
    and date_diff('day', screening.completed_on, quarter.end_on) <= $within_days
