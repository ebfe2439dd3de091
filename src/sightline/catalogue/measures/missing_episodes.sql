-- Missing episodes that began, each counted once whoever reported it.
select
    merged_missing_episode.person_id,
    merged_missing_episode.started_on as happened_on,
    merged_missing_episode.episode_id as event_id,
    merged_missing_episode.agency_id
from merged_missing_episode
