-- Children for whom a missing episode began in a term in which they missed $half_days or more half-days of school without leave or before a reason
-- was given. Schools tell absence by the term, so nobody can say whether both fell in one week.
select missing_spell.person_id, missing_spell.started_on as happened_on, missing_spell.episode_id as event_id
from missing_spell
join unexplained_absence
    on unexplained_absence.person_id = missing_spell.person_id
    and unexplained_absence.term_started_on <= missing_spell.started_on
    and missing_spell.started_on < unexplained_absence.next_started_on
    and (
        unexplained_absence.term_started_on_precision = 'day'
        and missing_spell.started_on < unexplained_absence.term_started_on + interval 4 month
    )
where missing_spell.started_on_precision in ('day', 'minute') and unexplained_absence.half_days >= $half_days
