-- Referrals to a specialist team or service that did not take the child on, by the reason it recorded.
select
    intervention.person_id,
    intervention.referred_on as happened_on,
    intervention.intervention_id as event_id,
    intervention.end_reason as reason
from intervention
where
    intervention.referred_on is not null
    and not intervention.accepted
    and (
        intervention.programme in ('specialist_team', 'exploitation')
        or (
            coalesce(intervention.concern, 'not_recorded') <> 'not_recorded'
            and coalesce(intervention.programme, 'not_recorded') not in (
                'mental_health', 'substance_support', 'mentoring', 'prevention', 'diversion', 'referral_order', 'weapons', 'other'
            )
        )
    )
