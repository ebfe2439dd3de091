-- Children about whom an agency holds a concern on the last day of the quarter and who have planned help on that day, with its kind. A child with
-- two kinds of help counts under both. Whatever the certainty: known, suspected and at risk count alike.
select distinct concern.person_id, quarter.period, plan_spell.plan_id as event_id, plan_spell.plan_type
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on >= quarter.end_on)
join plan_spell
    on plan_spell.person_id = concern.person_id
    and plan_spell.started_on <= quarter.end_on
    and (plan_spell.ended_on is null or plan_spell.ended_on >= quarter.end_on)
where plan_spell.plan_type is not null
