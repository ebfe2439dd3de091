-- Children newly recognised, in three groups: no childhood adversity on record before the first concern, one to three kinds, four or more. The groups
-- are for the whole area only: no number of kinds is given for a child, and kinds are not of equal weight.
-- Whatever the certainty: known, suspected and at risk count alike.
select
    recognised.person_id,
    recognised.started_on as happened_on,
    recognised.person_id as event_id,
    case
        when count(distinct ace.ace_type) = 0 then 'none_recorded'
        when count(distinct ace.ace_type) < 4 then 'one_to_three'
        else 'four_or_more'
    end as kinds_recorded
from (
    select distinct first_concern.person_id, first_concern.started_on
    from first_concern
) as recognised
left join ace
    on ace.person_id = recognised.person_id
    and ace.recorded_on < recognised.started_on
    and coalesce(ace.ace_type, 'not_recorded') not in ('not_recorded', 'other')
group by recognised.person_id, recognised.started_on
