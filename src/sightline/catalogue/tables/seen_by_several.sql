-- Children whom two or more agencies knew for a reason of their own in the twelve months to the end of the quarter: one row for each
-- agency that knew the child. Whatever the certainty: known, suspected and at risk count alike.
select known_in_year.person_id, known_in_year.period, known_in_year.person_id as event_id, known_in_year.agency_id
from known_in_year
join (
    select every_agency.person_id, every_agency.period
    from known_in_year as every_agency
    group by every_agency.person_id, every_agency.period
    having count(every_agency.agency_id) >= 2
) as several
    on several.person_id = known_in_year.person_id and several.period = known_in_year.period
