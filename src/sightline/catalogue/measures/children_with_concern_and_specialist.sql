-- Children about whom an agency holds a concern on the last day of the quarter and who had help about exploitation itself on a day of it.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct concern.person_id, quarter.period, specialist_spell.spell_id as event_id
from concern
join quarter
    on concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on >= quarter.end_on)
join specialist_spell
    on specialist_spell.person_id = concern.person_id
    and specialist_spell.started_on <= quarter.end_on
    and (specialist_spell.ended_on is null or specialist_spell.ended_on >= quarter.start_on)
