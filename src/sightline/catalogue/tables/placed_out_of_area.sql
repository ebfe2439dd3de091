-- Missing episodes of children in care, by three authorities: where the child's home is, which council placed the child, and where the child went
-- missing from. Only episodes for which all three are recorded.
select
    missing_spell.person_id,
    missing_spell.started_on as happened_on,
    missing_spell.episode_id as event_id,
    missing_spell.home_authority,
    missing_spell.placing_authority,
    missing_spell.incident_authority
from missing_spell
where
    missing_spell.home_authority is not null
    and missing_spell.placing_authority is not null
    and missing_spell.incident_authority is not null
