-- Children looked after on any day of the twelve months to the end of the quarter who went missing in that time, by whether the latest time in care
-- was lived inside the area.
select distinct looked_after.person_id, looked_after.period, looked_after.person_id as event_id, looked_after.placed
from (
    select
        plan.person_id,
        quarter.period,
        quarter.end_on,
        case when plan.placed_out_of_area then 'outside' when not plan.placed_out_of_area then 'inside' else 'not_recorded' end as placed,
        row_number() over (partition by plan.person_id, quarter.period order by plan.started_on desc, plan.plan_id) as latest
    from plan
    join quarter
        on plan.started_on <= quarter.end_on
        and (plan.ended_on is null or plan.ended_on > quarter.end_on - interval 12 month)
    where plan.plan_type = 'CLA'
) as looked_after
join quarter on quarter.period = looked_after.period
join missing_spell
    on missing_spell.person_id = looked_after.person_id
    and missing_spell.started_on <= quarter.end_on
    and missing_spell.started_on > quarter.end_on - interval 12 month
where looked_after.latest = 1
