-- Referrals to the team that specialises in exploitation which it has decided on; one child's referrals of one day are one.
select
    intervention.person_id,
    intervention.referred_on as happened_on,
    intervention.person_id || cast(intervention.referred_on as varchar) as event_id,
    intervention.source as referral_source
from intervention
where intervention.programme = 'specialist_team' and intervention.referred_on is not null and intervention.accepted is not null
group by intervention.person_id, intervention.referred_on, intervention.source
