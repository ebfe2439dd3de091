-- Missing episodes that ended and after which an interview was offered and none is recorded as held, by the reason recorded.
select
    return_interview.person_id,
    cast(return_interview.episode_ended_at as date) as happened_on,
    return_interview.return_interview_id as event_id,
    return_interview.declined_reason as why_not
from return_interview
where return_interview.episode_ended_at is not null and return_interview.offered and return_interview.held_at is null
