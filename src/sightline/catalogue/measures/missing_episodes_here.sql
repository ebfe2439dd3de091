-- Missing episodes that began at a place in the partnership's own area, as far as anybody told where.
select missing_spell.person_id, missing_spell.started_on as happened_on, missing_spell.episode_id as event_id, missing_spell.missing_from
from missing_spell
where exists (select 1 as found from own_authority where lower(own_authority.authority) = lower(missing_spell.incident_authority))
