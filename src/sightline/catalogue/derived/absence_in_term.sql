-- Half days of school a pupil missed in a term, of those that were possible. Only the codes that mean absence count: lessons elsewhere, visits and
-- days on which a school was closed are none. A pupil of two schools has two rows.
select
    absence.person_id,
    absence.agency_id,
    absence.identity_id,
    absence.term_started_on,
    sum(absence.sessions) as missed,
    max(absence.possible_sessions) as possible
from absence
where
    absence.term_started_on is not null
    and coalesce(absence.reason, 'not_recorded') in ('C', 'E', 'G', 'H', 'I', 'M', 'N', 'O', 'R', 'S', 'T', 'U', 'not_recorded')
group by absence.person_id, absence.agency_id, absence.identity_id, absence.term_started_on
having max(absence.possible_sessions) > 0
