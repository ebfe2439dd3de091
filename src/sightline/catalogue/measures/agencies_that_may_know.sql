-- For each child whom an agency knew in the twelve months to the end of the quarter, every other agency that shares records of children: each may know
-- the child as well, or may not. An agency that knew no child at all in those months is left out: it told of nobody. So are children who are known to
-- live elsewhere, of whom an extract of a whole police force tells.
with here as (
    select known_in_year.person_id, known_in_year.period, known_in_year.agency_id
    from known_in_year
    left join person on person.person_id = known_in_year.person_id
    where coalesce(person.resident_in_area, true)
),
sharing as (
    select distinct here.period, here.agency_id from here
),
child as (
    select here.person_id, here.period, count(distinct here.agency_id) as agencies, min(here.agency_id) as only_agency
    from here
    group by here.person_id, here.period
)
select child.person_id, child.period, sharing.agency_id, child.person_id || ' ' || sharing.agency_id as event_id
from child
join sharing on sharing.period = child.period
where child.agencies >= 2 or sharing.agency_id <> child.only_agency
