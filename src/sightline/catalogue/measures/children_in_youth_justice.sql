-- Children with a programme of youth justice on at least one day of the quarter.
select plan_spell.person_id, quarter.period, plan_spell.plan_id as event_id
from plan_spell
join quarter
    on plan_spell.started_on <= quarter.end_on
    and (plan_spell.ended_on is null or plan_spell.ended_on >= quarter.start_on)
where plan_spell.plan_type = 'YJ'
