-- The first sign of each child in any agency's records, and who recorded it: the earliest of the possible signs and of the concerns
-- themselves (a child may be recognised before anything else is recorded). Several rows where signs fell on the same day.
-- Whatever the certainty: known, suspected and at risk count alike.
with noticed as (
    select
        possible_sign.person_id,
        possible_sign.agency_id,
        possible_sign.sign,
        possible_sign.event_id,
        possible_sign.happened_on,
        possible_sign.happened_on_precision
    from possible_sign
    union all
    select
        first_concern.person_id,
        first_concern.agency_id,
        'concern' as sign,
        first_concern.concern_id as event_id,
        first_concern.started_on as happened_on,
        first_concern.started_on_precision as happened_on_precision
    from first_concern
)
select noticed.person_id, noticed.agency_id, noticed.sign, noticed.event_id, noticed.happened_on, noticed.happened_on_precision
from noticed
join (
    select every_sign.person_id, min(every_sign.happened_on) as happened_on
    from noticed as every_sign
    group by every_sign.person_id
) as earliest
    on earliest.person_id = noticed.person_id and earliest.happened_on = noticed.happened_on
