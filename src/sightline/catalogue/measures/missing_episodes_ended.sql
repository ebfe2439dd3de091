-- Missing episodes that ended with a child's return, as listed by those who offer return interviews.
select
    return_interview.person_id,
    cast(return_interview.episode_ended_at as date) as happened_on,
    return_interview.return_interview_id as event_id
from return_interview
where return_interview.episode_ended_at is not null
