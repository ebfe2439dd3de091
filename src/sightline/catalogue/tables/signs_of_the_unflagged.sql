-- Children for whom two or more agencies recorded a possible sign in the twelve months to the end of the quarter and about whom no agency held a
-- concern in that time, by each sign. A sign often has another cause, and is no finding about a child.
-- Whatever the certainty: known, suspected and at risk count alike.
with signs as (
    select distinct possible_sign.person_id, possible_sign.agency_id, possible_sign.sign, quarter.period
    from possible_sign
    join quarter
        on possible_sign.happened_on <= quarter.end_on
        and possible_sign.happened_on > quarter.end_on - interval 12 month
)
select distinct signs.person_id, signs.period, signs.person_id as event_id, signs.sign
from signs
join (
    select several.person_id, several.period
    from signs as several
    group by several.person_id, several.period
    having count(distinct several.agency_id) >= 2
) as by_two
    on by_two.person_id = signs.person_id and by_two.period = signs.period
where not exists (
    select 1 as found
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
    where concern.person_id = signs.person_id and quarter.period = signs.period
)
