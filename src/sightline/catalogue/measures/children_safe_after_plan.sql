-- Children whose planned help ended two quarters earlier and about whom no agency has recorded a sign of harm in the $within_days after.
select plan_end.person_id, plan_end.ended_on as happened_on, plan_end.period, plan_end.event_id
from plan_end
where not exists (
    select 1 as found
    from sign_of_harm
    where
        sign_of_harm.person_id = plan_end.person_id
        and sign_of_harm.happened_on > plan_end.ended_on
        and date_diff('day', plan_end.ended_on, sign_of_harm.happened_on) <= $within_days
)
