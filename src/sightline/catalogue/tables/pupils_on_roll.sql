-- Pupils who were on the roll of a school at any time up to the end of the quarter, by school; a pupil who changed schools stands at each.
select distinct school_spell.person_id, quarter.period, school_spell.person_id as event_id, school_spell.school
from school_spell
join quarter on school_spell.entered_on <= quarter.end_on
where school_spell.school is not null
