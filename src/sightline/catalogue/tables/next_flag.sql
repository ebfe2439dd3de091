-- For each child about whom a second agency came to hold a concern in these twelve months: which agency had begun first, which came next, and how
-- many days lay between. Agencies that began on one day were both first. Days are measured only where both days are known.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    earliest.person_id,
    later.started_on as happened_on,
    later.concern_id as event_id,
    earliest.agency_id,
    later.agency_id as next_agency,
    case
        when earliest.started_on_precision in ('day', 'minute') and later.started_on_precision in ('day', 'minute')
        then date_diff('day', earliest.started_on, later.started_on)
    end as value
from first_concern_of_agency as earliest
join (
    select every_agency.person_id, min(every_agency.started_on) as started_on
    from first_concern_of_agency as every_agency
    group by every_agency.person_id
) as begun
    on begun.person_id = earliest.person_id and begun.started_on = earliest.started_on
join (
    select
        following.person_id, following.agency_id, following.concern_id, following.started_on, following.started_on_precision,
        dense_rank() over (partition by following.person_id order by following.started_on) as place
    from first_concern_of_agency as following
) as later
    on later.person_id = earliest.person_id and later.place = 2
