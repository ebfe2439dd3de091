-- Children whose planned help ended in the quarter that lies two quarters earlier, so that six months can be looked back on.
select plan_end.person_id, plan_end.ended_on as happened_on, plan_end.period, plan_end.event_id
from plan_end
