-- Children referred to the National Referral Mechanism in the twelve months to the end of the quarter.
select
    nrm_referral.person_id,
    quarter.period,
    nrm_referral.nrm_referral_id as event_id,
    nrm_referral.first_responder,
    case when nrm_referral.county_lines then 'yes' when not nrm_referral.county_lines then 'no' end as county_lines
from nrm_referral
join quarter
    on nrm_referral.referred_on <= quarter.end_on
    and nrm_referral.referred_on > quarter.end_on - interval 12 month
