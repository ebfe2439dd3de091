-- A spell of help that is about exploitation itself: from a specialist team, a programme about exploitation, or a service's own programme for
-- which the referral named exploitation; not help with something else that was asked for at the same time. When the child was referred to it is
-- there where the record tells. A service that did not take a child on helped nobody.
select
    intervention.person_id,
    intervention.agency_id,
    intervention.intervention_id as spell_id,
    intervention.referred_on,
    intervention.referred_on_precision,
    intervention.started_on,
    intervention.started_on_precision,
    intervention.ended_on,
    intervention.ended_on_precision
from intervention
where
    (
        intervention.programme in ('specialist_team', 'exploitation')
        or (
            coalesce(intervention.concern, 'not_recorded') <> 'not_recorded'
            and coalesce(intervention.programme, 'not_recorded') not in (
                'mental_health', 'substance_support', 'mentoring', 'prevention', 'diversion', 'referral_order', 'weapons', 'other'
            )
        )
    )
    and coalesce(intervention.accepted, true)
    and intervention.started_on is not null
