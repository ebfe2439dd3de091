-- Reviews of exploitation plans that gave a level of concern, each with the level that the review before it gave the same child. Levels are
-- judgements in an order, not amounts: only whether one is above another is told. Of several reviews of one day the highest level counts.
with told as (
    select
        plan_review.person_id,
        plan_review.agency_id,
        plan_review.plan_review_id,
        plan_review.reviewed_on,
        plan_review.reviewed_on_precision,
        case plan_review.level_out
            when 'none' then 1 when 'emerging' then 2 when 'moderate' then 3 when 'significant' then 4 when 'known_harm' then 5
        end as place
    from plan_review
    where plan_review.plan_type = 'MACE' and plan_review.reviewed_on is not null
),
by_day as (
    select
        told.person_id,
        min(told.agency_id) as agency_id,
        min(told.plan_review_id) as event_id,
        told.reviewed_on,
        max(told.reviewed_on_precision) as reviewed_on_precision,
        max(told.place) as place
    from told
    where told.place is not null
    group by told.person_id, told.reviewed_on
),
in_order as (
    select
        by_day.person_id, by_day.agency_id, by_day.event_id, by_day.reviewed_on, by_day.reviewed_on_precision, by_day.place,
        lag(by_day.reviewed_on) over (partition by by_day.person_id order by by_day.reviewed_on) as earlier_on,
        lag(by_day.reviewed_on_precision) over (partition by by_day.person_id order by by_day.reviewed_on) as earlier_on_precision,
        lag(by_day.place) over (partition by by_day.person_id order by by_day.reviewed_on) as earlier_place
    from by_day
)
select
    in_order.person_id,
    in_order.agency_id,
    in_order.event_id,
    in_order.reviewed_on,
    in_order.reviewed_on_precision,
    in_order.earlier_on,
    in_order.earlier_on_precision,
    case
        when in_order.place < in_order.earlier_place then 'lower'
        when in_order.place > in_order.earlier_place then 'higher'
        else 'same'
    end as level_change
from in_order
where in_order.earlier_on is not null
