-- Children whom any agency knew in the twelve months to the end of the quarter, for each pair of agencies that hold concerns at all, by which of the two
-- held a concern about the child: both, the first only, the second only, neither. An agency that held a concern knew the child.
-- Whatever the certainty: known, suspected and at risk count alike.
with held as (
    select distinct concern.person_id, concern.agency_id, quarter.period
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
),
pair as (
    select one.agency_id, other.agency_id as other_agency
    from (select distinct concern.agency_id from concern) as one
    join (select distinct concern.agency_id from concern) as other on one.agency_id < other.agency_id
),
child as (
    select known_in_year.person_id, known_in_year.period from known_in_year
    union
    select held.person_id, held.period from held
)
select
    child.person_id,
    child.period,
    child.person_id as event_id,
    pair.agency_id,
    pair.other_agency,
    case
        when by_first.person_id is not null and by_second.person_id is not null then 'both'
        when by_first.person_id is not null then 'first'
        when by_second.person_id is not null then 'second'
        else 'neither'
    end as held_by
from child
cross join pair
left join held as by_first
    on by_first.person_id = child.person_id and by_first.period = child.period and by_first.agency_id = pair.agency_id
left join held as by_second
    on by_second.person_id = child.person_id and by_second.period = child.period and by_second.agency_id = pair.other_agency
