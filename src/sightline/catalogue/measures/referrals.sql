-- Referrals to children's social care; records of one child on one day are one referral, whoever told of it.
select
    referral.person_id,
    referral.received_on as happened_on,
    referral.person_id || cast(referral.received_on as varchar) as event_id,
    referral.source as referral_source
from referral
where referral.received_on is not null
group by referral.person_id, referral.received_on, referral.source
