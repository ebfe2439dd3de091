-- Children on the roll of a school, or looked after, at any time of the twelve months to the end of the quarter, by whether they
-- were looked after on any day of that time.
select told.person_id, told.period, told.person_id as event_id, max(told.care) as care
from (
    select school_spell.person_id, quarter.period, 'in_no_care' as care
    from school_spell
    join quarter
        on school_spell.entered_on <= quarter.end_on
        and (school_spell.left_on is null or school_spell.left_on > quarter.end_on - interval 12 month)
    union all
    select plan.person_id, quarter.period, 'looked_after' as care
    from plan
    join quarter
        on plan.started_on <= quarter.end_on
        and (plan.ended_on is null or plan.ended_on > quarter.end_on - interval 12 month)
    where plan.plan_type = 'CLA'
) as told
group by told.person_id, told.period
