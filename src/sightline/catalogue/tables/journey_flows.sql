-- Children first recognised in the twelve months that ended a year before the end of the quarter, by the order in which they reached the stages of
-- their way: which stage followed which, as the first, second, third … step. Stages reached on one day follow in the order they are listed in.
-- Whatever the certainty: known, suspected and at risk count alike.
with listed as (
    select
        journey_stage.person_id, journey_stage.period, journey_stage.stage, journey_stage.reached_on,
        case journey_stage.stage
            when 'sign' then 1 when 'early_help' then 2 when 'social_care' then 3 when 'concern' then 4 when 'specialist' then 5 else 6
        end as place
    from journey_stage
),
in_order as (
    select
        listed.person_id, listed.period, listed.stage,
        row_number() over (partition by listed.person_id, listed.period order by listed.reached_on, listed.place) as step,
        lead(listed.stage) over (partition by listed.person_id, listed.period order by listed.reached_on, listed.place) as next_stage
    from listed
)
select
    in_order.person_id,
    in_order.period,
    in_order.person_id as event_id,
    cast(in_order.step as varchar) as step,
    in_order.stage,
    coalesce(in_order.next_stage, 'none') as next_stage
from in_order
