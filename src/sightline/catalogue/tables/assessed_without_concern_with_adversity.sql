-- Children whose assessment by children's social care was signed off in the twelve months to the end of the quarter, about whom no agency has ever held
-- a concern, and about whom a record gives evidence of a childhood adversity, by each adversity.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct ace.person_id, quarter.period, ace.person_id as event_id, coalesce(ace.ace_type, 'not_recorded') as ace_type
from ace
join assessment on assessment.person_id = ace.person_id
join quarter
    on assessment.authorised_on <= quarter.end_on
    and assessment.authorised_on > quarter.end_on - interval 12 month
    and ace.recorded_on <= quarter.end_on
where ace.person_id not in (select concern.person_id from concern)
