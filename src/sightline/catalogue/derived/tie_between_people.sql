-- Ties between two children under eighteen that a record shows, both ways round, with the kind of tie and the day: both harmed, both missing or both
-- otherwise named in one incident, or recorded as together by an agency. A tie is no offence and often no choice; being in one place is enough.
-- An incident that names more than twelve children ties nobody: a crowd is no company. Whatever the certainty of a part in it.
with named as (
    select
        incident_part.person_id,
        incident_part.incident_id,
        incident_part.happened_on,
        incident_part.was_harmed,
        incident_part.was_missing
    from incident_part
    join person on person.person_id = incident_part.person_id
    where person.birth_month is not null and incident_part.happened_on < person.birth_month + interval 18 year
),
small as (
    select named.incident_id from named group by named.incident_id having count(named.person_id) between 2 and 12
),
told as (
    select
        association.person_id,
        other_person.person_id as other_person_id,
        association.association_id as tie_id,
        coalesce(association.association_type, 'not_recorded') as association_type,
        association.first_seen_on as happened_on
    from association
    join person_of_identity as other_person on other_person.identity_id = association.other_identity_id
    join person as one on one.person_id = association.person_id
    join person as other on other.person_id = other_person.person_id
    where
        association.first_seen_on is not null
        and other_person.person_id <> association.person_id
        and association.first_seen_on < one.birth_month + interval 18 year
        and association.first_seen_on < other.birth_month + interval 18 year
)
select
    one.person_id,
    other.person_id as other_person_id,
    one.incident_id as tie_id,
    case
        when one.was_harmed = 1 and other.was_harmed = 1 then 'harmed_together'
        when one.was_missing = 1 and other.was_missing = 1 then 'missing_together'
        else 'other'
    end as association_type,
    one.happened_on
from named as one
join small on small.incident_id = one.incident_id
join named as other on other.incident_id = one.incident_id and other.person_id <> one.person_id
union all
select told.person_id, told.other_person_id, told.tie_id, told.association_type, told.happened_on
from told
union all
select told.other_person_id as person_id, told.person_id as other_person_id, told.tie_id, told.association_type, told.happened_on
from told
