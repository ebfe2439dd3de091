-- Children first recognised in the twelve months that ended a year before the end of the quarter, by each stage they reached in the two years before
-- and the year after, with the days since the first sign where there was one before the concern. Whatever the certainty: known, suspected and at risk count alike.
select
    journey_stage.person_id,
    journey_stage.period,
    journey_stage.person_id as event_id,
    journey_stage.stage,
    case
        when journey_stage.stage <> 'sign' and journey_stage.reached_on_precision = 'day' and journey_stage.began_on_precision = 'day' and journey_stage.has_sign
        then date_diff('day', journey_stage.began_on, journey_stage.reached_on)
    end as value
from journey_stage
