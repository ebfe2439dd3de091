-- Pupils on the roll of a school at any time of the twelve months to the end of the quarter, each at the school entered last.
select distinct on_roll.person_id, quarter.period, on_roll.person_id as event_id, on_roll.school
from (
    select
        school_spell.person_id, school_spell.school, school_spell.entered_on, school_spell.left_on,
        row_number() over (partition by school_spell.person_id order by school_spell.entered_on desc, school_spell.school) as latest
    from school_spell
    where school_spell.school is not null and school_spell.entered_on is not null
) as on_roll
join quarter
    on on_roll.entered_on <= quarter.end_on
    and (on_roll.left_on is null or on_roll.left_on > quarter.end_on - interval 12 month)
where on_roll.latest = 1
