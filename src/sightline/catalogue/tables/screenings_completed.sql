-- Screening tools completed, by tool, who completed them, the level the tool gave, and the judgement of the professional beside it: the same level, a higher
-- one, a lower one, or none recorded. A judgement in other words than those of the common levels cannot be compared and says so.
-- The score stands in thirds of its own tool's scores of the twelve months; scores of two tools mean nothing beside one another.
with ranked as (
    select
        screening.person_id,
        screening.screening_id,
        screening.completed_on,
        quarter.period,
        concat(screening.tool, coalesce(concat(', ', screening.tool_version), '')) as tool,
        screening.completed_by,
        coalesce(screening.level, 'not_recorded') as level,
        screening.child_asked,
        case coalesce(screening.level, 'not_recorded')
            when 'none' then 1 when 'emerging' then 2 when 'moderate' then 3 when 'significant' then 4 when 'known_harm' then 5
        end as given,
        case
            when lower(trim(screening.judgement)) in ('no current concern', 'no current risk', 'none', 'standard', 'low') then 1
            when lower(trim(screening.judgement)) = 'emerging' then 2
            when lower(trim(screening.judgement)) in ('moderate', 'medium', 'at risk') then 3
            when lower(trim(screening.judgement)) in ('significant', 'high') then 4
            when lower(trim(screening.judgement)) in ('known harm', 'known_harm', 'harm is known', 'exploited') then 5
        end as judged,
        screening.judgement,
        case
            when screening.score is not null then
                ntile(3) over (
                    partition by quarter.period, screening.tool, screening.tool_version,
                    case when screening.score is null then 1 else 0 end order by screening.score, screening.screening_id
                )
        end as third
    from screening
    join quarter
        on screening.completed_on <= quarter.end_on
        and screening.completed_on > quarter.end_on - interval 12 month
)
select
    ranked.person_id,
    ranked.period,
    ranked.screening_id as event_id,
    ranked.tool,
    ranked.completed_by,
    ranked.level,
    case ranked.third when 1 then 'lowest' when 2 then 'middle' when 3 then 'highest' else 'no_score' end as score_third,
    case
        ranked.judged
        when 1 then 'none' when 2 then 'emerging' when 3 then 'moderate' when 4 then 'significant' when 5 then 'known_harm'
        else 'not_recorded'
    end as judged_level,
    case
        when ranked.judgement is null then 'none_recorded'
        when ranked.judged is null or ranked.given is null then 'not_comparable'
        when ranked.judged = ranked.given then 'same'
        when ranked.judged > ranked.given then 'higher'
        else 'lower'
    end as judgement_beside_tool,
    case when ranked.child_asked then 'asked' when not ranked.child_asked then 'not_asked' else 'not_recorded' end as child_asked
from ranked
