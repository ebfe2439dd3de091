-- Spells of help of children with a concern at any time, that ended in the twelve months that ended a year before the end of the quarter, by kind. A
-- spell that another of its kind follows at once has not ended; an end that was only inferred is no day to look back on.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct
    ended.person_id,
    quarter.period,
    ended.plan_id as event_id,
    case when ended.plan_type = 'EH' then 'early_help' when ended.plan_type in ('CIN', 'CP', 'CLA') then 'social_care' else 'specialist' end as stage
from plan_spell as ended
join quarter
    on ended.ended_on <= quarter.end_on - interval 12 month
    and ended.ended_on > quarter.end_on - interval 24 month
where
    ended.plan_type in ('EH', 'CIN', 'CP', 'CLA', 'MACE')
    and ended.ended_on_precision in ('day', 'minute')
    and not ended.end_inferred
    and ended.person_id in (select concern.person_id from concern)
    and not exists (
        select 1 as found
        from plan_spell as other
        where
            other.person_id = ended.person_id
            and other.plan_id <> ended.plan_id
            and (case when other.plan_type in ('CIN', 'CP', 'CLA') then 'care' else other.plan_type end)
            = (case when ended.plan_type in ('CIN', 'CP', 'CLA') then 'care' else ended.plan_type end)
            and other.started_on <= ended.ended_on + interval 1 day
            and (other.ended_on is null or other.ended_on > ended.ended_on)
    )
