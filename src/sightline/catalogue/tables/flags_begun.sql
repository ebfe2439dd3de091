-- Flags that began, by agency, form and quarter. Going missing alone is no concern of exploitation.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    flag.person_id,
    flag.started_on as happened_on,
    flag.flag_id as event_id,
    flag.agency_id,
    flag.exploitation_type,
    concat(cast(extract(year from flag.started_on) as varchar), '-Q', cast(extract(quarter from flag.started_on) as varchar)) as quarter_begun
from flag
where flag.exploitation_type <> 'missing' and flag.started_on is not null
