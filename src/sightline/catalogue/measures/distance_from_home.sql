-- Kilometres between the middle of the ward a person lives in and the point of an incident in which the person was harmed or which the police marked
-- with exploitation; not at anybody's home. Where the person lives outside the area, or the incident has no point, there is no distance.
-- Whatever the certainty of the person's part in it.
select
    incident_part.person_id,
    incident_part.person_id || ' ' || incident_part.incident_id as event_id,
    incident_part.happened_on,
    sqrt(
        power(incident_part.easting - home.centre_easting, 2) + power(incident_part.northing - home.centre_northing, 2)
    ) / 1000 as value,
    incident_part.location_type,
    incident_part.exploitation_type,
    case
        when incident_part.incident_ward = person.ward then 'home_ward'
        when place.ward is not null then 'another_ward'
        when incident_part.incident_ward is not null then 'outside_area'
        when incident_part.incident_authority is not null and own_authority.authority is null then 'outside_area'
        else 'not_recorded'
    end as border_crossed
from incident_part
join person on person.person_id = incident_part.person_id
join ward as home on home.ward = person.ward
left join ward as place on place.ward = incident_part.incident_ward
left join own_authority on lower(own_authority.authority) = lower(incident_part.incident_authority)
where
    (incident_part.was_harmed = 1 or incident_part.exploitation_type is not null)
    and incident_part.location_type not in ('home', 'other_home', 'online')
    and incident_part.easting is not null
    and incident_part.northing is not null
    and home.centre_easting is not null
