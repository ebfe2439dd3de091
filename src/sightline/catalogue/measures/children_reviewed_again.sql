-- Children whose exploitation plan was reviewed in the quarter, with an earlier review in the $within_days before: the last review of the
-- quarter counts.
select last_review.person_id, last_review.reviewed_on as happened_on, last_review.event_id
from level_review as last_review
join quarter on last_review.reviewed_on between quarter.start_on and quarter.end_on
where
    last_review.reviewed_on_precision in ('day', 'minute')
    and last_review.earlier_on_precision in ('day', 'minute')
    and date_diff('day', last_review.earlier_on, last_review.reviewed_on) <= $within_days
    and not exists (
        select 1 as found
        from level_review as later
        where
            later.person_id = last_review.person_id
            and later.reviewed_on > last_review.reviewed_on
            and later.reviewed_on <= quarter.end_on
    )
