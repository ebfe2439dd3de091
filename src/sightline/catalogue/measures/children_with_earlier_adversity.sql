-- Children whose first concern began and for whom at least $experiences kinds of adverse experience stood in the records before that day. A kind
-- recorded twice is one kind. Counted for groups only. Whatever the certainty of the concern: known, suspected and at risk count alike.
with newly as (
    select first_concern.person_id, first_concern.started_on, min(first_concern.concern_id) as event_id
    from first_concern
    group by first_concern.person_id, first_concern.started_on
),
earlier as (
    select distinct newly.person_id, ace.ace_type
    from newly
    join ace on ace.person_id = newly.person_id and ace.recorded_on < newly.started_on
    where coalesce(ace.ace_type, 'not_recorded') <> 'not_recorded'
),
several as (
    select earlier.person_id
    from earlier
    group by earlier.person_id
    having count(earlier.ace_type) >= $experiences
)
select newly.person_id, newly.started_on as happened_on, newly.event_id, earlier.ace_type
from newly
join several on several.person_id = newly.person_id
join earlier on earlier.person_id = newly.person_id
