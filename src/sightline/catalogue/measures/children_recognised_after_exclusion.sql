-- Children whose first concern began within $within_days after a day on which a school suspended or permanently excluded them. An exclusion or a
-- concern of which only the month is known is no measure of days. Whatever the certainty: known, suspected and at risk count alike.
select distinct
    first_concern.person_id,
    first_concern.started_on as happened_on,
    first_concern.concern_id as event_id,
    first_concern.agency_id,
    exclusion.category as exclusion_category
from first_concern
join exclusion on exclusion.person_id = first_concern.person_id
where
    exclusion.category in ('suspension', 'permanent')
    and exclusion.started_on_precision in ('day', 'minute')
    and first_concern.started_on_precision in ('day', 'minute')
    and exclusion.started_on < first_concern.started_on
    and date_diff('day', exclusion.started_on, first_concern.started_on) <= $within_days
