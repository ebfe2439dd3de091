-- Missing episodes that ended with the child found in another authority than that of the child's home, or $kilometres kilometres or more from where
-- the child went missing. Home, placing and incident authority are three things: it is the home that counts here.
select missing_spell.person_id, missing_spell.ended_on as happened_on, missing_spell.episode_id as event_id, missing_spell.missing_from
from missing_spell
where
    missing_spell.ended_on is not null
    and (
        missing_spell.found_distance_km >= $kilometres
        or lower(missing_spell.found_authority) <> lower(missing_spell.home_authority)
    )
