-- Missing episodes that began at a place in the partnership's own area, of children whom another council placed, and whether that council had
-- given notice of the placement for that day. Home, placing and incident authority are three things: it is who placed the child and where the
-- child went missing from that count here.
select distinct
    missing_spell.person_id,
    missing_spell.started_on as happened_on,
    missing_spell.episode_id as event_id,
    missing_spell.missing_from,
    case when person_location.person_id is null then 'not_given' else 'given' end as notice
from missing_spell
left join person_location
    on person_location.person_id = missing_spell.person_id
    and person_location.tie = 'placement'
    and person_location.tie_local = 'placed here'
    and person_location.started_on <= missing_spell.started_on
    and (person_location.ended_on is null or person_location.ended_on >= missing_spell.started_on)
where
    missing_spell.placing_authority is not null
    and not exists (select 1 as found from own_authority where lower(own_authority.authority) = lower(missing_spell.placing_authority))
    and exists (select 1 as found from own_authority where lower(own_authority.authority) = lower(missing_spell.incident_authority))
