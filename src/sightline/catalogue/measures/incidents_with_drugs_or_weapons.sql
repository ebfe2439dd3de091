-- The same incidents with children, as far as they were recorded as drug or weapon offences.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    involvement.person_id,
    cast(incident.started_at as date) as happened_on,
    incident.incident_id as event_id,
    coalesce(incident.location_type, 'not_recorded') as location_type,
    incident.incident_type as drugs_or_weapons
from incident
join involvement on involvement.agency_id = incident.agency_id and involvement.incident_reference = incident.incident_reference
where
    incident.started_at is not null
    and incident.recorded_at is not null
    and incident.incident_type in ('drugs', 'weapons')
    and coalesce(involvement.role, 'not_recorded') not in ('witness', 'reporter', 'missing')
