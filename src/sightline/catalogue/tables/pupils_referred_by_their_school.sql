-- Pupils whom a school referred to children's social care, or made contact about, in the twelve months to the end of the quarter, by the school
-- they are on the roll of. Records do not say which school spoke, so the pupil's own is taken: of several rolls the one entered last.
select distinct on_roll.person_id, quarter.period, on_roll.person_id as event_id, on_roll.school
from (
    select
        school_spell.person_id, school_spell.school, school_spell.entered_on, school_spell.left_on,
        row_number() over (partition by school_spell.person_id order by school_spell.entered_on desc, school_spell.school) as latest
    from school_spell
    where school_spell.school is not null and school_spell.entered_on is not null
) as on_roll
join (
    select referral.person_id, referral.received_on as told_on from referral where referral.source = 'school'
    union all
    select contact.person_id, contact.contacted_on as told_on from contact where contact.source = 'school'
) as told
    on told.person_id = on_roll.person_id
join quarter
    on told.told_on <= quarter.end_on
    and told.told_on > quarter.end_on - interval 12 month
    and on_roll.entered_on <= quarter.end_on
    and (on_roll.left_on is null or on_roll.left_on > quarter.end_on - interval 12 month)
where on_roll.latest = 1
