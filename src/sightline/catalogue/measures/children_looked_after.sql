-- Children who are looked after on the last day of the quarter.
select plan.person_id, quarter.period, plan.plan_id as event_id
from plan
join quarter on plan.started_on <= quarter.end_on and (plan.ended_on is null or plan.ended_on >= quarter.end_on)
where plan.plan_type = 'CLA'
