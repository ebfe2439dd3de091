-- For each recognised child, when early help and when social care first knew the child in the twenty-four months before the day of the first
-- concern: an early help episode, or a referral to or a plan of children's social care, that was going on or began before that day.
-- Empty where there was none. A first concern of which only the month is known has no day to look back from.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    recognised.person_id,
    recognised.recognised_on,
    recognised.recognised_on_precision,
    min(case when help.service = 'early_help' then help.first_on end) as early_help_on,
    min(case when help.service = 'social_care' then help.first_on end) as social_care_on
from (
    select
        first_concern.person_id,
        min(first_concern.started_on) as recognised_on,
        'day' as recognised_on_precision
    from first_concern
    where first_concern.started_on_precision in ('day', 'minute')
    group by first_concern.person_id
) as recognised
left join (
    select
        plan_spell.person_id,
        case when plan_spell.plan_type = 'EH' then 'early_help' else 'social_care' end as service,
        plan_spell.started_on as first_on,
        coalesce(plan_spell.ended_on, date '9999-12-31') as last_on
    from plan_spell
    where plan_spell.plan_type in ('EH', 'CIN', 'CP', 'CLA')
    union all
    select referral.person_id, 'social_care' as service, referral.received_on as first_on, referral.received_on as last_on
    from referral
) as help
    on help.person_id = recognised.person_id
    and help.first_on < recognised.recognised_on
    and help.last_on >= recognised.recognised_on - interval 24 month
group by recognised.person_id, recognised.recognised_on, recognised.recognised_on_precision
