-- The same answers of yes, where the professional then judged the concern significant, or harm as known.
select
    screening.person_id,
    screening.completed_on as happened_on,
    screening.screening_id as event_id,
    concat(screening.tool, coalesce(concat(', ', screening.tool_version), '')) as tool,
    coalesce(screening_item.item_text, screening_item.item) as item
from screening
join screening_item
    on screening_item.screening_reference = screening.screening_reference and screening_item.agency_id = screening.agency_id
where
    lower(trim(screening_item.answer)) in ('yes', 'y', 'true', '1')
    and lower(trim(screening.judgement)) in ('significant', 'high', 'known harm', 'known_harm', 'harm is known', 'exploited')
