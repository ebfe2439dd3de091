-- Children about whom a concern is held on the last day of the quarter and who are recorded that day as taught at home or as missing education,
-- or who were on a school's roll before and are on none that day. A child whom no school ever told of is not counted: that may be a missed link.
-- Whatever the certainty: known, suspected and at risk count alike.
with recognised as (
    select distinct concern_spell.person_id, quarter.period, quarter.end_on
    from concern_spell
    join quarter
        on concern_spell.started_on <= quarter.end_on
        and (concern_spell.ended_on is null or concern_spell.ended_on >= quarter.end_on)
),
schooling as (
    select
        recognised.person_id,
        recognised.period,
        max(case when school_spell.left_on is null or school_spell.left_on > recognised.end_on then 1 else 0 end) as has_a_place,
        max(
            case
                when
                    school_spell.provision in ('home', 'missing_education')
                    and (school_spell.left_on is null or school_spell.left_on > recognised.end_on)
                    then school_spell.provision
            end
        ) as out_of_school
    from recognised
    join school_spell on school_spell.person_id = recognised.person_id and school_spell.entered_on <= recognised.end_on
    group by recognised.person_id, recognised.period
)
select
    schooling.person_id,
    schooling.period,
    schooling.person_id as event_id,
    coalesce(schooling.out_of_school, 'not_recorded') as provision
from schooling
where schooling.has_a_place = 0 or schooling.out_of_school is not null
