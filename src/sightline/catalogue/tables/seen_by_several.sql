-- Children of ten or older whom two or more agencies knew for a reason of their own in the twelve months to the end of the quarter: one row for each
-- agency that knew the child. Whatever the certainty: known, suspected and at risk count alike.
with knew as (
    select distinct known_to_agency.person_id, known_to_agency.agency_id, quarter.period
    from known_to_agency
    join quarter
        on known_to_agency.first_on <= quarter.end_on
        and known_to_agency.last_on > quarter.end_on - interval 12 month
    join person on person.person_id = known_to_agency.person_id
    where quarter.end_on >= person.birth_month + interval 10 year
)
select knew.person_id, knew.period, knew.person_id as event_id, knew.agency_id
from knew
join (
    select every_agency.person_id, every_agency.period
    from knew as every_agency
    group by every_agency.person_id, every_agency.period
    having count(every_agency.agency_id) >= 2
) as several
    on several.person_id = knew.person_id and several.period = knew.period
