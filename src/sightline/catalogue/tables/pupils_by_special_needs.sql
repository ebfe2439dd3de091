-- Pupils on the roll of a school at any time of the twelve months to the end of the quarter, by special educational needs: a plan,
-- support at school, or neither.
select
    school_spell.person_id,
    quarter.period,
    school_spell.person_id as event_id,
    case
        when max(case when school_spell.special_needs in ('E', 'S') then 1 else 0 end) = 1 then 'plan'
        when max(case when school_spell.special_needs in ('K', 'A', 'P') then 1 else 0 end) = 1 then 'support'
        when max(case when school_spell.special_needs = 'N' then 1 else 0 end) = 1 then 'neither'
        else 'not_recorded'
    end as special_needs
from school_spell
join quarter
    on school_spell.entered_on <= quarter.end_on
    and (school_spell.left_on is null or school_spell.left_on > quarter.end_on - interval 12 month)
group by school_spell.person_id, quarter.period
