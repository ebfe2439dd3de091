-- Children whose planned help ended two quarters earlier and about whom no agency has recorded a sign of harm in the $within_days after.
-- Where only the month or year of a sign is known and it may have come after, the child does not count as safe.
select plan_end.person_id, plan_end.ended_on as happened_on, plan_end.period, plan_end.event_id
from plan_end
where plan_end.ended_on_precision = 'day' and not exists (
    select 1 as found
    from sign_of_harm
    where
        sign_of_harm.person_id = plan_end.person_id
        and (
            (sign_of_harm.happened_on_precision in ('day', 'minute') and sign_of_harm.happened_on > plan_end.ended_on)
            or (
                sign_of_harm.happened_on_precision = 'month'
                and date_trunc('month', sign_of_harm.happened_on) + interval 1 month > plan_end.ended_on + interval 1 day
            )
            or (
                coalesce(sign_of_harm.happened_on_precision, 'year') not in ('day', 'minute', 'month')
                and date_trunc('year', sign_of_harm.happened_on) + interval 1 year > plan_end.ended_on + interval 1 day
            )
        )
        and date_diff('day', plan_end.ended_on, sign_of_harm.happened_on) <= $within_days
)
