-- Children referred to children's social care in the twelve months to the end of the quarter, each once.
select distinct referral.person_id, quarter.period, referral.person_id as event_id
from referral
join quarter
    on referral.received_on <= quarter.end_on
    and referral.received_on > quarter.end_on - interval 12 month
