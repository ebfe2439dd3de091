-- Children about whom any agency has held a concern, whose assessment in the twelve months to the end of the quarter names their own use of alcohol or
-- drugs, and who had support for it by the end of the quarter: a programme, or early help with substance use among its reasons, that had not ended
-- before the assessment. Whatever the certainty: known, suspected and at risk count alike.
with support as (
    select intervention.person_id, intervention.started_on, intervention.ended_on
    from intervention
    where intervention.programme = 'substance_support' and intervention.started_on is not null
    union all
    select early_help_episode.person_id, early_help_episode.started_on, early_help_episode.ended_on
    from early_help_episode
    where early_help_episode.reason like '%substances%' and early_help_episode.started_on is not null
)
select distinct assessment_factor.person_id, quarter.period, assessment_factor.person_id as event_id
from assessment_factor
join quarter
    on assessment_factor.authorised_on <= quarter.end_on
    and assessment_factor.authorised_on > quarter.end_on - interval 12 month
join first_concern
    on first_concern.person_id = assessment_factor.person_id and first_concern.started_on <= quarter.end_on
join support
    on support.person_id = assessment_factor.person_id
    and support.started_on <= quarter.end_on
    and (support.ended_on is null or support.ended_on >= assessment_factor.authorised_on)
where assessment_factor.factor in ('1A', '2A')
