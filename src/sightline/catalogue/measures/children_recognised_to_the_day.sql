-- Children about whom the first concern in any agency's records began in the twelve months to the end of the quarter, on a day that is known.
select
    help_before_recognition.person_id,
    quarter.period,
    help_before_recognition.recognised_on as happened_on,
    help_before_recognition.person_id as event_id
from help_before_recognition
join quarter
    on help_before_recognition.recognised_on <= quarter.end_on
    and help_before_recognition.recognised_on > quarter.end_on - interval 12 month
