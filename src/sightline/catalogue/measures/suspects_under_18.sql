-- People named as a suspect in a recorded offence of the twelve months to the end of the quarter, marked with exploitation of a child, in the
-- partnership's area or where nobody told where, who were under 18 on the day: the month is enough to tell. Suspected is not guilty, and a child named so may be harmed as
-- well. Whatever the certainty of their part: known, suspected and at risk count alike.
select distinct
    exploitation_offence.person_id,
    quarter.period,
    exploitation_offence.happened_on,
    exploitation_offence.person_id as event_id,
    exploitation_offence.exploitation_type
from exploitation_offence
join person
    on person.person_id = exploitation_offence.person_id
    and exploitation_offence.happened_on < person.birth_month + interval 18 year
join quarter on exploitation_offence.happened_on <= quarter.end_on and exploitation_offence.happened_on > quarter.end_on - interval 12 month
left join own_authority on lower(own_authority.authority) = lower(exploitation_offence.incident_authority)
where
    exploitation_offence.role = 'suspect'
    and exploitation_offence.happened_on_precision in ('month', 'day', 'minute')
    and (exploitation_offence.incident_authority is null or own_authority.authority is not null)
