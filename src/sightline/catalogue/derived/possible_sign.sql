-- What agencies record about children of ten to seventeen that may go with exploitation, and often has another cause: going missing, being
-- harmed outside the home, being met by police as a suspect or held in custody, an emergency attendance for an assault or with a concern,
-- being sent home from school, missing half or more of a term, living where others have taken over the home. A sign is no concern and no
-- finding about a child: signs are only ever counted for groups. Whatever the certainty: known, suspected and at risk count alike.
with told as (
    select
        merged_missing_episode.person_id,
        merged_missing_episode.agency_id,
        'missing' as sign,
        merged_missing_episode.episode_id as event_id,
        merged_missing_episode.started_on as happened_on,
        merged_missing_episode.started_on_precision as happened_on_precision
    from merged_missing_episode
    union all
    select
        harm_incident.person_id,
        harm_incident.agency_id,
        'harmed' as sign,
        harm_incident.incident_id as event_id,
        harm_incident.happened_on,
        harm_incident.happened_on_precision
    from harm_incident
    union all
    select
        involvement.person_id,
        involvement.agency_id,
        'suspected' as sign,
        incident.incident_id as event_id,
        cast(incident.started_at as date) as happened_on,
        incident.started_at_precision as happened_on_precision
    from involvement
    join incident on incident.agency_id = involvement.agency_id and incident.incident_reference = involvement.incident_reference
    where involvement.role = 'suspect' and incident.started_at is not null
    union all
    select
        custody.person_id,
        custody.agency_id,
        'suspected' as sign,
        custody.custody_id as event_id,
        cast(custody.detained_at as date) as happened_on,
        custody.detained_at_precision as happened_on_precision
    from custody
    where custody.detained_at is not null
    union all
    select
        ae_attendance.person_id,
        ae_attendance.agency_id,
        'injury' as sign,
        ae_attendance.ae_attendance_id as event_id,
        cast(ae_attendance.arrived_at as date) as happened_on,
        ae_attendance.arrived_at_precision as happened_on_precision
    from ae_attendance
    where
        ae_attendance.arrived_at is not null
        and (ae_attendance.assault or coalesce(ae_attendance.safeguarding_concern, 'not_recorded') not in ('none', 'not_recorded'))
    union all
    select
        exclusion.person_id,
        exclusion.agency_id,
        'sent_home' as sign,
        exclusion.exclusion_id as event_id,
        exclusion.started_on as happened_on,
        exclusion.started_on_precision as happened_on_precision
    from exclusion
    where exclusion.category in ('suspension', 'permanent') and exclusion.started_on is not null
    union all
    select
        absence.person_id,
        absence.agency_id,
        'absent' as sign,
        min(absence.absence_id) as event_id,
        absence.term_started_on as happened_on,
        min(absence.term_started_on_precision) as happened_on_precision
    from absence
    where absence.term_started_on is not null
    group by absence.person_id, absence.agency_id, absence.term_started_on
    having sum(absence.sessions) * 2 >= max(absence.possible_sessions) and max(absence.possible_sessions) > 0
    union all
    select
        housing_case.person_id,
        housing_case.agency_id,
        'home_taken_over' as sign,
        housing_case.housing_case_id as event_id,
        housing_case.opened_on as happened_on,
        housing_case.opened_on_precision as happened_on_precision
    from housing_case
    where housing_case.cuckooing and housing_case.opened_on is not null
)
select told.person_id, told.agency_id, told.sign, told.event_id, told.happened_on, told.happened_on_precision
from told
left join person on person.person_id = told.person_id
where
    person.birth_month is null
    or (
        told.happened_on >= person.birth_month + interval 10 year
        and told.happened_on < person.birth_month + interval 18 year
    )
