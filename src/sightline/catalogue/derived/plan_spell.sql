-- A spell of planned help from any agency: plans of children's social care, early help episodes, youth justice programmes.
select plan.person_id, plan.agency_id, plan.plan_id, plan.started_on, plan.ended_on, plan.ended_on_precision
from plan
where plan.started_on is not null
union all
select
    early_help_episode.person_id,
    early_help_episode.agency_id,
    early_help_episode.early_help_episode_id as plan_id,
    early_help_episode.started_on,
    early_help_episode.ended_on,
    early_help_episode.ended_on_precision
from early_help_episode
where early_help_episode.started_on is not null
union all
select
    intervention.person_id,
    intervention.agency_id,
    intervention.intervention_id as plan_id,
    intervention.started_on,
    intervention.ended_on,
    intervention.ended_on_precision
from intervention
where intervention.started_on is not null
