-- Looked-after children who, in the twelve months to the end of the quarter, moved to another placement with other carers while an agency held a
-- concern. Nobody's reason for the move is in the records. Whatever the certainty: known, suspected and at risk count alike.
select distinct care_episode.person_id, quarter.period, care_episode.started_on as happened_on, care_episode.care_episode_id as event_id
from care_episode
join concern_spell
    on concern_spell.person_id = care_episode.person_id
    and concern_spell.started_on <= care_episode.started_on
    and (concern_spell.ended_on is null or concern_spell.ended_on >= care_episode.started_on)
join quarter on care_episode.started_on <= quarter.end_on and care_episode.started_on > quarter.end_on - interval 12 month
where
    care_episode.reason in ('P', 'B')
    and (care_episode.ended_on is null or care_episode.ended_on >= care_episode.started_on)
