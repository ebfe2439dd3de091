-- Children with at least $signs different kinds of possible sign in the twelve months to the end of the quarter, about whom no agency had ever
-- held a concern by then. Counted for groups only: it says nothing about any one child.
-- Whatever the certainty of a concern: known, suspected and at risk count alike.
with recent as (
    select distinct possible_sign.person_id, quarter.period, quarter.end_on, possible_sign.sign
    from possible_sign
    join quarter
        on possible_sign.happened_on <= quarter.end_on
        and possible_sign.happened_on > quarter.end_on - interval 12 month
),
several as (
    select recent.person_id, recent.period
    from recent
    group by recent.person_id, recent.period
    having count(recent.sign) >= $signs
)
select recent.person_id, recent.period, recent.sign as event_id, recent.sign
from recent
join several on several.person_id = recent.person_id and several.period = recent.period
where not exists (
    select 1 as found
    from first_concern
    where first_concern.person_id = recent.person_id and first_concern.started_on <= recent.end_on
)
