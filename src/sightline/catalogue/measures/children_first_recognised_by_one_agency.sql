-- Children whose first concern began in the twelve months to the end of the quarter and was one agency's alone: no other agency began one on the
-- same day. Where only the month of a first concern is known, nobody can say who was first, and it does not count.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    first_concern.person_id,
    quarter.period,
    first_concern.started_on as happened_on,
    min(first_concern.concern_id) as event_id,
    min(first_concern.agency_id) as agency_id
from first_concern
join quarter
    on first_concern.started_on <= quarter.end_on
    and first_concern.started_on > quarter.end_on - interval 12 month
group by first_concern.person_id, quarter.period, first_concern.started_on
having
    count(distinct first_concern.agency_id) = 1
    and min(case when first_concern.started_on_precision in ('day', 'minute') then 1 else 0 end) = 1
