-- Children whose first concern began in the twelve months to the end of the quarter and for whom at least $experiences kinds of adverse
-- experience were recorded in the $within_days before that day. Looking further back would count more the further our records reach. A kind
-- recorded twice is one kind; where only the month of a record is known, it does not count. Counted for groups only.
-- Whatever the certainty of the concern: known, suspected and at risk count alike.
with newly as (
    select distinct first_concern.person_id, first_concern.started_on, first_concern.started_on_precision
    from first_concern
    where first_concern.started_on_precision in ('day', 'minute')
),
earlier as (
    select distinct newly.person_id, ace.ace_type
    from newly
    join ace on ace.person_id = newly.person_id and ace.recorded_on < newly.started_on
    where
        coalesce(ace.ace_type, 'not_recorded') <> 'not_recorded'
        and ace.recorded_on_precision in ('day', 'minute')
        and newly.started_on_precision in ('day', 'minute')
        and date_diff('day', ace.recorded_on, newly.started_on) <= $within_days
),
several as (
    select earlier.person_id
    from earlier
    group by earlier.person_id
    having count(earlier.ace_type) >= $experiences
)
select distinct newly.person_id, quarter.period, newly.started_on as happened_on, newly.person_id as event_id, earlier.ace_type
from newly
join quarter on newly.started_on <= quarter.end_on and newly.started_on > quarter.end_on - interval 12 month
join several on several.person_id = newly.person_id
join earlier on earlier.person_id = newly.person_id
