-- The same for children whom both agencies of the pair knew, or held a concern about, in the twelve months.
-- Whatever the certainty: known, suspected and at risk count alike.
with held as (
    select distinct concern.person_id, concern.agency_id, quarter.period
    from concern
    join quarter
        on concern.started_on <= quarter.end_on
        and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
),
either as (
    select everyone.person_id, everyone.agency_id, everyone.period, max(everyone.held) as held
    from (
        select known_in_year.person_id, known_in_year.agency_id, known_in_year.period, 0 as held
        from known_in_year
        where known_in_year.agency_id in (select flagging.agency_id from concern as flagging)
        union all
        select held.person_id, held.agency_id, held.period, 1 as held from held
    ) as everyone
    group by everyone.person_id, everyone.agency_id, everyone.period
)
select
    one.person_id,
    one.period,
    one.person_id as event_id,
    one.agency_id,
    other.agency_id as other_agency,
    case
        when one.held = 1 and other.held = 1 then 'both'
        when one.held = 1 then 'first'
        when other.held = 1 then 'second'
        else 'neither'
    end as held_by
from either as one
join either as other on other.person_id = one.person_id and other.period = one.period and one.agency_id < other.agency_id
