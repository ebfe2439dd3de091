-- Children about whom any agency held a concern in the twelve months to the end of the quarter and about whom a record gives evidence of a childhood
-- adversity, by each adversity, the kind of record, and whether it was on record before the first concern. One row for each record: evidence of
-- what others did or failed to do, or what a family lived with, and nothing about what a child is.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct
    ace.person_id,
    quarter.period,
    ace.person_id as event_id,
    coalesce(ace.ace_type, 'not_recorded') as ace_type,
    coalesce(ace.evidence, 'not_recorded') as evidence,
    case
        when ace.recorded_on_precision in ('day', 'minute') and begun.started_on_precision = 'day' and ace.recorded_on < begun.started_on then 'before'
        when ace.recorded_on_precision in ('day', 'minute') and begun.started_on_precision = 'day' then 'with_or_after'
        else 'not_recorded'
    end as when_recorded
from ace
join concern on concern.person_id = ace.person_id
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
    and ace.recorded_on <= quarter.end_on
join (
    select
        first_concern.person_id,
        first_concern.started_on,
        min(case when first_concern.started_on_precision in ('day', 'minute') then 'day' else 'month' end) as started_on_precision
    from first_concern
    group by first_concern.person_id, first_concern.started_on
) as begun
    on begun.person_id = ace.person_id
