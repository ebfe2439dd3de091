-- Pupils about whom a school made a contact or a referral at any time since records begin, by the school whose roll they were on at that time.
-- Records do not say which school spoke, so the pupil's own is taken: the one entered last before that day.
select distinct at_the_time.person_id, quarter.period, at_the_time.person_id as event_id, at_the_time.school
from (
    select
        told.person_id, told.told_on, school_spell.school,
        row_number() over (
            partition by told.person_id, told.told_on order by school_spell.entered_on desc, school_spell.school
        ) as latest
    from (
        select referral.person_id, referral.received_on as told_on from referral where referral.source = 'school'
        union
        select contact.person_id, contact.contacted_on as told_on from contact where contact.source = 'school'
    ) as told
    join school_spell on school_spell.person_id = told.person_id and school_spell.entered_on <= told.told_on
    where school_spell.school is not null
) as at_the_time
join quarter on at_the_time.told_on <= quarter.end_on
where at_the_time.latest = 1
