-- Assessments signed off.
select assessment.person_id, assessment.authorised_on as happened_on, assessment.assessment_id as event_id
from assessment
where assessment.authorised_on is not null
