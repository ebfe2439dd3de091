-- Age, in years, on the day the first concern in any agency's records began, for children recognised in the twelve months to the end of the
-- quarter. Birth and concern are compared by month; where only the year of the concern is known, it measures nothing.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    first_concern.person_id,
    quarter.period,
    first_concern.started_on as happened_on,
    first_concern.person_id as event_id,
    first_concern.agency_id,
    first_concern.exploitation_type,
    cast(date_diff('month', person.birth_month, first_concern.started_on) as double) / 12 as value
from first_concern
join quarter
    on first_concern.started_on <= quarter.end_on
    and first_concern.started_on > quarter.end_on - interval 12 month
join person on person.person_id = first_concern.person_id
where
    first_concern.started_on_precision in ('month', 'day', 'minute')
    and person.birth_month is not null
    and first_concern.started_on >= person.birth_month
