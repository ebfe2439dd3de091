-- Children referred to children's social care.
select referral.person_id, referral.received_on as happened_on, referral.referral_id as event_id, referral.source as referral_source
from referral
