-- Plans of the exploitation panel that have ended: the levels of concern at the beginning and at the end as numbers (0 none to 4 known harm, empty
-- where not assessed), how many reviews named who leads, how many different people they named, and whether the child's own view is recorded on
-- any day of the plan. Levels are a judgement of those who gave the help.
select
    plan.person_id,
    plan.agency_id,
    plan.plan_id,
    plan.ended_on,
    plan.ended_on_precision,
    case plan.level_in when 'none' then 0 when 'emerging' then 1 when 'moderate' then 2 when 'significant' then 3 when 'known_harm' then 4 end
        as level_in,
    case plan.level_out when 'none' then 0 when 'emerging' then 1 when 'moderate' then 2 when 'significant' then 3 when 'known_harm' then 4 end
        as level_out,
    coalesce(led.reviews, 0) as reviews,
    coalesce(led.lead_workers, 0) as lead_workers,
    case when heard.plan_id is null then 0 else 1 end as child_heard
from plan
left join (
    select
        plan_review.agency_id,
        plan_review.person_id,
        plan_review.case_reference,
        count(*) as reviews,
        count(distinct plan_review.lead_worker) as lead_workers
    from plan_review
    where plan_review.plan_type = 'MACE' and plan_review.lead_worker is not null and plan_review.case_reference is not null
    group by plan_review.agency_id, plan_review.person_id, plan_review.case_reference
) as led
    on led.agency_id = plan.agency_id and led.person_id = plan.person_id and led.case_reference = plan.case_reference
left join (
    select distinct plan.person_id, plan.plan_id
    from plan
    join child_view
        on child_view.person_id = plan.person_id
        and child_view.first_on <= plan.ended_on
        and child_view.last_on >= plan.started_on
    where plan.plan_type = 'MACE'
) as heard
    on heard.person_id = plan.person_id and heard.plan_id = plan.plan_id
where plan.plan_type = 'MACE' and plan.started_on is not null and plan.ended_on is not null
