-- Children whose plan of the exploitation panel ended in the twelve months to the end of the quarter with a lower level of concern than it began
-- with, and whose own view is recorded on a day of the plan. A plan of which either level is not known does not count.
select ended_panel_plan.person_id, quarter.period, ended_panel_plan.ended_on as happened_on, ended_panel_plan.plan_id as event_id
from ended_panel_plan
join quarter on ended_panel_plan.ended_on <= quarter.end_on and ended_panel_plan.ended_on > quarter.end_on - interval 12 month
where ended_panel_plan.level_out < ended_panel_plan.level_in and ended_panel_plan.child_heard = 1
