-- People named as a suspect in a recorded offence marked with exploitation of a child, whose month of birth is known. Suspected is not guilty.
-- Whatever the certainty of their part: known, suspected and at risk count alike.
select distinct
    exploitation_offence.person_id,
    exploitation_offence.happened_on,
    exploitation_offence.person_id as event_id,
    exploitation_offence.exploitation_type
from exploitation_offence
join person on person.person_id = exploitation_offence.person_id
where exploitation_offence.role = 'suspect' and person.birth_month is not null
