-- Which agency knew which child, for a reason of its own, in the twelve months to the end of each quarter.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct known_to_agency.person_id, quarter.period, known_to_agency.agency_id
from known_to_agency
join quarter
    on known_to_agency.first_on <= quarter.end_on
    and known_to_agency.last_on > quarter.end_on - interval 12 month
