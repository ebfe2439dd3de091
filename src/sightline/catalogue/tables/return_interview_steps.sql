-- Missing episodes that ended with a child's return, as listed by those who offer return interviews, by each step they reached: the child came
-- back, an interview was offered, accepted, held, held within 72 hours. Where only the day of the return or of the interview is known, it counts as
-- in time if it was in time at whatever hour of those days; where only the month is known it does not. Hours are from return to interview.
with held as (
    select
        return_interview.return_interview_id,
        date_diff('second', return_interview.episode_ended_at, return_interview.held_at)
        + case when return_interview.held_at_precision = 'day' then 86400 else 0 end as seconds
    from return_interview
    where
        return_interview.held_at is not null
        and return_interview.episode_ended_at_precision in ('day', 'minute')
        and return_interview.held_at_precision in ('day', 'minute')
),
steps as (
    select 'returned' as step
    union all
    select 'offered' as step
    union all
    select 'accepted' as step
    union all
    select 'held' as step
    union all
    select 'in_time' as step
)
select
    return_interview.person_id,
    cast(return_interview.episode_ended_at as date) as happened_on,
    return_interview.return_interview_id as event_id,
    steps.step
from return_interview
join steps
    on steps.step = 'returned'
    or (steps.step = 'offered' and (return_interview.offered or return_interview.held_at is not null))
    or (steps.step = 'accepted' and (return_interview.accepted or return_interview.held_at is not null))
    or (steps.step = 'held' and return_interview.held_at is not null)
    or (
        steps.step = 'in_time'
        and return_interview.return_interview_id in (select held.return_interview_id from held where held.seconds <= $within_hours * 3600)
    )
where return_interview.episode_ended_at is not null
