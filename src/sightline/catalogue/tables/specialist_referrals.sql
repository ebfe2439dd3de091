-- Referrals to a team or service that works with exploitation, with who referred and whether the child was taken on.
select
    intervention.person_id,
    intervention.referred_on as happened_on,
    intervention.intervention_id as event_id,
    intervention.source as referral_source,
    case when intervention.accepted then 'taken_on' when not intervention.accepted then 'not_taken_on' else 'not_recorded' end as decision
from intervention
where
    intervention.referred_on is not null
    and (
        intervention.programme in ('specialist_team', 'exploitation')
        or (
            coalesce(intervention.concern, 'not_recorded') <> 'not_recorded'
            and coalesce(intervention.programme, 'not_recorded') not in (
                'mental_health', 'substance_support', 'mentoring', 'prevention', 'diversion', 'referral_order', 'weapons', 'other'
            )
        )
    )
