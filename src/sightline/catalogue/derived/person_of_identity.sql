-- Which person each agency's own number means, for records that name a second person by it: who was missing, or arrested, with whom. It says nothing of
-- any concern, whatever its certainty.
select distinct everybody.identity_id, everybody.person_id
from (
    select missing_episode.identity_id, missing_episode.person_id from missing_episode
    union all
    select return_interview.identity_id, return_interview.person_id from return_interview
    union all
    select involvement.identity_id, involvement.person_id from involvement
    union all
    select association.identity_id, association.person_id from association
    union all
    select assessment.identity_id, assessment.person_id from assessment
    union all
    select flag.identity_id, flag.person_id from flag
    union all
    select referral.identity_id, referral.person_id from referral
    union all
    select plan.identity_id, plan.person_id from plan
) as everybody
where everybody.identity_id is not null
