-- Children about whom the first concern in any agency's records began, once each: what a share of them is out of.
-- Whatever the certainty: known, suspected and at risk count alike.
select first_concern.person_id, first_concern.started_on as happened_on, min(first_concern.concern_id) as event_id
from first_concern
group by first_concern.person_id, first_concern.started_on
