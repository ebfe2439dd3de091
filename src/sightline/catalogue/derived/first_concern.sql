-- The first concern of each child: whatever any agency's records began to hold about the child on the earliest day they reach back to.
-- Several rows where agencies, or forms of exploitation, began on that same day. Missing alone is no concern here.
select
    concern.person_id,
    concern.agency_id,
    concern.concern_id,
    concern.started_on,
    concern.started_on_precision,
    concern.certainty,
    concern.exploitation_type
from concern
join (
    select every_concern.person_id, min(every_concern.started_on) as started_on
    from concern as every_concern
    group by every_concern.person_id
) as earliest
    on earliest.person_id = concern.person_id and earliest.started_on = concern.started_on
