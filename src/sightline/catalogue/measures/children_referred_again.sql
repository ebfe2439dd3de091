-- Children with a referral within $within_days of an earlier one, whether or not the earlier one had closed. A second record on the same
-- day is the same referral told twice; a referral of which only the month is known is no measure of days.
select later.person_id, later.received_on as happened_on, later.referral_id as event_id, later.source as referral_source
from referral as later
join referral as earlier on earlier.person_id = later.person_id
where
    earlier.received_on_precision in ('day', 'minute')
    and later.received_on_precision in ('day', 'minute')
    and later.received_on > earlier.received_on
    and date_diff('day', earlier.received_on, later.received_on) <= $within_days
