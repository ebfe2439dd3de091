-- Children about whom an agency was the first to hold a concern, in the twelve months that ended a year before the end of the quarter: whether
-- another agency came to hold one in the 365 days after. Agencies that began on one day were both first, and the child was with both already.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct
    first_concern.person_id,
    quarter.period,
    first_concern.person_id as event_id,
    first_concern.agency_id,
    case
        when
            exists (
                select 1 as found
                from first_concern_of_agency as other
                where
                    other.person_id = first_concern.person_id
                    and other.agency_id <> first_concern.agency_id
                    and other.started_on_precision in ('day', 'minute')
                    and first_concern.started_on_precision in ('day', 'minute')
                    and other.started_on <= first_concern.started_on + interval 365 day
            )
        then 'followed'
        else 'not_followed'
    end as followed
from first_concern
join quarter
    on first_concern.started_on <= quarter.end_on - interval 12 month
    and first_concern.started_on > quarter.end_on - interval 24 month
