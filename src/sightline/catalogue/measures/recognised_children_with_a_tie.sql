-- Children about whom a concern was held on any day of the twelve months to the end of the quarter, and whom a record of those months shows together
-- with another such child. Whatever the certainty: known, suspected and at risk count alike.
with recognised as (
    select distinct concern.person_id, quarter.period, quarter.end_on
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
)
select distinct
    recognised.person_id,
    recognised.period,
    recognised.person_id as event_id,
    tie_between_people.association_type
from recognised
join quarter on quarter.period = recognised.period
join tie_between_people
    on tie_between_people.person_id = recognised.person_id
    and tie_between_people.happened_on <= quarter.end_on
    and tie_between_people.happened_on > quarter.end_on - interval 12 month
join recognised as other
    on other.person_id = tie_between_people.other_person_id and other.period = recognised.period
