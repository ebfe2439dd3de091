-- Children about whom an agency holds a concern on the last day of the quarter and who are known to be disabled or to need help with learning:
-- special educational needs support or an education, health and care plan in the school record of the time, or a learning disability or a
-- physical disability or illness of the child named in an assessment by then.
-- Whatever the certainty: known, suspected and at risk count alike.
with known as (
    select distinct concern.person_id, quarter.period, quarter.end_on
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on >= quarter.end_on)
)
select
    known.person_id,
    known.period,
    school_spell.school_spell_id as event_id,
    case when school_spell.special_needs in ('E', 'S') then 'plan' else 'support' end as support_need
from known
join school_spell
    on school_spell.person_id = known.person_id
    and school_spell.entered_on <= known.end_on
    and (school_spell.left_on is null or school_spell.left_on >= known.end_on)
where school_spell.special_needs in ('E', 'S', 'K', 'A', 'P')
union all
select known.person_id, known.period, assessment_factor.assessment_factor_id as event_id, 'disability' as support_need
from known
join assessment_factor on assessment_factor.person_id = known.person_id and assessment_factor.started_on <= known.end_on
where assessment_factor.factor in ('5A', '6A')
