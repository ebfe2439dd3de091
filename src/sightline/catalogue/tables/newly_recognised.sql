-- Children about whom the first concern that any agency's records reach back to began.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct first_concern.person_id, first_concern.started_on as happened_on, first_concern.person_id as event_id
from first_concern
