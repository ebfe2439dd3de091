-- Incidents in which somebody was harmed, or which the police marked with exploitation, and of which the kind of place is recorded; what happened
-- online happened at no place. Whatever the certainty of a person's part in it.
select
    incident_part.person_id,
    incident_part.incident_id as event_id,
    incident_part.happened_on,
    incident_part.incident_ward,
    incident_part.time_of_day,
    incident_part.exploitation_type
from incident_part
where
    (incident_part.was_harmed = 1 or incident_part.exploitation_type is not null)
    and incident_part.location_type not in ('not_recorded', 'online')
