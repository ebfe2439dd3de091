-- Children whose plan of the exploitation panel ended.
select ended_panel_plan.person_id, ended_panel_plan.ended_on as happened_on, ended_panel_plan.plan_id as event_id
from ended_panel_plan
