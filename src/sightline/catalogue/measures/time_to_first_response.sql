-- Days from the first sign of a child in any agency to the first response to exploitation, for recognised children who were first responded to in
-- the twelve months to the end of the quarter. Signs from $within_days before the first concern up to that day are looked at: what lies further
-- back is another story. The concern itself is a sign if it was recorded before the response. A child whom the response itself noticed first (an
-- assessment that names exploitation, say) waited from nothing on record, and does not count. Where only the month of a sign or of a response is
-- known, it measures nothing. Whatever the certainty: known, suspected and at risk count alike.
with recognised_on as (
    select distinct first_concern.person_id, first_concern.started_on, first_concern.started_on_precision
    from first_concern
    where first_concern.started_on_precision in ('day', 'minute')
),
answered as (
    select
        exploitation_response.person_id,
        min(exploitation_response.responded_on) as responded_on,
        'day' as responded_on_precision
    from exploitation_response
    where exploitation_response.responded_on_precision in ('day', 'minute')
    group by exploitation_response.person_id
),
noticed as (
    select
        possible_sign.person_id,
        possible_sign.agency_id,
        possible_sign.sign,
        possible_sign.happened_on,
        possible_sign.happened_on_precision
    from possible_sign
    join recognised_on
        on recognised_on.person_id = possible_sign.person_id
        and possible_sign.happened_on <= recognised_on.started_on
    where
        possible_sign.happened_on_precision in ('day', 'minute')
        and recognised_on.started_on_precision in ('day', 'minute')
        and date_diff('day', possible_sign.happened_on, recognised_on.started_on) <= $within_days
    union all
    select
        first_concern.person_id,
        first_concern.agency_id,
        'concern' as sign,
        first_concern.started_on as happened_on,
        first_concern.started_on_precision as happened_on_precision
    from first_concern
    join answered on answered.person_id = first_concern.person_id and answered.responded_on > first_concern.started_on
    where first_concern.started_on_precision in ('day', 'minute')
),
first_noticed as (
    select noticed.person_id, min(noticed.happened_on) as happened_on from noticed group by noticed.person_id
)
select distinct
    noticed.person_id,
    quarter.period,
    answered.responded_on as happened_on,
    noticed.person_id as event_id,
    noticed.agency_id,
    noticed.sign,
    first_response.response,
    date_diff('day', noticed.happened_on, answered.responded_on) as value
from noticed
join first_noticed on first_noticed.person_id = noticed.person_id and first_noticed.happened_on = noticed.happened_on
join answered on answered.person_id = noticed.person_id and answered.responded_on >= noticed.happened_on
join exploitation_response as first_response
    on first_response.person_id = answered.person_id
    and first_response.responded_on = answered.responded_on
    and first_response.responded_on_precision in ('day', 'minute')
join quarter on answered.responded_on <= quarter.end_on and answered.responded_on > quarter.end_on - interval 12 month
where noticed.happened_on_precision in ('day', 'minute') and answered.responded_on_precision = 'day'
