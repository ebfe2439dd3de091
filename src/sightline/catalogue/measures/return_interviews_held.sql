-- Return interviews that were held.
select
    return_interview.person_id,
    cast(return_interview.held_at as date) as happened_on,
    return_interview.return_interview_id as event_id
from return_interview
where return_interview.held_at is not null
