-- Children about whom a concern is held on the last day of the quarter and who are on the roll of a school that day.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct concern_spell.person_id, quarter.period, concern_spell.person_id as event_id
from concern_spell
join quarter
    on concern_spell.started_on <= quarter.end_on
    and (concern_spell.ended_on is null or concern_spell.ended_on >= quarter.end_on)
join school_spell
    on school_spell.person_id = concern_spell.person_id
    and school_spell.entered_on <= quarter.end_on
    and (school_spell.left_on is null or school_spell.left_on > quarter.end_on)
where coalesce(school_spell.provision, 'not_recorded') not in ('home', 'missing_education')
