-- Adults whom the police named as suspects in incidents of the twelve months in which a child was harmed, by how many different children were harmed in
-- them. Suspected is not guilty; nothing is counted here for any one adult. Whatever the certainty: known, suspected and at risk count alike.
select
    suspect.person_id,
    quarter.period,
    suspect.person_id as event_id,
    case
        when count(distinct harmed.person_id) = 1 then 'one'
        when count(distinct harmed.person_id) = 2 then 'two'
        else 'three_or_more'
    end as children_harmed
from involvement as suspect
join incident on incident.agency_id = suspect.agency_id and incident.incident_reference = suspect.incident_reference
join involvement as harmed
    on harmed.agency_id = suspect.agency_id
    and harmed.incident_reference = suspect.incident_reference
    and harmed.person_id <> suspect.person_id
join person as child on child.person_id = harmed.person_id
join quarter
    on cast(incident.started_at as date) <= quarter.end_on
    and cast(incident.started_at as date) > quarter.end_on - interval 12 month
where
    suspect.role = 'suspect'
    and harmed.role = 'victim'
    and cast(incident.started_at as date) < child.birth_month + interval 18 year
group by suspect.person_id, quarter.period
