-- Looked-after children who lived in a secure children's home or in youth custody on at least one day of the twelve
-- months to the end of the quarter while an agency held a concern; on the first such day in each placement.
select
    looked_after_with_concern.person_id,
    quarter.period,
    min(greatest(looked_after_with_concern.first_on, cast(quarter.end_on - interval 12 month + interval 1 day as date))) as happened_on,
    looked_after_with_concern.care_episode_id as event_id
from looked_after_with_concern
join quarter
    on looked_after_with_concern.first_on <= quarter.end_on
    and looked_after_with_concern.last_on > quarter.end_on - interval 12 month
where looked_after_with_concern.placement in ('K1', 'R5')
group by looked_after_with_concern.person_id, quarter.period, looked_after_with_concern.care_episode_id
