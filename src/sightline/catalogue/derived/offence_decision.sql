-- What has been decided about each offence: the day of the first decision, and whether any decision so far was a charge or summons. One offence
-- with several suspects is decided once.
select
    offence_outcome.agency_id,
    offence_outcome.incident_reference,
    min(offence_outcome.decided_on) as decided_on,
    min(offence_outcome.decided_on_precision) as decided_on_precision,
    max(case when offence_outcome.outcome = 'charged' then 1 else 0 end) as charged
from offence_outcome
where offence_outcome.decided_on is not null and coalesce(offence_outcome.outcome, 'not_recorded') <> 'not_recorded'
group by offence_outcome.agency_id, offence_outcome.incident_reference
