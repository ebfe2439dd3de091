-- Children about whom the first concern in any agency's records began on a day that is known.
select
    help_before_recognition.person_id,
    help_before_recognition.recognised_on as happened_on,
    help_before_recognition.person_id as event_id
from help_before_recognition
