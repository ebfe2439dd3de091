-- A spell during which an agency held a concern that somebody exploits a child: a flag from its first to its last day, or an exploitation
-- factor for the twelve months after the assessment that named it was authorised. Missing is counted as missing, not as exploitation.
-- How certain the agency was and which form it names stand beside it: a factor says that somebody suspects it. Where only the month is
-- known, that is said too. One assessment that names two forms makes two spells.
select
    flag.person_id,
    flag.agency_id,
    flag.flag_id as concern_id,
    flag.started_on,
    flag.started_on_precision,
    flag.ended_on,
    flag.ended_on_precision,
    flag.certainty,
    flag.exploitation_type
from flag
where flag.exploitation_type <> 'missing' and flag.started_on is not null
union all
select
    assessment_factor.person_id,
    assessment_factor.agency_id,
    assessment_factor.assessment_factor_id as concern_id,
    assessment_factor.authorised_on as started_on,
    assessment_factor.authorised_on_precision as started_on_precision,
    cast(assessment_factor.authorised_on + interval 12 month - interval 1 day as date) as ended_on,
    assessment_factor.authorised_on_precision as ended_on_precision,
    'suspected' as certainty,
    assessment_factor.exploitation_type
from assessment_factor
where assessment_factor.exploitation_type <> 'missing' and assessment_factor.authorised_on is not null
