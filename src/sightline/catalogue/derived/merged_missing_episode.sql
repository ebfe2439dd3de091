-- Missing episodes, each once: what police and children's services tell about the same child, overlapping or starting within a day of the
-- start before, is one episode. Away without authorisation is not missing. A child missing on several nights running may be one episode.
-- An episode of which only the month is known is an episode of its own: nobody knows whether it is the same as another.
with told as (
    select
        missing_episode.person_id,
        missing_episode.agency_id,
        missing_episode.missing_episode_id,
        missing_episode.started_at,
        greatest(coalesce(missing_episode.ended_at, missing_episode.started_at), missing_episode.started_at + interval 1 day) as same_until
    from missing_episode
    where
        missing_episode.started_at is not null
        and coalesce(missing_episode.episode_type, 'not_recorded') <> 'away'
        and missing_episode.started_at_precision in ('day', 'minute')
        and coalesce(missing_episode.ended_at_precision, 'minute') in ('day', 'minute')
),
in_order as (
    select
        told.person_id, told.agency_id, told.missing_episode_id, told.started_at,
        max(told.same_until) over (
            partition by told.person_id order by told.started_at, told.missing_episode_id rows between unbounded preceding and 1 preceding
        ) as earlier_until
    from told
),
numbered as (
    select
        in_order.person_id, in_order.agency_id, in_order.missing_episode_id, in_order.started_at,
        sum(case when in_order.started_at <= in_order.earlier_until then 0 else 1 end) over (
            partition by in_order.person_id order by in_order.started_at, in_order.missing_episode_id
            rows between unbounded preceding and current row
        ) as episode
    from in_order
)
select
    numbered.person_id,
    numbered.agency_id,
    numbered.missing_episode_id,
    min(numbered.missing_episode_id) over (partition by numbered.person_id, numbered.episode) as episode_id,
    cast(min(numbered.started_at) over (partition by numbered.person_id, numbered.episode) as date) as started_on,
    'day' as started_on_precision
from numbered
union all
select
    missing_episode.person_id,
    missing_episode.agency_id,
    missing_episode.missing_episode_id,
    missing_episode.missing_episode_id as episode_id,
    cast(missing_episode.started_at as date) as started_on,
    coalesce(missing_episode.started_at_precision, 'not known') as started_on_precision
from missing_episode
where
    missing_episode.started_at is not null
    and coalesce(missing_episode.episode_type, 'not_recorded') <> 'away'
    and not (
        coalesce(missing_episode.started_at_precision, 'not known') in ('day', 'minute')
        and coalesce(missing_episode.ended_at_precision, 'minute') in ('day', 'minute')
    )
