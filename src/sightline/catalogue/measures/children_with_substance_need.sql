-- Children about whom any agency has held a concern, and whose assessment in the twelve months to the end of the quarter names their own use of alcohol
-- or drugs. Whatever the certainty: known, suspected and at risk count alike.
select distinct assessment_factor.person_id, quarter.period, assessment_factor.person_id as event_id
from assessment_factor
join quarter
    on assessment_factor.authorised_on <= quarter.end_on
    and assessment_factor.authorised_on > quarter.end_on - interval 12 month
join first_concern
    on first_concern.person_id = assessment_factor.person_id and first_concern.started_on <= quarter.end_on
where assessment_factor.factor in ('1A', '2A')
