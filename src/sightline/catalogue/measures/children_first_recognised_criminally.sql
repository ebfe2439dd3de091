-- Children about whom the first concern of criminal exploitation or gangs in any agency's records began, once each.
-- Whatever the certainty: known, suspected and at risk count alike.
select concern.person_id, min(concern.started_on) as happened_on, concern.person_id as event_id
from concern
where concern.exploitation_type in ('criminal', 'gangs')
group by concern.person_id
