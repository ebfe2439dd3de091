-- Children whose plan of the exploitation panel ended in the twelve months to the end of the quarter and of whose reviews two or more name who
-- leads: one review cannot tell of a change.
select ended_panel_plan.person_id, quarter.period, ended_panel_plan.ended_on as happened_on, ended_panel_plan.plan_id as event_id
from ended_panel_plan
join quarter on ended_panel_plan.ended_on <= quarter.end_on and ended_panel_plan.ended_on > quarter.end_on - interval 12 month
where ended_panel_plan.reviews >= 2
