-- Flags that stand on the last day of the quarter, by whether the day their review was due has passed, lies ahead, or was never set. Whether a
-- review took place is not recorded: a flag whose day has passed may have been reviewed and the day not moved.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    flag.person_id,
    quarter.period,
    flag.flag_id as event_id,
    flag.agency_id,
    case
        when flag.review_due_on is null then 'no_day_set'
        when flag.review_due_on < quarter.end_on then 'day_has_passed'
        else 'day_lies_ahead'
    end as review,
    case
        when flag.review_due_on < quarter.end_on and flag.review_due_on_precision in ('day', 'minute')
        then date_diff('day', flag.review_due_on, quarter.end_on)
    end as value
from flag
join quarter
    on flag.started_on <= quarter.end_on
    and (flag.ended_on is null or flag.ended_on >= quarter.end_on)
where flag.exploitation_type <> 'missing'
