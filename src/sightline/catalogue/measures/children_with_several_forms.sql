-- Children about whom agencies, together, named at least $forms forms of exploitation in the twelve months to the end of the quarter; a form
-- that two agencies name is one form, "other" names none. Whatever the certainty: known, suspected and at risk count alike.
with named as (
    select distinct concern.person_id, quarter.period, concern.exploitation_type
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
    where concern.exploitation_type <> 'other'
),
several as (
    select named.person_id, named.period
    from named
    group by named.person_id, named.period
    having count(named.exploitation_type) >= $forms
)
select named.person_id, named.period, named.exploitation_type as event_id, named.exploitation_type
from named
join several on several.person_id = named.person_id and several.period = named.period
