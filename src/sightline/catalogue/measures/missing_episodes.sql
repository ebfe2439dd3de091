-- Missing episodes that began, each counted once whoever reported it, and where from.
select
    merged_missing_episode.person_id,
    merged_missing_episode.started_on as happened_on,
    merged_missing_episode.episode_id as event_id,
    merged_missing_episode.agency_id,
    missing_spell.missing_from
from merged_missing_episode
join missing_spell
    on missing_spell.person_id = merged_missing_episode.person_id and missing_spell.episode_id = merged_missing_episode.episode_id
