-- The same spells of help where the child came back to the same kind of help in the 365 days after, with the days until then.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    ended.person_id,
    quarter.period,
    ended.plan_id as event_id,
    case when ended.plan_type = 'EH' then 'early_help' when ended.plan_type in ('CIN', 'CP', 'CLA') then 'social_care' else 'specialist' end as stage,
    min(date_diff('day', ended.ended_on, again.started_on)) as value
from plan_spell as ended
join quarter
    on ended.ended_on <= quarter.end_on - interval 12 month
    and ended.ended_on > quarter.end_on - interval 24 month
join plan_spell as again
    on again.person_id = ended.person_id
    and again.started_on > ended.ended_on + interval 1 day
    and again.started_on <= ended.ended_on + interval 365 day
    and (case when again.plan_type in ('CIN', 'CP', 'CLA') then 'care' else again.plan_type end)
    = (case when ended.plan_type in ('CIN', 'CP', 'CLA') then 'care' else ended.plan_type end)
where
    ended.plan_type in ('EH', 'CIN', 'CP', 'CLA', 'MACE')
    and ended.ended_on_precision in ('day', 'minute')
    and again.started_on_precision in ('day', 'minute')
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
group by ended.person_id, quarter.period, ended.plan_id, ended.plan_type
