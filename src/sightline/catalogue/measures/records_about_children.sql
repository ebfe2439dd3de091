-- Every dated record about a child that an agency holds, by the day it tells of.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    record_about_child.person_id,
    record_about_child.happened_on,
    record_about_child.record_id as event_id,
    record_about_child.agency_id,
    record_about_child.record_kind
from record_about_child
where record_about_child.happened_on is not null
