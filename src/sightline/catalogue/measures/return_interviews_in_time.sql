-- Missing episodes that ended and after which a return interview was held within $within_hours hours.
select
    return_interview.person_id,
    cast(return_interview.episode_ended_at as date) as happened_on,
    return_interview.return_interview_id as event_id
from return_interview
where
    return_interview.held_at is not null
    and date_diff('second', return_interview.episode_ended_at, return_interview.held_at) <= $within_hours * 3600
