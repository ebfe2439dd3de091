-- Parts of a time in care during which some agency held a concern that somebody exploits the child: from the later of the two beginnings to the
-- earlier of the two ends (none while both are open), with the placement. Whatever the certainty: known, suspected and at risk count alike.
select
    care_episode.person_id,
    care_episode.agency_id,
    care_episode.care_episode_id,
    care_episode.placement,
    greatest(care_episode.started_on, concern_spell.started_on) as first_on,
    least(coalesce(care_episode.ended_on, date '9999-12-31'), coalesce(concern_spell.ended_on, date '9999-12-31')) as last_on
from care_episode
join concern_spell
    on concern_spell.person_id = care_episode.person_id
    and (care_episode.ended_on is null or concern_spell.started_on <= care_episode.ended_on)
    and (concern_spell.ended_on is null or concern_spell.ended_on >= care_episode.started_on)
where
    care_episode.started_on is not null
    and (care_episode.ended_on is null or care_episode.ended_on >= care_episode.started_on)
