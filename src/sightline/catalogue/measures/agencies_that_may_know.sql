-- For each child whom an agency knew in the twelve months to the end of the quarter, every other agency that shares records of children: each may know
-- the child as well, or may not. An agency that knew no child at all in those months is left out: it told of nobody.
with sharing as (
    select distinct known_in_year.period, known_in_year.agency_id from known_in_year
)
select distinct
    known_in_year.person_id,
    known_in_year.period,
    sharing.agency_id,
    known_in_year.person_id || ' ' || sharing.agency_id as event_id
from known_in_year
join sharing on sharing.period = known_in_year.period and sharing.agency_id <> known_in_year.agency_id
