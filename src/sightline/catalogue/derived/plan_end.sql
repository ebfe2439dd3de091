-- The last day of planned help for a child, for each quarter that looks back on it two quarters later: a plan followed at once by another
-- (from any agency) has not ended; of several ends in one quarter the last counts. An end of which only the month is known, or
-- that was only inferred, is no day to look back on.
select
    ended.person_id,
    quarter.period,
    max(ended.ended_on) as ended_on,
    'day' as ended_on_precision,
    max(ended.plan_id) as event_id
from plan_spell as ended
join quarter
    on ended.ended_on >= quarter.start_on - interval 6 month and ended.ended_on < quarter.start_on - interval 3 month
where ended.ended_on_precision in ('day', 'minute') and not ended.end_inferred and not exists (
    select 1 as found
    from plan_spell as other
    where
        other.person_id = ended.person_id
        and other.started_on <= ended.ended_on + interval 1 day
        and (other.ended_on is null or other.ended_on > ended.ended_on)
)
group by ended.person_id, quarter.period
