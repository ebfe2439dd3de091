-- Children recorded both as harmed outside their home and as a suspect in an incident in the twenty-four months to the end of the quarter, by
-- which of the two was recorded to have happened first.
select
    status_in_two_years.person_id,
    status_in_two_years.period,
    status_in_two_years.person_id as event_id,
    case
        when status_in_two_years.harmed_on < status_in_two_years.suspected_on then 'harmed_first'
        when status_in_two_years.harmed_on > status_in_two_years.suspected_on then 'suspected_first'
        else 'same_day'
    end as came_first
from status_in_two_years
where status_in_two_years.harmed_on is not null and status_in_two_years.suspected_on is not null
