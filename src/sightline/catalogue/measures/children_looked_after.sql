-- Children who were looked after on any day of the twelve months to the end of the quarter.
select plan.person_id, quarter.period, plan.plan_id as event_id
from plan
join quarter
    on plan.started_on <= quarter.end_on
    and (plan.ended_on is null or plan.ended_on > quarter.end_on - interval 12 month)
where plan.plan_type = 'CLA'
