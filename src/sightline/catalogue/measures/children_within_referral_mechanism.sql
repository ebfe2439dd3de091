-- Children about whom, on any day of the twelve months to the end of the quarter, an agency held a concern of a form that the National Referral
-- Mechanism is for (sexual, criminal, gangs, trafficking), and children referred to it in those months whatever had been recorded before.
-- Whatever the certainty: known, suspected and at risk count alike.
select concern.person_id, quarter.period, concern.concern_id as event_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
where concern.exploitation_type in ('sexual', 'criminal', 'gangs', 'trafficking')
union all
select nrm_referral.person_id, quarter.period, nrm_referral.nrm_referral_id as event_id
from nrm_referral
join quarter
    on nrm_referral.referred_on <= quarter.end_on
    and nrm_referral.referred_on > quarter.end_on - interval 12 month
