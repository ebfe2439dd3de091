-- Referrals of the twelve months to the end of the quarter to the team that specialises in exploitation which it has decided on; one child's referrals of one
-- day are one.
select
    intervention.person_id,
    quarter.period,
    intervention.referred_on as happened_on,
    intervention.person_id || cast(intervention.referred_on as varchar) as event_id,
    intervention.source as referral_source
from intervention
join quarter on intervention.referred_on <= quarter.end_on and intervention.referred_on > quarter.end_on - interval 12 month
where intervention.programme = 'specialist_team' and intervention.accepted is not null
group by intervention.person_id, quarter.period, intervention.referred_on, intervention.source
