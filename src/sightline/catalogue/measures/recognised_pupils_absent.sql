-- Children about whom a concern is held on the last day of the quarter, who are on the roll of a school that day and who missed $percent per cent or
-- more of the half days of at least one term that began in the twelve months before. Whatever the certainty: known, suspected and at risk count alike.
select distinct concern_spell.person_id, quarter.period, concern_spell.person_id as event_id
from concern_spell
join quarter
    on concern_spell.started_on <= quarter.end_on
    and (concern_spell.ended_on is null or concern_spell.ended_on >= quarter.end_on)
join school_spell
    on school_spell.person_id = concern_spell.person_id
    and school_spell.entered_on <= quarter.end_on
    and (school_spell.left_on is null or school_spell.left_on > quarter.end_on)
join absence_in_term
    on absence_in_term.person_id = concern_spell.person_id
    and absence_in_term.term_started_on <= quarter.end_on
    and absence_in_term.term_started_on > quarter.end_on - interval 12 month
where
    coalesce(school_spell.provision, 'not_recorded') not in ('home', 'missing_education')
    and absence_in_term.missed * 100 >= absence_in_term.possible * $percent
