-- Wards in which no child lives about whom any agency held a concern on any day of the twelve months to the end of the quarter.
-- Whatever the certainty: known, suspected and at risk count alike.
with recognised as (
    select distinct person.ward, quarter.period
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
    join person on person.person_id = concern.person_id
    where person.birth_month is null or quarter.end_on < person.birth_month + interval 18 year
)
select ward.ward as event_id, quarter.period, ward.deprivation as ward_deprivation
from ward
cross join quarter
left join recognised on recognised.ward = ward.ward and recognised.period = quarter.period
where recognised.ward is null
