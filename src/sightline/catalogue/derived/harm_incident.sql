-- Incidents outside the child's own home in which the child is recorded as the one harmed.
select
    involvement.person_id,
    involvement.agency_id,
    incident.incident_id,
    cast(incident.started_at as date) as happened_on,
    incident.started_at_precision as happened_on_precision,
    involvement.certainty
from involvement
join incident on incident.agency_id = involvement.agency_id and incident.incident_reference = involvement.incident_reference
where involvement.role = 'victim' and coalesce(incident.location_type, 'not_recorded') <> 'home' and incident.started_at is not null
