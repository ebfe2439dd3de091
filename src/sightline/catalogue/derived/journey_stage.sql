-- The way of each child who was first recognised in the twelve months that ended a year before the end of a quarter: the first day on which the child
-- reached each stage, from a first possible sign (up to two years before a concern was recorded) to a year after. Stages: sign, early help, social
-- care (a referral, or a plan of children's social care), concern, specialist support, and, where specialist support ended, a possible sign in the
-- half year after. A child without an earlier sign begins with the concern itself.
-- Whatever the certainty: known, suspected and at risk count alike.
with cohort as (
    select
        first_concern.person_id,
        quarter.period,
        first_concern.started_on as recognised_on,
        min(case when first_concern.started_on_precision in ('day', 'minute') then 'day' else 'month' end) as recognised_on_precision,
        cast(first_concern.started_on + interval 365 day as date) as until_on
    from first_concern
    join quarter
        on first_concern.started_on <= quarter.end_on - interval 12 month
        and first_concern.started_on > quarter.end_on - interval 24 month
    group by first_concern.person_id, quarter.period, first_concern.started_on
),
begun as (
    select
        cohort.person_id,
        cohort.period,
        cohort.recognised_on,
        cohort.recognised_on_precision,
        cohort.until_on,
        coalesce(min(possible_sign.happened_on), cohort.recognised_on) as began_on
    from cohort
    left join possible_sign
        on possible_sign.person_id = cohort.person_id
        and possible_sign.happened_on_precision in ('day', 'minute')
        and possible_sign.happened_on <= cohort.recognised_on
        and possible_sign.happened_on > cohort.recognised_on - interval 24 month
    group by cohort.person_id, cohort.period, cohort.recognised_on, cohort.recognised_on_precision, cohort.until_on
),
reached as (
    select begun.person_id, begun.period, 'sign' as stage, begun.began_on as reached_on, 'day' as reached_on_precision
    from begun
    where begun.began_on < begun.recognised_on
    union all
    select begun.person_id, begun.period, 'concern' as stage, begun.recognised_on as reached_on, begun.recognised_on_precision as reached_on_precision
    from begun
    union all
    select begun.person_id, begun.period, 'early_help' as stage, plan_spell.started_on as reached_on, plan_spell.started_on_precision as reached_on_precision
    from begun
    join plan_spell on plan_spell.person_id = begun.person_id and plan_spell.started_on between begun.began_on and begun.until_on
    where plan_spell.plan_type = 'EH'
    union all
    select begun.person_id, begun.period, 'social_care' as stage, plan_spell.started_on as reached_on, plan_spell.started_on_precision as reached_on_precision
    from begun
    join plan_spell on plan_spell.person_id = begun.person_id and plan_spell.started_on between begun.began_on and begun.until_on
    where plan_spell.plan_type in ('CIN', 'CP', 'CLA')
    union all
    select begun.person_id, begun.period, 'social_care' as stage, referral.received_on as reached_on, referral.received_on_precision as reached_on_precision
    from begun
    join referral on referral.person_id = begun.person_id and referral.received_on between begun.began_on and begun.until_on
    union all
    select begun.person_id, begun.period, 'specialist' as stage, specialist_spell.started_on as reached_on, specialist_spell.started_on_precision as reached_on_precision
    from begun
    join specialist_spell on specialist_spell.person_id = begun.person_id and specialist_spell.started_on between begun.began_on and begun.until_on
    union all
    select begun.person_id, begun.period, 'sign_after' as stage, possible_sign.happened_on as reached_on, possible_sign.happened_on_precision as reached_on_precision
    from begun
    join specialist_spell on specialist_spell.person_id = begun.person_id and specialist_spell.started_on between begun.began_on and begun.until_on
    join possible_sign
        on possible_sign.person_id = begun.person_id
        and possible_sign.happened_on > specialist_spell.ended_on
        and possible_sign.happened_on <= specialist_spell.ended_on + interval 183 day
    where specialist_spell.ended_on_precision in ('day', 'minute') and possible_sign.happened_on_precision in ('day', 'minute')
)
select
    reached.person_id,
    reached.period,
    reached.stage,
    begun.began_on,
    case when begun.began_on < begun.recognised_on then 'day' else begun.recognised_on_precision end as began_on_precision,
    begun.until_on,
    begun.began_on < begun.recognised_on as has_sign,
    min(reached.reached_on) as reached_on,
    case when max(case when reached.reached_on_precision in ('day', 'minute') then 1 else 0 end) = 1 then 'day' else 'month' end as reached_on_precision
from reached
join begun on begun.person_id = reached.person_id and begun.period = reached.period
group by reached.person_id, reached.period, reached.stage, begun.began_on, begun.recognised_on, begun.recognised_on_precision, begun.until_on
