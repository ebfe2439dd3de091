-- Children with planned help on at least one day of the quarter whose own view is recorded on a day of that quarter, by whoever heard it.
select distinct plan_spell.person_id, quarter.period, plan_spell.plan_id as event_id, plan_spell.agency_id
from plan_spell
join quarter
    on plan_spell.started_on <= quarter.end_on
    and (plan_spell.ended_on is null or plan_spell.ended_on >= quarter.start_on)
join child_view
    on child_view.person_id = plan_spell.person_id
    and child_view.first_on <= quarter.end_on
    and child_view.last_on >= quarter.start_on
