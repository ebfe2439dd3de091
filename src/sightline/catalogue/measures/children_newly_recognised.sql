-- Children about whom the first concern that any agency's records reach back to began. Agencies that began on the same day were all first.
-- Whatever the certainty: known, suspected and at risk count alike.
select concern.person_id, concern.started_on as happened_on, concern.concern_id as event_id, concern.agency_id
from concern
join (
    select every_concern.person_id, min(every_concern.started_on) as started_on
    from concern as every_concern
    group by every_concern.person_id
) as earliest
    on earliest.person_id = concern.person_id and earliest.started_on = concern.started_on
