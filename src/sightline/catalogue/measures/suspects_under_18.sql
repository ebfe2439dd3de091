-- People named as a suspect in a recorded offence marked with exploitation of a child who were under 18 on the day. Suspected is not guilty, and a
-- child named so may be harmed as well. Whatever the certainty of their part: known, suspected and at risk count alike.
select distinct
    exploitation_offence.person_id,
    exploitation_offence.happened_on,
    exploitation_offence.person_id as event_id,
    exploitation_offence.exploitation_type
from exploitation_offence
join person
    on person.person_id = exploitation_offence.person_id
    and exploitation_offence.happened_on < person.birth_month + interval 18 year
where exploitation_offence.role = 'suspect' and exploitation_offence.happened_on_precision in ('day', 'minute')
