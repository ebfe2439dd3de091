-- Actions taken against people who cause harm, or places where harm happens, by kind and by what the records tell since: breached, run out, or still
-- in force on the last day of the quarter. An action without a day on which it runs out is done with on the day it is taken.
select
    disruption.subject_identity_id as person_id,
    quarter.period,
    disruption.disruption_id as event_id,
    disruption.disruption_type,
    case
        when disruption.breached_on is not null and disruption.breached_on <= quarter.end_on then 'breached'
        when disruption.expires_on is not null and disruption.expires_on > quarter.end_on then 'in_force'
        when disruption.expires_on is not null then 'run_out'
        else 'at_once'
    end as since
from disruption
join quarter
    on disruption.taken_on <= quarter.end_on
    and disruption.taken_on > quarter.end_on - interval 12 month
