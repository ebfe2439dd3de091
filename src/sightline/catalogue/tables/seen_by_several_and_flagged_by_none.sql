-- Children whom two or more agencies knew for a reason of their own in the twelve months to the end of the quarter, and about whom no
-- agency held a concern in that time: one row for each agency that knew the child.
-- Whatever the certainty: known, suspected and at risk count alike.
with counted as (
    select known_in_year.person_id, known_in_year.period, count(known_in_year.agency_id) as agencies
    from known_in_year
    group by known_in_year.person_id, known_in_year.period
)
select
    known_in_year.person_id,
    known_in_year.period,
    known_in_year.person_id as event_id,
    known_in_year.agency_id,
    case when counted.agencies = 2 then 'two' when counted.agencies = 3 then 'three' else 'four_or_more' end as agencies_that_knew
from known_in_year
join counted on counted.person_id = known_in_year.person_id and counted.period = known_in_year.period
where counted.agencies >= 2 and not exists (
    select 1 as found
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
    where concern.person_id = known_in_year.person_id and quarter.period = known_in_year.period
)
