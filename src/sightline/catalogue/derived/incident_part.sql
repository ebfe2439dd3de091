-- A person's part in an incident, with where and at what time of day it happened and whether the police marked it with exploitation. A person with
-- several roles in one incident has one row, and counts as harmed if any of them says so. Whatever the certainty of the part.
-- The hour is a time of day only where the record gives it to the minute. Who only saw or reported an incident has no part in it.
select
    involvement.person_id,
    incident.incident_id,
    min(involvement.agency_id) as agency_id,
    max(case when involvement.role = 'victim' then 1 else 0 end) as was_harmed,
    max(case when involvement.role = 'suspect' then 1 else 0 end) as was_suspected,
    max(case when involvement.role = 'missing' then 1 else 0 end) as was_missing,
    cast(min(incident.started_at) as date) as happened_on,
    min(incident.started_at_precision) as happened_on_precision,
    coalesce(min(incident.location_type), 'not_recorded') as location_type,
    min(incident.ward) as incident_ward,
    min(incident.incident_authority) as incident_authority,
    min(incident.easting) as easting,
    min(incident.northing) as northing,
    min(case when incident.exploitation_type <> 'missing' then incident.exploitation_type end) as exploitation_type,
    case
        when coalesce(min(incident.started_at_precision), 'not known') <> 'minute' then 'not_recorded'
        when extract(hour from min(incident.started_at)) < 6 then 'night'
        when extract(hour from min(incident.started_at)) < 12 then 'morning'
        when extract(hour from min(incident.started_at)) < 18 then 'afternoon'
        else 'evening'
    end as time_of_day
from involvement
join incident on incident.agency_id = involvement.agency_id and incident.incident_reference = involvement.incident_reference
where incident.started_at is not null and coalesce(involvement.role, 'not_recorded') not in ('witness', 'reporter')
group by involvement.person_id, incident.incident_id
