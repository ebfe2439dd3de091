-- Times during which at least one agency held a concern about a child, whichever it was: concerns that overlap, or follow one another by no
-- more than a day, are one spell. A spell that is still open has no end; how exact an end is, is the roughest that any concern of it says.
-- Whatever the certainty: known, suspected and at risk count alike.
with told as (
    select
        concern.person_id,
        concern.concern_id,
        concern.started_on,
        concern.started_on_precision,
        concern.ended_on,
        concern.ended_on_precision,
        coalesce(cast(concern.ended_on + interval 1 day as date), date '9999-12-31') as same_until
    from concern
    where concern.ended_on is null or concern.ended_on >= concern.started_on
),
in_order as (
    select
        told.person_id, told.concern_id, told.started_on, told.started_on_precision, told.ended_on, told.ended_on_precision,
        max(told.same_until) over (
            partition by told.person_id order by told.started_on, told.concern_id rows between unbounded preceding and 1 preceding
        ) as earlier_until
    from told
),
numbered as (
    select
        in_order.person_id, in_order.concern_id, in_order.started_on, in_order.started_on_precision,
        in_order.ended_on, in_order.ended_on_precision,
        sum(case when in_order.started_on <= in_order.earlier_until then 0 else 1 end) over (
            partition by in_order.person_id order by in_order.started_on, in_order.concern_id
            rows between unbounded preceding and current row
        ) as spell
    from in_order
)
select
    numbered.person_id,
    min(numbered.concern_id) as spell_id,
    min(numbered.started_on) as started_on,
    case when min(case when numbered.started_on_precision in ('day', 'minute') then 1 else 0 end) = 1 then 'day' else 'month' end
        as started_on_precision,
    case when max(case when numbered.ended_on is null then 1 else 0 end) = 1 then null else max(numbered.ended_on) end as ended_on,
    case when min(case when coalesce(numbered.ended_on_precision, 'day') in ('day', 'minute') then 1 else 0 end) = 1 then 'day' else 'month' end
        as ended_on_precision
from numbered
group by numbered.person_id, numbered.spell
