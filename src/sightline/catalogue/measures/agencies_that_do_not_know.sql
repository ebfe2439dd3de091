-- For each child whom an agency knew in the twelve months to the end of the quarter, every other agency that shares records of children and did not know
-- the child. An agency that knew no child at all in those months is left out: it told of nobody.
with sharing as (
    select distinct known_in_year.period, known_in_year.agency_id from known_in_year
),
child as (
    select distinct known_in_year.person_id, known_in_year.period from known_in_year
)
select
    child.person_id,
    child.period,
    sharing.agency_id,
    child.person_id || ' ' || sharing.agency_id as event_id
from child
join sharing on sharing.period = child.period
left join known_in_year
    on known_in_year.person_id = child.person_id
    and known_in_year.period = child.period
    and known_in_year.agency_id = sharing.agency_id
where known_in_year.person_id is null
