-- Days from the referral of a child to the National Referral Mechanism to the conclusive grounds decision, for decisions of the twelve months to
-- the end of the quarter. Waiting for the first, reasonable grounds decision is part of it. Dates known to the month measure nothing.
select
    nrm_referral.person_id,
    quarter.period,
    nrm_referral.conclusive_grounds_on as happened_on,
    nrm_referral.nrm_referral_id as event_id,
    nrm_referral.conclusive_grounds as nrm_decision,
    date_diff('day', nrm_referral.referred_on, nrm_referral.conclusive_grounds_on) as value
from nrm_referral
join quarter
    on nrm_referral.conclusive_grounds_on <= quarter.end_on
    and nrm_referral.conclusive_grounds_on > quarter.end_on - interval 12 month
where
    nrm_referral.referred_on_precision in ('day', 'minute')
    and nrm_referral.conclusive_grounds_on_precision in ('day', 'minute')
    and nrm_referral.conclusive_grounds_on >= nrm_referral.referred_on
