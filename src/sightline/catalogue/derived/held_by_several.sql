-- People about whom records of more than one agency are held, whenever they were made; a place on a school's roll counts as being held by education.
select everywhere.person_id, count(distinct everywhere.agency_id) as agencies
from (
    select record_about_child.person_id, record_about_child.agency_id from record_about_child
    union all
    select school_spell.person_id, school_spell.agency_id from school_spell
) as everywhere
group by everywhere.person_id
having count(distinct everywhere.agency_id) >= 2
