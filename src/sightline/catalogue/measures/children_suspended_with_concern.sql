-- Children suspended from school while any agency held a concern that somebody exploits them.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct exclusion.person_id, exclusion.started_on as happened_on, exclusion.exclusion_id as event_id
from exclusion
join concern
    on concern.person_id = exclusion.person_id
    and concern.started_on <= exclusion.started_on
    and (concern.ended_on is null or concern.ended_on >= exclusion.started_on)
where exclusion.category = 'suspension'
