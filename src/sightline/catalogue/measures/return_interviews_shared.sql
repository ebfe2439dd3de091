-- Return interviews that were held and from which something was passed on to an agency; those that say nobody, or nothing, about it are not.
select
    return_interview.person_id,
    cast(return_interview.held_at as date) as happened_on,
    return_interview.return_interview_id as event_id
from return_interview
where
    return_interview.held_at is not null
    and coalesce(return_interview.shared_with, 'not_recorded') not in ('nobody', 'not_recorded')
