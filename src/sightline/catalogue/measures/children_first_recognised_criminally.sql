-- Children about whom the first concern of criminal exploitation or gangs in any agency's records began in the twelve months to the end of the
-- quarter, once each. Whatever the certainty: known, suspected and at risk count alike.
with newly as (
    select concern.person_id, min(concern.started_on) as started_on
    from concern
    where concern.exploitation_type in ('criminal', 'gangs')
    group by concern.person_id
)
select newly.person_id, quarter.period, newly.started_on as happened_on, newly.person_id as event_id
from newly
join quarter on newly.started_on <= quarter.end_on and newly.started_on > quarter.end_on - interval 12 month
