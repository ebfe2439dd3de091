-- Missing episodes, one row each whoever told of them: when it began, the last day on which a record of it ends, and how many hours the longest
-- record of it lasts that gives both times to the minute (records of one episode may end at different times, and several nights running may be
-- one episode). Where agencies tell different places or authorities, the first in the alphabet stands. Home, placing and incident authority
-- are three things: where the child's home is, who placed the child, and where the child went missing from.
select
    merged_missing_episode.person_id,
    merged_missing_episode.episode_id,
    merged_missing_episode.started_on,
    merged_missing_episode.started_on_precision,
    max(case when missing_episode.ended_at_precision in ('day', 'minute') then cast(missing_episode.ended_at as date) end) as ended_on,
    max(
        case
            when
                missing_episode.started_at_precision = 'minute'
                and missing_episode.ended_at_precision = 'minute'
                and missing_episode.ended_at >= missing_episode.started_at
                then cast(date_diff('second', missing_episode.started_at, missing_episode.ended_at) as double) / 3600
        end
    ) as hours_away,
    min(case when missing_episode.missing_from <> 'not_recorded' then missing_episode.missing_from end) as missing_from,
    min(missing_episode.home_authority) as home_authority,
    min(missing_episode.placing_authority) as placing_authority,
    min(missing_episode.incident_authority) as incident_authority,
    min(location.authority) as found_authority,
    min(location.location_type) as found_at,
    max(missing_episode.found_distance_km) as found_distance_km
from merged_missing_episode
join missing_episode
    on missing_episode.missing_episode_id = merged_missing_episode.missing_episode_id
    and missing_episode.person_id = merged_missing_episode.person_id
left join location
    on location.agency_id = missing_episode.agency_id
    and location.location_reference = missing_episode.found_location_reference
group by
    merged_missing_episode.person_id,
    merged_missing_episode.episode_id,
    merged_missing_episode.started_on,
    merged_missing_episode.started_on_precision
