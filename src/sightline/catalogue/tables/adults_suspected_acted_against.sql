-- Adults whom the police named as suspects in incidents of the twelve months marked with exploitation, by whether an action has been taken against
-- them since the first of those incidents. Whatever the certainty: known, suspected and at risk count alike.
select
    suspects.person_id,
    suspects.period,
    suspects.person_id as event_id,
    case
        when
            exists (
                select 1 as found
                from involvement as same_person
                join disruption on disruption.subject_identity_id = same_person.identity_id
                where same_person.person_id = suspects.person_id and disruption.taken_on >= suspects.first_on
            )
        then 'acted_against'
        else 'no_action_recorded'
    end as action_taken
from (
    select involvement.person_id, quarter.period, min(cast(incident.started_at as date)) as first_on
    from involvement
    join incident on incident.agency_id = involvement.agency_id and incident.incident_reference = involvement.incident_reference
    join quarter
        on cast(incident.started_at as date) <= quarter.end_on
        and cast(incident.started_at as date) > quarter.end_on - interval 12 month
    where involvement.role = 'suspect' and incident.exploitation_type is not null and incident.exploitation_type <> 'missing'
    group by involvement.person_id, quarter.period
) as suspects
