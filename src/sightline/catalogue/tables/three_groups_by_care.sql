-- Children about whom any agency held a concern in the twelve months to the end of the quarter, by the surest thing said, and by
-- whether they were looked after on any day of that time; only those on the roll of a school or looked after, so that they can be held beside all such.
-- Whatever the certainty: known, suspected and at risk are told apart by group.
select grouped.person_id, grouped.period, grouped.person_id as event_id, grouped.reach_group, listed.care
from (
    select
        concern.person_id,
        quarter.period,
        case when max(case when concern.certainty = 'known' then 1 else 0 end) = 1 then 'known' else 'thought' end as reach_group
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
    group by concern.person_id, quarter.period
) as grouped
join (
    select told.person_id, told.period, max(told.care) as care
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
) as listed
    on listed.person_id = grouped.person_id and listed.period = grouped.period
