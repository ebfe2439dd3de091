-- Days on which a child's own view is recorded: a plan review it reached, a return interview that holds the child's words, an early help
-- episode (as long as it lasts) that records the child's view.
select plan_review.person_id, plan_review.reviewed_on as first_on, plan_review.reviewed_on as last_on
from plan_review
where plan_review.child_heard and plan_review.reviewed_on is not null
union all
select
    return_interview.person_id,
    cast(coalesce(return_interview.held_at, return_interview.episode_ended_at) as date) as first_on,
    cast(coalesce(return_interview.held_at, return_interview.episode_ended_at) as date) as last_on
from return_interview
where return_interview.child_heard and coalesce(return_interview.held_at, return_interview.episode_ended_at) is not null
union all
select
    early_help_episode.person_id,
    early_help_episode.started_on as first_on,
    coalesce(early_help_episode.ended_on, date '9999-12-31') as last_on
from early_help_episode
where early_help_episode.child_heard and early_help_episode.started_on is not null
