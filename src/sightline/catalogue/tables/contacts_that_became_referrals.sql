-- Contacts after which the same child was referred to children's social care within $within_days, from whatever source the referral is
-- recorded. A contact or a referral of which only the month is known is no measure of days.
select distinct told.person_id, told.contacted_on as happened_on, told.event_id, told.source as referral_source
from (
    select
        contact.person_id, contact.source, contact.contacted_on, contact.contacted_on_precision,
        min(contact.contact_id) over (partition by contact.person_id, contact.contacted_on, contact.source) as event_id
    from contact
    where contact.contacted_on is not null
) as told
join referral on referral.person_id = told.person_id
where
    told.contacted_on_precision in ('day', 'minute')
    and referral.received_on_precision in ('day', 'minute')
    and referral.received_on >= told.contacted_on
    and date_diff('day', told.contacted_on, referral.received_on) <= $within_days
