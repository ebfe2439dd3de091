-- The same children as far as they are on the roll of a school at any time of the twelve months, by special educational needs: a plan, support at school,
-- or neither. Whatever the certainty: known, suspected and at risk are told apart by group.
select grouped.person_id, grouped.period, grouped.person_id as event_id, grouped.reach_group, pupils.special_needs
from (
    select
        concern.person_id,
        quarter.period,
        case when max(case when concern.certainty = 'known' then 1 else 0 end) = 1 then 'known' else 'thought' end as reach_group
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
    group by concern.person_id, quarter.period
) as grouped
join (
    select
        school_spell.person_id,
        quarter.period,
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
) as pupils
    on pupils.person_id = grouped.person_id and pupils.period = grouped.period
