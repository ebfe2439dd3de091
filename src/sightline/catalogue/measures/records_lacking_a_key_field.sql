-- Records about a child in which something is missing that most figures are made from: the exact day, what the record is about, or, in whatever any
-- agency tells of the child, the month of birth, the sex, the ethnicity or where the child lives. A record that lacks two stands twice, once under each.
-- Whatever the certainty: known, suspected and at risk count alike.
with dated as (
    select
        record_about_child.person_id,
        record_about_child.happened_on,
        record_about_child.record_id,
        record_about_child.agency_id,
        record_about_child.record_kind,
        coalesce(record_about_child.happened_on_precision, 'not known') as happened_on_precision,
        coalesce(record_about_child.subject, 'not_recorded') as subject,
        person.birth_month,
        coalesce(person.sex, 'not_recorded') as sex,
        coalesce(person.ethnicity, 'not_recorded') as ethnicity,
        person.resident_in_area
    from record_about_child
    left join person on person.person_id = record_about_child.person_id
    where record_about_child.happened_on is not null
)
select dated.person_id, dated.happened_on, dated.record_id as event_id, dated.agency_id, dated.record_kind, 'day' as key_field
from dated
where dated.happened_on_precision not in ('day', 'minute')
union all
select dated.person_id, dated.happened_on, dated.record_id as event_id, dated.agency_id, dated.record_kind, 'subject' as key_field
from dated
where dated.subject = 'not_recorded'
union all
select dated.person_id, dated.happened_on, dated.record_id as event_id, dated.agency_id, dated.record_kind, 'birth' as key_field
from dated
where dated.birth_month is null
union all
select dated.person_id, dated.happened_on, dated.record_id as event_id, dated.agency_id, dated.record_kind, 'sex' as key_field
from dated
where dated.sex = 'not_recorded'
union all
select dated.person_id, dated.happened_on, dated.record_id as event_id, dated.agency_id, dated.record_kind, 'ethnicity' as key_field
from dated
where dated.ethnicity = 'not_recorded'
union all
select dated.person_id, dated.happened_on, dated.record_id as event_id, dated.agency_id, dated.record_kind, 'home' as key_field
from dated
where dated.resident_in_area is null
