-- Referrals that came within $within_days of an earlier one of the same child, with the days since the latest earlier one, whether that one had
-- ended without further action, and how many there had been. A second record on the same day is the same referral told twice; a referral of
-- which only the month is known is no measure of days.
select
    later.person_id,
    later.received_on as happened_on,
    min(later.referral_id) as event_id,
    later.source as referral_source,
    case
        when max(case when earlier.received_on = last_one.received_on and earlier.no_further_action then 1 else 0 end) = 1 then 'no_further_action'
        when max(case when earlier.received_on = last_one.received_on and not earlier.no_further_action then 1 else 0 end) = 1 then 'worked_with'
        else 'not_recorded'
    end as earlier_outcome,
    case when count(distinct earlier.received_on) = 1 then 'second' when count(distinct earlier.received_on) = 2 then 'third' else 'later' end as which_time,
    min(date_diff('day', earlier.received_on, later.received_on)) as value
from referral as later
join referral as earlier on earlier.person_id = later.person_id
join (
    select again.person_id, again.received_on as again_on, max(before.received_on) as received_on
    from referral as again
    join referral as before on before.person_id = again.person_id and before.received_on < again.received_on
    where before.received_on_precision in ('day', 'minute')
    group by again.person_id, again.received_on
) as last_one
    on last_one.person_id = later.person_id and last_one.again_on = later.received_on
where
    earlier.received_on_precision in ('day', 'minute')
    and later.received_on_precision in ('day', 'minute')
    and later.received_on > earlier.received_on
    and date_diff('day', earlier.received_on, later.received_on) <= $within_days
group by later.person_id, later.received_on, later.source
