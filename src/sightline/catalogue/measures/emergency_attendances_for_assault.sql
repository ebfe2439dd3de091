-- Attendances at an emergency department for an injury that was an assault.
select
    ae_attendance.person_id,
    cast(ae_attendance.arrived_at as date) as happened_on,
    ae_attendance.ae_attendance_id as event_id,
    ae_attendance.location_type,
    ae_attendance.method as ae_method
from ae_attendance
where ae_attendance.assault and ae_attendance.arrived_at is not null
