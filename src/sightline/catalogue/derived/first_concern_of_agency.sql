-- The day on which each agency first came to hold a concern about a child: one row for each child and agency. How exact the day is, is the
-- roughest that any concern of that day says. Whatever the certainty: known, suspected and at risk count alike.
select
    concern.person_id,
    concern.agency_id,
    min(concern.concern_id) as concern_id,
    concern.started_on,
    case when min(case when concern.started_on_precision in ('day', 'minute') then 1 else 0 end) = 1 then 'day' else 'month' end
        as started_on_precision
from concern
join (
    select every_concern.person_id, every_concern.agency_id, min(every_concern.started_on) as started_on
    from concern as every_concern
    group by every_concern.person_id, every_concern.agency_id
) as earliest
    on earliest.person_id = concern.person_id
    and earliest.agency_id = concern.agency_id
    and earliest.started_on = concern.started_on
group by concern.person_id, concern.agency_id, concern.started_on
