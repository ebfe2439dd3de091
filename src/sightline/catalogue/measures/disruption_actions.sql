-- Actions taken against people who cause harm, or about places where it happens. One action against one person on one day counts once. Who they are
-- taken against is not read.
select disruption.taken_on as happened_on, disruption.disruption_id as event_id, disruption.disruption_type
from disruption
where disruption.taken_on is not null
