-- Answers of yes in screening tools completed, by tool and item. A single item proves nothing, and its absence neither.
select
    screening.person_id,
    screening.completed_on as happened_on,
    screening.screening_id as event_id,
    concat(screening.tool, coalesce(concat(', ', screening.tool_version), '')) as tool,
    coalesce(screening_item.item_text, screening_item.item) as item
from screening
join screening_item
    on screening_item.screening_reference = screening.screening_reference and screening_item.agency_id = screening.agency_id
where lower(trim(screening_item.answer)) in ('yes', 'y', 'true', '1')
