-- Missing episodes that ended and after which a return interview was held within $within_hours hours. Where only the day of the return or of
-- the interview is known, it counts if it was in time at whatever hour of those days; where only the month is known it does not count.
select
    return_interview.person_id,
    cast(return_interview.episode_ended_at as date) as happened_on,
    return_interview.return_interview_id as event_id
from return_interview
where
    return_interview.held_at is not null
    and return_interview.episode_ended_at_precision in ('day', 'minute')
    and return_interview.held_at_precision in ('day', 'minute')
    and cast(return_interview.held_at as date) >= cast(return_interview.episode_ended_at as date)
    and (return_interview.held_at >= return_interview.episode_ended_at or return_interview.held_at_precision = 'day')
    and date_diff('second', return_interview.episode_ended_at, return_interview.held_at)
    + case when return_interview.held_at_precision = 'day' then 86400 else 0 end <= $within_hours * 3600
