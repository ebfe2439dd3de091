-- Referrals to children's social care; records of one child on one day are one referral.
select referral.person_id, referral.received_on as happened_on, min(referral.referral_id) as event_id, referral.source as referral_source
from referral
group by referral.person_id, referral.received_on, referral.source
