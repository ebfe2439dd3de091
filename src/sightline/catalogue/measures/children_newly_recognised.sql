-- Children about whom the first concern that any agency's records reach back to began. Agencies that began on the same day were all first.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    first_concern.person_id,
    first_concern.started_on as happened_on,
    first_concern.concern_id as event_id,
    first_concern.agency_id,
    first_concern.exploitation_type
from first_concern
