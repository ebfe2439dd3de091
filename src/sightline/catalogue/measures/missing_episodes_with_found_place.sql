-- Missing episodes that ended and of which somebody recorded where the child was found: the authority (beside that of the child's home), or how far
-- from where the child went missing.
select missing_spell.person_id, missing_spell.ended_on as happened_on, missing_spell.episode_id as event_id, missing_spell.missing_from
from missing_spell
where
    missing_spell.ended_on is not null
    and (
        missing_spell.found_distance_km is not null
        or (missing_spell.found_authority is not null and missing_spell.home_authority is not null)
    )
