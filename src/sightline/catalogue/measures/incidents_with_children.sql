-- Incidents recorded by the police in which somebody had a part: harmed, suspected, or there in another role than witness or reporter; missing
-- reports are counted elsewhere. Youth justice's own records of the same offences say nothing of when they were recorded, and are left out.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    involvement.person_id,
    cast(incident.started_at as date) as happened_on,
    incident.incident_id as event_id,
    coalesce(incident.location_type, 'not_recorded') as location_type
from incident
join involvement on involvement.agency_id = incident.agency_id and involvement.incident_reference = incident.incident_reference
where
    incident.started_at is not null
    and incident.recorded_at is not null
    and coalesce(incident.incident_type, 'not_recorded') not in ('missing', 'away')
    and coalesce(involvement.role, 'not_recorded') not in ('witness', 'reporter', 'missing')
