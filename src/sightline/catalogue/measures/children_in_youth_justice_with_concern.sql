-- Children with a programme of youth justice on at least one day of the quarter about whom an agency held a concern on a day of it.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct plan_spell.person_id, quarter.period, plan_spell.plan_id as event_id, concern.agency_id
from plan_spell
join quarter
    on plan_spell.started_on <= quarter.end_on
    and (plan_spell.ended_on is null or plan_spell.ended_on >= quarter.start_on)
join concern
    on concern.person_id = plan_spell.person_id
    and concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on >= quarter.start_on)
where plan_spell.plan_type = 'YJ'
