-- Referrals to children's social care, each with who referred; records of one child on one day from one source are one referral.
select referral.person_id, referral.received_on as happened_on, min(referral.referral_id) as event_id, referral.source as referral_source
from referral
where referral.received_on is not null
group by referral.person_id, referral.received_on, referral.source
