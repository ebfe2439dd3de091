-- Wards that stand in the top fifth of the area by all three: where children live who were harmed, where adults live who were suspected of harming
-- them, and where it happened; each counted over the twelve months to the end of the quarter. Wards with the same number stand together.
-- Incidents in which a child was harmed or had a part in what the police marked with exploitation. Suspected is not guilty: whatever the certainty.
with of_children as (
    select
        incident_part.incident_id,
        incident_part.incident_ward,
        incident_part.person_id,
        person.ward as home_ward,
        quarter.period
    from incident_part
    join quarter
        on incident_part.happened_on <= quarter.end_on and incident_part.happened_on > quarter.end_on - interval 12 month
    join person on person.person_id = incident_part.person_id
    where
        (incident_part.was_harmed = 1 or incident_part.exploitation_type is not null)
        and incident_part.happened_on < person.birth_month + interval 18 year
),
suspected as (
    select distinct of_children.period, incident_part.person_id, person.ward as home_ward
    from of_children
    join incident_part on incident_part.incident_id = of_children.incident_id
    join person on person.person_id = incident_part.person_id
    where incident_part.was_suspected = 1 and incident_part.happened_on >= person.birth_month + interval 18 year
),
told as (
    select of_children.period, of_children.home_ward as ward, 'child' as layer, count(distinct of_children.person_id) as found
    from of_children
    group by of_children.period, of_children.home_ward
    union all
    select suspected.period, suspected.home_ward as ward, 'adult' as layer, count(distinct suspected.person_id) as found
    from suspected
    group by suspected.period, suspected.home_ward
    union all
    select of_children.period, of_children.incident_ward as ward, 'incident' as layer, count(distinct of_children.incident_id) as found
    from of_children
    group by of_children.period, of_children.incident_ward
),
placed as (
    select
        told.period,
        told.ward,
        told.layer,
        ward.deprivation,
        rank() over (partition by told.period, told.layer order by told.found desc) as place_in_order
    from told
    join ward on ward.ward = told.ward
)
select placed.ward as event_id, placed.period, min(placed.deprivation) as ward_deprivation
from placed
where placed.place_in_order * 5 <= (select count(*) as wards from ward)
group by placed.ward, placed.period
having count(distinct placed.layer) = 3
