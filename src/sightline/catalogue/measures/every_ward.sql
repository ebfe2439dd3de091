-- Every ward of the area, in every quarter.
select ward.ward as event_id, quarter.period, ward.deprivation as ward_deprivation
from ward
cross join quarter
