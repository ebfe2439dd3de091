-- Anything after the end of help that says a child may not have been safe: a referral, a missing episode, an incident in which the child
-- was harmed, the start of a concern.
-- Whatever the certainty: known, suspected and at risk count alike.
select referral.person_id, referral.received_on as happened_on, referral.received_on_precision as happened_on_precision
from referral
union all
select merged_missing_episode.person_id, merged_missing_episode.started_on as happened_on, merged_missing_episode.started_on_precision as happened_on_precision
from merged_missing_episode
union all
select harm_incident.person_id, harm_incident.happened_on, harm_incident.happened_on_precision
from harm_incident
union all
select concern.person_id, concern.started_on as happened_on, concern.started_on_precision as happened_on_precision
from concern
