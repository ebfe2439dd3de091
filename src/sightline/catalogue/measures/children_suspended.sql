-- Children suspended from school; a permanent exclusion is not a suspension.
select exclusion.person_id, exclusion.started_on as happened_on, exclusion.exclusion_id as event_id
from exclusion
where exclusion.category = 'suspension'
