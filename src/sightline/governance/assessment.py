"""What makes an impact assessment out of date: a change that lets more be done with more about more people, by more, for longer.

A narrower version needs nothing new; a wider one is not in force before a data protection officer has signed its assessment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sightline.definitions.agreements import FINEST, AgreedDataset, Agreement
from sightline.model.agreements import MODES, Onward

_ONWARD = (Onward.NEVER, Onward.ASK_OWNER, Onward.LISTED)
"""From the least passed on to the most."""


def widening(before: Agreement, after: Agreement, months: Mapping[str, int | None]) -> tuple[str, ...]:
    """In what a version goes beyond the one that was assessed, in words; nothing where it stays within.

    Args:
        before: The version that was assessed.
        after: The new one.
        months: How long each retention rule keeps what was shared; None: until something is decided, which is longest.
    """
    return (*_of_terms(before, after, months), *_of_datasets(before, after))


def _of_terms(before: Agreement, after: Agreement, months: Mapping[str, int | None]) -> Iterator[str]:
    for what, earlier, later in (
        ("purpose", before.purposes, after.purposes),
        ("party", before.parties, after.parties),
        ("recipient", before.recipients, after.recipients),
        ("body that it may be passed on to", before.onward_sharing.bodies, after.onward_sharing.bodies),
    ):
        yield from (f"new {what}: {each}" for each in later if each not in earlier)
    if after.tier_ceiling > before.tier_ceiling:
        yield f"higher tier: {after.tier_ceiling.name.lower()}"
    if _ONWARD.index(after.onward_sharing.rule) > _ONWARD.index(before.onward_sharing.rule):
        yield f"wider passing on: {after.onward_sharing.rule.value}"
    if after.controller_role is not before.controller_role:
        yield f"another controller: {after.controller_role.value}"
    if _keeps_longer(before.retention_rule, after.retention_rule, months):
        yield f"longer retention: {after.retention_rule}"


def _keeps_longer(before: str, after: str, months: Mapping[str, int | None]) -> bool:
    if before == after:
        return False
    earlier, later = months.get(before), months.get(after)
    return later is None or (earlier is not None and later > earlier)


def _of_datasets(before: Agreement, after: Agreement) -> Iterator[str]:
    for (agency, dataset), each in after.by_dataset.items():
        name, known = f"{agency} {dataset}", before.by_dataset.get((agency, dataset))
        if known is None:
            yield f"new dataset: {name}"
            continue
        if MODES.index(each.mode) > MODES.index(known.mode):
            yield f"more detail of {name}: {each.mode.value}"
        yield from (f"new field of {name}: {field}" for field in each.fields if not _within(field, known))
        yield from (f"finer {field} of {name}: {_limit(each, field) or 'as it is'}" for field in _finer(known, each))
        if _begins_earlier(known, each) or _ends_later(known, each):
            yield f"more days of {name}"


def _within(field: str, known: AgreedDataset) -> bool:
    entity, _, column = field.partition(".")
    return entity in known.whole_entities if column == "*" else known.permits(field)


def _limit(terms: AgreedDataset, field: str) -> str | None:
    return terms.precision.get(field)


def _finer(known: AgreedDataset, each: AgreedDataset) -> Iterator[str]:
    for field, limit in known.precision.items():
        order, now = FINEST[field.partition(".")[2]], _limit(each, field)
        if each.permits(field) and (now is None or order.index(now) > order.index(limit)):
            yield field


def _begins_earlier(known: AgreedDataset, each: AgreedDataset) -> bool:
    return known.about_from is not None and (each.about_from is None or each.about_from < known.about_from)


def _ends_later(known: AgreedDataset, each: AgreedDataset) -> bool:
    return known.about_to is not None and (each.about_to is None or each.about_to > known.about_to)
