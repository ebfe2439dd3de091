-- Children about whom any agency held a concern in the twelve months to the end of the quarter, each once, by the surest thing that any
-- agency said: known to be exploited, or thought to be (suspected, or at risk).
select grouped.person_id, grouped.period, grouped.person_id as event_id, grouped.reach_group
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
