-- Children with at least $signs different kinds of possible sign in the twelve months to the end of the quarter, whichever agencies recorded
-- them. Kinds are counted, not occasions: the same thing happening often says less than different things coming together.
with recent as (
    select distinct possible_sign.person_id, quarter.period, possible_sign.sign
    from possible_sign
    join quarter
        on possible_sign.happened_on <= quarter.end_on
        and possible_sign.happened_on > quarter.end_on - interval 12 month
),
several as (
    select recent.person_id, recent.period
    from recent
    group by recent.person_id, recent.period
    having count(recent.sign) >= $signs
)
select recent.person_id, recent.period, recent.sign as event_id, recent.sign
from recent
join several on several.person_id = recent.person_id and several.period = recent.period
