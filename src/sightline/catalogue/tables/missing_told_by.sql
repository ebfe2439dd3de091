-- Missing episodes that began, matched first: what police and children's services tell of the same child and time is one episode. By who told of
-- it, where the child went missing from, and whether home, placing and incident authority are one and the same.
select
    missing_spell.person_id,
    missing_spell.started_on as happened_on,
    missing_spell.episode_id as event_id,
    case
        when tellers.by_police = 1 and tellers.by_council = 1 then 'both'
        when tellers.by_police = 1 then 'police'
        else 'council'
    end as told_by,
    missing_spell.missing_from,
    missing_spell.home_authority,
    missing_spell.placing_authority,
    missing_spell.incident_authority,
    case
        when missing_spell.incident_authority is null or coalesce(missing_spell.placing_authority, missing_spell.home_authority) is null then 'not_recorded'
        when
            missing_spell.incident_authority = coalesce(missing_spell.home_authority, missing_spell.incident_authority)
            and missing_spell.incident_authority = coalesce(missing_spell.placing_authority, missing_spell.incident_authority)
            then 'one_authority'
        when missing_spell.placing_authority is null then 'away_from_home'
        when missing_spell.placing_authority <> missing_spell.incident_authority then 'away_from_the_placing_authority'
        else 'away_from_home'
    end as authorities
from missing_spell
join (
    select
        merged_missing_episode.person_id,
        merged_missing_episode.episode_id,
        max(case when merged_missing_episode.agency_id = 'police' then 1 else 0 end) as by_police,
        max(case when merged_missing_episode.agency_id <> 'police' then 1 else 0 end) as by_council
    from merged_missing_episode
    group by merged_missing_episode.person_id, merged_missing_episode.episode_id
) as tellers
    on tellers.person_id = missing_spell.person_id and tellers.episode_id = missing_spell.episode_id
