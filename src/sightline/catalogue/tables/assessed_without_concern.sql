-- Children whose assessment by children's social care was signed off in the twelve months to the end of the quarter, and about whom no agency has ever
-- held a concern. Whatever the certainty: known, suspected and at risk count alike.
select distinct assessment.person_id, quarter.period, assessment.person_id as event_id
from assessment
join quarter
    on assessment.authorised_on <= quarter.end_on
    and assessment.authorised_on > quarter.end_on - interval 12 month
where assessment.person_id not in (select concern.person_id from concern)
