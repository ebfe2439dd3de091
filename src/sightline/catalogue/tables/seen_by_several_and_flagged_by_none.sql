-- Children of ten or older whom two or more agencies knew for a reason of their own in the twelve months to the end of the quarter, and about whom no
-- agency held a concern in that time: one row for each agency that knew the child.
-- Whatever the certainty: known, suspected and at risk count alike.
with knew as (
    select distinct known_to_agency.person_id, known_to_agency.agency_id, quarter.period
    from known_to_agency
    join quarter
        on known_to_agency.first_on <= quarter.end_on
        and known_to_agency.last_on > quarter.end_on - interval 12 month
    join person on person.person_id = known_to_agency.person_id
    where quarter.end_on >= person.birth_month + interval 10 year
),
counted as (
    select knew.person_id, knew.period, count(knew.agency_id) as agencies
    from knew
    group by knew.person_id, knew.period
)
select
    knew.person_id,
    knew.period,
    knew.person_id as event_id,
    knew.agency_id,
    case when counted.agencies = 2 then 'two' when counted.agencies = 3 then 'three' else 'four_or_more' end as agencies_that_knew
from knew
join counted on counted.person_id = knew.person_id and counted.period = knew.period
where counted.agencies >= 2 and not exists (
    select 1 as found
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
    where concern.person_id = knew.person_id and quarter.period = knew.period
)
