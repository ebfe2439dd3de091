-- Anything after the end of help that says a child may not have been safe: a referral, a missing episode, an incident in which the child
-- was harmed, the start of a concern.
select referral.person_id, referral.received_on as happened_on
from referral
union all
select merged_missing_episode.person_id, merged_missing_episode.started_on as happened_on
from merged_missing_episode
union all
select harm_incident.person_id, harm_incident.happened_on
from harm_incident
union all
select concern.person_id, concern.started_on as happened_on
from concern
