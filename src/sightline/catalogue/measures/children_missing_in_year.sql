-- Children for whom a missing episode began in the twelve months to the end of the quarter; away without authorisation is not missing.
select missing_spell.person_id, quarter.period, missing_spell.started_on as happened_on, missing_spell.episode_id as event_id
from missing_spell
join quarter on missing_spell.started_on <= quarter.end_on and missing_spell.started_on > quarter.end_on - interval 12 month
