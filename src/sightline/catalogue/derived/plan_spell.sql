-- A spell of planned help from any agency: plans of children's social care, early help episodes, programmes of youth justice and of services,
-- each with its kind (none for a service's own programme). Whether its end was only inferred (a time in care that a later return tells no
-- more of) is said too.
select
    plan.person_id,
    plan.agency_id,
    plan.plan_id,
    plan.plan_type,
    plan.started_on,
    plan.started_on_precision,
    plan.ended_on,
    plan.ended_on_precision,
    coalesce(plan.end_inferred, false) as end_inferred
from plan
where plan.started_on is not null
union all
select
    early_help_episode.person_id,
    early_help_episode.agency_id,
    early_help_episode.early_help_episode_id as plan_id,
    'EH' as plan_type,
    early_help_episode.started_on,
    early_help_episode.started_on_precision,
    early_help_episode.ended_on,
    early_help_episode.ended_on_precision,
    false as end_inferred
from early_help_episode
where early_help_episode.started_on is not null
union all
select
    intervention.person_id,
    intervention.agency_id,
    intervention.intervention_id as plan_id,
    case when intervention.programme in ('prevention', 'diversion', 'referral_order', 'weapons', 'exploitation', 'other') then 'YJ' end as plan_type,
    intervention.started_on,
    intervention.started_on_precision,
    intervention.ended_on,
    intervention.ended_on_precision,
    false as end_inferred
from intervention
where intervention.started_on is not null
