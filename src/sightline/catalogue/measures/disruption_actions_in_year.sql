-- Actions taken in the twelve months to the end of the quarter against people who cause harm, or about places where it happens. Who they are taken
-- against is not read.
select quarter.period, disruption.taken_on as happened_on, disruption.disruption_id as event_id, disruption.disruption_type
from disruption
join quarter on disruption.taken_on <= quarter.end_on and disruption.taken_on > quarter.end_on - interval 12 month
