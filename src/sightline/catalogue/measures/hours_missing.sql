-- Missing episodes that ended, with the hours the child was away: those of the longest record that gives both times to the minute. An episode of
-- which only days are known has no hours.
select
    missing_spell.person_id,
    missing_spell.ended_on as happened_on,
    missing_spell.episode_id as event_id,
    missing_spell.hours_away as value,
    missing_spell.missing_from
from missing_spell
where missing_spell.hours_away is not null
