-- Children newly recognised, by what agencies had on record in the 365 days before: each possible sign and who recorded it, and referrals to
-- children's social care that ended without further action; with the days from the earliest such record to the concern. What was on record need not
-- have meant anything by itself. Whatever the certainty: known, suspected and at risk count alike.
with on_record as (
    select possible_sign.person_id, possible_sign.agency_id, possible_sign.sign, possible_sign.happened_on, possible_sign.happened_on_precision
    from possible_sign
    union all
    select
        referral.person_id, referral.agency_id, 'referral_closed' as sign,
        referral.received_on as happened_on, referral.received_on_precision as happened_on_precision
    from referral
    where referral.no_further_action
),
recognised as (
    select distinct first_concern.person_id, first_concern.started_on, first_concern.started_on_precision
    from first_concern
)
select
    recognised.person_id,
    recognised.started_on as happened_on,
    recognised.person_id as event_id,
    on_record.agency_id,
    on_record.sign as chance,
    max(date_diff('day', on_record.happened_on, recognised.started_on)) as value
from recognised
join on_record on on_record.person_id = recognised.person_id
where
    on_record.happened_on_precision in ('day', 'minute')
    and recognised.started_on_precision in ('day', 'minute')
    and on_record.happened_on < recognised.started_on
    and date_diff('day', on_record.happened_on, recognised.started_on) <= 365
group by recognised.person_id, recognised.started_on, on_record.agency_id, on_record.sign
