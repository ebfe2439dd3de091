-- When each agency knew a child for a reason of its own. Being on a school's roll, or an ordinary visit to hospital, is not being known:
-- schools know a child by an exclusion or by half or more of a term's sessions missed, hospitals by an assault or a safeguarding concern.
-- Whatever the certainty: known, suspected and at risk count alike.
select contact.person_id, contact.agency_id, contact.contacted_on as first_on, contact.contacted_on as last_on
from contact
union all
select referral.person_id, referral.agency_id, referral.received_on as first_on, referral.received_on as last_on
from referral
union all
select assessment.person_id, assessment.agency_id, assessment.started_on as first_on, coalesce(assessment.authorised_on, assessment.started_on) as last_on
from assessment
union all
select plan_spell.person_id, plan_spell.agency_id, plan_spell.started_on as first_on, coalesce(plan_spell.ended_on, date '9999-12-31') as last_on
from plan_spell
union all
select flag.person_id, flag.agency_id, flag.started_on as first_on, coalesce(flag.ended_on, date '9999-12-31') as last_on
from flag
union all
select merged_missing_episode.person_id, merged_missing_episode.agency_id, merged_missing_episode.started_on as first_on, merged_missing_episode.started_on as last_on
from merged_missing_episode
union all
select involvement.person_id, involvement.agency_id, cast(incident.started_at as date) as first_on, cast(incident.started_at as date) as last_on
from involvement
join incident on incident.agency_id = involvement.agency_id and incident.incident_reference = involvement.incident_reference
union all
select ae_attendance.person_id, ae_attendance.agency_id, cast(ae_attendance.arrived_at as date) as first_on, cast(ae_attendance.arrived_at as date) as last_on
from ae_attendance
where ae_attendance.assault or coalesce(ae_attendance.safeguarding_concern, 'not_recorded') not in ('none', 'not_recorded')
union all
select exclusion.person_id, exclusion.agency_id, exclusion.started_on as first_on, exclusion.started_on as last_on
from exclusion
union all
select absence.person_id, absence.agency_id, absence.term_started_on as first_on, absence.term_started_on as last_on
from absence
group by absence.person_id, absence.agency_id, absence.term_started_on
having sum(absence.sessions) * 2 >= max(absence.possible_sessions) and max(absence.possible_sessions) > 0
union all
select housing_case.person_id, housing_case.agency_id, housing_case.opened_on as first_on, coalesce(housing_case.closed_on, date '9999-12-31') as last_on
from housing_case
