-- Half-days that a pupil missed in a term without leave or before any reason was given, with the day on which the next term of which anything
-- is told begins: records say when a term began, not when it ended. Suspensions and illness are not among them.
select
    missed.person_id,
    missed.term_started_on,
    'day' as term_started_on_precision,
    missed.half_days,
    coalesce(term.next_started_on, date '9999-12-31') as next_started_on
from (
    select absence.person_id, absence.term_started_on, sum(absence.sessions) as half_days
    from absence
    where absence.reason in ('N', 'O') and absence.term_started_on_precision in ('day', 'minute')
    group by absence.person_id, absence.term_started_on
) as missed
join (
    select
        every_term.term_started_on,
        lead(every_term.term_started_on) over (order by every_term.term_started_on) as next_started_on
    from (
        select absence.term_started_on from absence where absence.term_started_on is not null group by absence.term_started_on
    ) as every_term
) as term
    on term.term_started_on = missed.term_started_on
