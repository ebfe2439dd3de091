-- Every dated record that an agency holds about somebody, with its kind, its day, how exactly the day is known, and what it says it is about (the
-- main code of its kind; 'not asked' where the kind has none). A place on a school's roll is no record here.
-- Whatever the certainty: known, suspected and at risk count alike.
select contact.person_id, contact.agency_id, contact.contact_id as record_id, 'contact' as record_kind, contact.contacted_on as happened_on, contact.contacted_on_precision as happened_on_precision, contact.source as subject
from contact
union all
select referral.person_id, referral.agency_id, referral.referral_id as record_id, 'referral' as record_kind, referral.received_on as happened_on, referral.received_on_precision as happened_on_precision, referral.source as subject
from referral
union all
select assessment.person_id, assessment.agency_id, assessment.assessment_id as record_id, 'assessment' as record_kind, assessment.started_on as happened_on, assessment.started_on_precision as happened_on_precision, 'not asked' as subject
from assessment
union all
select flag.person_id, flag.agency_id, flag.flag_id as record_id, 'flag' as record_kind, flag.started_on as happened_on, flag.started_on_precision as happened_on_precision, flag.exploitation_type as subject
from flag
union all
select plan.person_id, plan.agency_id, plan.plan_id as record_id, 'plan' as record_kind, plan.started_on as happened_on, plan.started_on_precision as happened_on_precision, plan.plan_type as subject
from plan
union all
select early_help_episode.person_id, early_help_episode.agency_id, early_help_episode.early_help_episode_id as record_id, 'early_help' as record_kind, early_help_episode.started_on as happened_on, early_help_episode.started_on_precision as happened_on_precision, early_help_episode.reason as subject
from early_help_episode
union all
select intervention.person_id, intervention.agency_id, intervention.intervention_id as record_id, 'programme' as record_kind, coalesce(intervention.started_on, intervention.referred_on) as happened_on, case when intervention.started_on is null then intervention.referred_on_precision else intervention.started_on_precision end as happened_on_precision, intervention.programme as subject
from intervention
union all
select screening.person_id, screening.agency_id, screening.screening_id as record_id, 'screening' as record_kind, screening.completed_on as happened_on, screening.completed_on_precision as happened_on_precision, screening.level as subject
from screening
union all
select nrm_referral.person_id, nrm_referral.agency_id, nrm_referral.nrm_referral_id as record_id, 'nrm_referral' as record_kind, nrm_referral.referred_on as happened_on, nrm_referral.referred_on_precision as happened_on_precision, nrm_referral.exploitation as subject
from nrm_referral
union all
select missing_episode.person_id, missing_episode.agency_id, missing_episode.missing_episode_id as record_id, 'missing_episode' as record_kind, cast(missing_episode.started_at as date) as happened_on, missing_episode.started_at_precision as happened_on_precision, missing_episode.episode_type as subject
from missing_episode
union all
select return_interview.person_id, return_interview.agency_id, return_interview.return_interview_id as record_id, 'return_interview' as record_kind, cast(coalesce(return_interview.episode_ended_at, return_interview.episode_started_at) as date) as happened_on, case when return_interview.episode_ended_at is null then return_interview.episode_started_at_precision else return_interview.episode_ended_at_precision end as happened_on_precision, 'not asked' as subject
from return_interview
union all
select involvement.person_id, involvement.agency_id, involvement.involvement_id as record_id, 'incident' as record_kind, cast(incident.started_at as date) as happened_on, incident.started_at_precision as happened_on_precision, incident.incident_type as subject
from involvement
join incident on incident.agency_id = involvement.agency_id and incident.incident_reference = involvement.incident_reference
union all
select ae_attendance.person_id, ae_attendance.agency_id, ae_attendance.ae_attendance_id as record_id, 'emergency_attendance' as record_kind, cast(ae_attendance.arrived_at as date) as happened_on, ae_attendance.arrived_at_precision as happened_on_precision, case when ae_attendance.assault is not null then 'said' end as subject
from ae_attendance
union all
select exclusion.person_id, exclusion.agency_id, exclusion.exclusion_id as record_id, 'exclusion' as record_kind, exclusion.started_on as happened_on, exclusion.started_on_precision as happened_on_precision, exclusion.reason as subject
from exclusion
union all
select housing_case.person_id, housing_case.agency_id, housing_case.housing_case_id as record_id, 'housing_case' as record_kind, housing_case.opened_on as happened_on, housing_case.opened_on_precision as happened_on_precision, housing_case.case_type as subject
from housing_case
