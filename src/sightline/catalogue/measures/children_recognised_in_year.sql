-- Children about whom the first concern in any agency's records began in the twelve months to the end of the quarter, once each.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    first_concern.person_id,
    quarter.period,
    first_concern.started_on as happened_on,
    min(first_concern.concern_id) as event_id
from first_concern
join quarter
    on first_concern.started_on <= quarter.end_on
    and first_concern.started_on > quarter.end_on - interval 12 month
group by first_concern.person_id, quarter.period, first_concern.started_on
