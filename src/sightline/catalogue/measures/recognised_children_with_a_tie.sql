-- Children about whom a concern was held on any day of the twelve months to the end of the quarter, and whom a record of those months shows together
-- with another such child. Whatever the certainty: known, suspected and at risk count alike.
with recognised as (
    select distinct concern.person_id, quarter.period
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
),
tied as (
    select distinct tie_between_people.person_id, tie_between_people.other_person_id, tie_between_people.association_type, quarter.period
    from tie_between_people
    join quarter
        on tie_between_people.happened_on <= quarter.end_on and tie_between_people.happened_on > quarter.end_on - interval 12 month
)
select distinct
    tied.person_id,
    tied.period,
    tied.person_id as event_id,
    tied.association_type
from tied
join recognised as one on one.person_id = tied.person_id and one.period = tied.period
join recognised as other on other.person_id = tied.other_person_id and other.period = tied.period
