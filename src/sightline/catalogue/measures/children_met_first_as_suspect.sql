-- Children about whom the first concern of criminal exploitation or gangs began in the twelve months to the end of the quarter, and whom the
-- records, up to that day, first met as a suspect or in custody: nothing else (a missing episode, harm to the child, a concern) had been recorded
-- on an earlier day, nor harm or a concern on the same day. Where only the month of the earliest record is known, nobody can say what came
-- first, and it does not count. Whatever the certainty: known, suspected and at risk count alike.
with newly as (
    select concern.person_id, min(concern.started_on) as started_on
    from concern
    where concern.exploitation_type in ('criminal', 'gangs')
    group by concern.person_id
)
select distinct newly.person_id, quarter.period, newly.started_on as happened_on, newly.person_id as event_id
from newly
join quarter on newly.started_on <= quarter.end_on and newly.started_on > quarter.end_on - interval 12 month
join first_sign on first_sign.person_id = newly.person_id and first_sign.happened_on <= newly.started_on
where
    first_sign.sign = 'suspected'
    and first_sign.happened_on_precision in ('day', 'minute')
    and not exists (
        select 1 as found
        from first_sign as beside
        where beside.person_id = newly.person_id and beside.sign in ('harmed', 'concern')
    )
