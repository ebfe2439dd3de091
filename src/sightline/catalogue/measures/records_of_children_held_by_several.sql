-- Records about a child of whom at least one other agency holds records too, whenever they were made: those that could be joined.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    record_about_child.person_id,
    record_about_child.happened_on,
    record_about_child.record_id as event_id,
    record_about_child.agency_id,
    record_about_child.record_kind
from record_about_child
join held_by_several on held_by_several.person_id = record_about_child.person_id
where record_about_child.happened_on is not null
