-- Incidents of the twelve months to the end of the quarter that the police marked with a form of exploitation and that happened on buses, on trains,
-- in taxis, at stations or stops. Whatever the certainty of a person's part in it.
select
    incident_part.person_id,
    incident_part.incident_id as event_id,
    incident_part.happened_on,
    quarter.period,
    incident_part.incident_ward,
    incident_part.time_of_day,
    incident_part.exploitation_type
from incident_part
join quarter
    on incident_part.happened_on <= quarter.end_on and incident_part.happened_on > quarter.end_on - interval 12 month
where incident_part.exploitation_type is not null and incident_part.location_type = 'transport'
