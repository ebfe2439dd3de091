-- Children recorded as harmed outside their home, or as a suspect in an incident, in the twenty-four months to the end of each quarter: when they
-- were first harmed and first suspected in that time (empty where they were not). Incidents that only the month is known of are left out,
-- because nobody knows which came first. Whatever the certainty: known, suspected and at risk count alike.
select
    told.person_id,
    quarter.period,
    min(told.harmed_on) as harmed_on,
    min(told.suspected_on) as suspected_on,
    'day' as harmed_on_precision,
    'day' as suspected_on_precision
from (
    select
        harm_incident.person_id,
        harm_incident.happened_on,
        harm_incident.happened_on as harmed_on,
        cast(null as date) as suspected_on
    from harm_incident
    where harm_incident.happened_on_precision in ('day', 'minute')
    union all
    select
        involvement.person_id,
        cast(incident.started_at as date) as happened_on,
        cast(null as date) as harmed_on,
        cast(incident.started_at as date) as suspected_on
    from involvement
    join incident on incident.agency_id = involvement.agency_id and incident.incident_reference = involvement.incident_reference
    where involvement.role = 'suspect' and incident.started_at is not null and incident.started_at_precision in ('day', 'minute')
) as told
join quarter
    on told.happened_on <= quarter.end_on and told.happened_on > quarter.end_on - interval 24 month
group by told.person_id, quarter.period
