-- Attendances at an emergency department for an assault, where no other agency tells of an incident in which the child had a part and that began
-- between the day before and $within_days after the arrival. An incident of which only the month or year is known counts as told of if it may
-- have been then; an attendance of which the day is not known is not counted. Whatever the certainty of the child's part.
select
    ae_attendance.person_id,
    cast(ae_attendance.arrived_at as date) as happened_on,
    ae_attendance.ae_attendance_id as event_id,
    ae_attendance.location_type,
    ae_attendance.method as ae_method
from ae_attendance
where
    ae_attendance.assault
    and ae_attendance.arrived_at is not null
    and ae_attendance.arrived_at_precision in ('day', 'minute')
    and not exists (
        select 1 as found
        from incident_part
        where
            incident_part.person_id = ae_attendance.person_id
            and incident_part.agency_id <> ae_attendance.agency_id
            and (
                (
                    incident_part.happened_on_precision in ('day', 'minute')
                    and date_diff('day', cast(ae_attendance.arrived_at as date), incident_part.happened_on) between -1 and $within_days
                )
                or (
                    incident_part.happened_on_precision = 'month'
                    and date_diff('day', cast(ae_attendance.arrived_at as date), cast(date_trunc('month', incident_part.happened_on) as date)) <= $within_days
                    and date_diff('day', cast(ae_attendance.arrived_at as date), cast(date_trunc('month', incident_part.happened_on) + interval 1 month as date)) >= 0
                )
                or (
                    coalesce(incident_part.happened_on_precision, 'year') not in ('day', 'minute', 'month')
                    and date_diff('day', cast(ae_attendance.arrived_at as date), cast(date_trunc('year', incident_part.happened_on) as date)) <= $within_days
                    and date_diff('day', cast(ae_attendance.arrived_at as date), cast(date_trunc('year', incident_part.happened_on) + interval 1 year as date)) >= 0
                )
            )
    )
