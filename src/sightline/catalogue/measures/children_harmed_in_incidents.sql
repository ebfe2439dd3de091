-- Children recorded as harmed in an incident outside their own home. Whatever the certainty of their part in it.
select harm_incident.person_id, harm_incident.happened_on, harm_incident.incident_id as event_id, harm_incident.agency_id
from harm_incident
