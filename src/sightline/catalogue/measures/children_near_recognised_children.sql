-- Children about whom no agency had ever held a concern by the end of the quarter, and who in its last twelve months were tied to at least
-- $others children about whom one had. A tie is being named in one record, not being involved; only groups are counted.
-- Whatever the certainty of a concern: known, suspected and at risk count alike.
with recognised as (
    select distinct first_concern.person_id, first_concern.started_on from first_concern
),
recent as (
    select distinct tie_between_people.person_id, tie_between_people.other_person_id, quarter.period, quarter.end_on
    from tie_between_people
    join quarter on tie_between_people.happened_on <= quarter.end_on and tie_between_people.happened_on > quarter.end_on - interval 12 month
),
tied as (
    select recent.person_id, recent.period, recent.end_on
    from recent
    join recognised on recognised.person_id = recent.other_person_id and recognised.started_on <= recent.end_on
    group by recent.person_id, recent.period, recent.end_on
    having count(recent.other_person_id) >= $others
)
select tied.person_id, tied.period, tied.person_id as event_id
from tied
where not exists (
    select 1 as found
    from recognised as known
    where known.person_id = tied.person_id and known.started_on <= tied.end_on
)
