-- Children recorded as harmed outside their home, as a suspect in an incident, or both, in the twenty-four months to the end of the quarter.
select status_in_two_years.person_id, status_in_two_years.period, status_in_two_years.person_id as event_id
from status_in_two_years
