-- Adults whom the police named as suspects in incidents of the twelve months marked with a form of exploitation, by form, and by whether children other
-- than one were there in any part, harmed or not. Suspected is not guilty. Whatever the certainty: known, suspected and at risk count alike.
with seen as (
    select
        suspect.person_id,
        quarter.period,
        incident.exploitation_type,
        count(distinct child.person_id) as children
    from involvement as suspect
    join incident on incident.agency_id = suspect.agency_id and incident.incident_reference = suspect.incident_reference
    join quarter
        on cast(incident.started_at as date) <= quarter.end_on
        and cast(incident.started_at as date) > quarter.end_on - interval 12 month
    left join involvement as present
        on present.agency_id = suspect.agency_id
        and present.incident_reference = suspect.incident_reference
        and present.person_id <> suspect.person_id
    left join person as child
        on child.person_id = present.person_id
        and cast(incident.started_at as date) < child.birth_month + interval 18 year
    where suspect.role = 'suspect' and incident.exploitation_type is not null and incident.exploitation_type <> 'missing'
    group by suspect.person_id, quarter.period, incident.exploitation_type
)
select
    seen.person_id,
    seen.period,
    seen.person_id as event_id,
    seen.exploitation_type,
    case when seen.children = 0 then 'none' when seen.children = 1 then 'one' else 'several' end as children_present
from seen
