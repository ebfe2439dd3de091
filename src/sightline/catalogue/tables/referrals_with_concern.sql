-- Referrals of children about whom a concern was held on the day, or began within $within_days: time enough for the assessment that follows a
-- referral to name it. Whatever the certainty: known, suspected and at risk count alike.
select
    referral.person_id,
    referral.received_on as happened_on,
    min(referral.referral_id) as event_id,
    referral.source as referral_source
from referral
join concern on concern.person_id = referral.person_id
where
    (
        concern.started_on <= referral.received_on
        or (
            referral.received_on_precision in ('day', 'minute')
            and concern.started_on_precision in ('day', 'minute')
            and date_diff('day', referral.received_on, concern.started_on) <= $within_days
        )
    )
    and (concern.ended_on is null or concern.ended_on >= referral.received_on)
group by referral.person_id, referral.received_on, referral.source
