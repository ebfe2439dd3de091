-- Restrictions placed on children in the twelve months to the end of the quarter while an agency held a concern that somebody exploits them: a
-- move to another placement with other carers, and a detention at a police station. Only while they were under 18.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct quarter.period, restriction.happened_on, restriction.event_id
from (
    select
        care_episode.person_id,
        care_episode.started_on as happened_on,
        care_episode.care_episode_id as event_id
    from care_episode
    where care_episode.reason in ('P', 'B') and care_episode.started_on is not null
    union all
    select custody.person_id, cast(custody.detained_at as date) as happened_on, custody.custody_id as event_id
    from custody
    where custody.detained_at is not null
) as restriction
join quarter on restriction.happened_on <= quarter.end_on and restriction.happened_on > quarter.end_on - interval 12 month
join concern_spell
    on concern_spell.person_id = restriction.person_id
    and concern_spell.started_on <= restriction.happened_on
    and (concern_spell.ended_on is null or concern_spell.ended_on >= restriction.happened_on)
join person
    on person.person_id = restriction.person_id
    and restriction.happened_on < person.birth_month + interval 18 year
