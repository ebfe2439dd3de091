-- Children for whom, in the twelve months to the end of the quarter, a missing episode began that was at least their third within $within_days
-- days of the first of the three. What police and children's services both tell of counts once; an episode of which only the month is known
-- counts towards none.
select numbered.person_id, quarter.period, numbered.started_on as happened_on, numbered.episode_id as event_id
from (
    select
        missing_spell.person_id,
        missing_spell.episode_id,
        missing_spell.started_on,
        missing_spell.started_on_precision,
        lag(missing_spell.started_on, 2) over (
            partition by missing_spell.person_id order by missing_spell.started_on, missing_spell.episode_id
        ) as two_before_on,
        lag(missing_spell.started_on_precision, 2) over (
            partition by missing_spell.person_id order by missing_spell.started_on, missing_spell.episode_id
        ) as two_before_on_precision
    from missing_spell
    where missing_spell.started_on_precision in ('day', 'minute')
) as numbered
join quarter on numbered.started_on <= quarter.end_on and numbered.started_on > quarter.end_on - interval 12 month
where
    numbered.two_before_on is not null
    and numbered.started_on_precision in ('day', 'minute')
    and numbered.two_before_on_precision in ('day', 'minute')
    and date_diff('day', numbered.two_before_on, numbered.started_on) <= $within_days
