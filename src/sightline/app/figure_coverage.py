"""What stands behind each figure: who sent what it is counted from, who did not, and which quarters may still change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from sightline.app.gaps_told import not_linked_behind
from sightline.app.publish_generation import GenerationSummary
from sightline.app.taken_out import WHOLE
from sightline.app.token_epochs import LeftOut
from sightline.definitions.indicators import Catalogue, Indicator
from sightline.definitions.lineage import IDENTITY
from sightline.definitions.partnership import Mode, Partnership
from sightline.indicators.availability import NO_RETURN, Sources
from sightline.ledger.models import ReturnVersion
from sightline.model.periods import Quarter
from sightline.model.releases import Coverage

SHARES_COUNTS = "shares counts only"
NEVER_SENT = "has never sent any"
NOT_IN_THE_PARTNERSHIP = "is not in the partnership"
Unsettled = Mapping[tuple[str, str], Collection[str]]
"""(agency, dataset) → the quarters that later returns may still change."""


def figure_coverage(
    catalogue: Catalogue,
    partnership: Partnership,
    sources: Sources,
    *,
    quarters: Sequence[Quarter],
    unsettled: Unsettled,
    left_out: Collection[LeftOut] = (),
    taken_out: Mapping[tuple[str, str], Collection[str]] = MappingProxyType({}),
) -> tuple[Coverage, ...]:
    """One entry for each counted indicator and quarter.

    Args:
        catalogue: The indicators.
        partnership: Its agencies.
        sources: Which datasets ever filled which tables, and which quarters they cover.
        quarters: Those counted.
        unsettled: The quarters that later returns may still change.
        left_out: Returns whose records were not linked with the others.
        taken_out: By agency and dataset, the fields that are not agreed any more and are empty where they were.
    """
    found = []
    for indicator in catalogue.indicators:
        measures = catalogue.measures_of(indicator)
        entities = frozenset[str]().union(*(measure.entities for measure in measures))
        filling = {source for entity in entities for source in sources.filled.get(entity, ())}
        not_agreed = _not_agreed(partnership, sources, filling)
        emptied = _emptied(partnership, {field for measure in measures for field in measure.lineage}, taken_out)
        not_linked = tuple(not_linked_behind(sources, entities, left_out))
        ever = _senders(filling) | emptied.keys()
        for quarter in map(str, quarters):
            came = {source for source in filling if sources.covered is None or quarter in sources.covered.get(source, ())}
            found.append(
                Coverage(
                    indicator=indicator.id,
                    period=quarter,
                    agencies=tuple(agency.id for agency in partnership.agencies if agency.id in _senders(came)),
                    missing=tuple(_missing(indicator, partnership, ever, _senders(came), emptied | not_agreed)),
                    provisional=tuple(sorted(_senders({source for source in came if quarter in unsettled.get(source, ())}))),
                    starts_anew=" ".join(each.note for each in indicator.known_breaks if each.since == quarter),
                    not_linked=not_linked,
                )
            )
    return tuple(found)


def _senders(sources: Collection[tuple[str, str]]) -> set[str]:
    return {agency for agency, _ in sources}


def _not_agreed(partnership: Partnership, sources: Sources, filling: Collection[tuple[str, str]]) -> dict[str, str]:
    """By agency, why datasets of it that fill what is counted may not be used; with their titles where others of it may."""
    found: dict[str, list[str]] = defaultdict(list)
    for agency in partnership.agencies:
        about = [dataset for dataset in agency.datasets if (agency.id, dataset.id) in sources.not_agreed]
        known = [dataset for dataset in about if (agency.id, dataset.id) in filling]
        for dataset in known or (about if len(about) == len(agency.datasets) else ()):
            reason = sources.not_agreed[agency.id, dataset.id].reason
            found[agency.id].append(reason if len(about) == len(agency.datasets) else f"{dataset.title} not included: {reason}")
    return {agency: "; ".join(dict.fromkeys(reasons)) for agency, reasons in found.items()}


def _emptied(partnership: Partnership, read: Collection[str], taken_out: Mapping[tuple[str, str], Collection[str]]) -> dict[str, str]:
    """By agency, the fields that what is counted reads and that are not agreed any more.

    Who a person is (age, sex, where they live) is behind every count of people.
    """
    entities = {name.partition(".")[0] for name in read}
    found: dict[str, list[str]] = defaultdict(list)
    for agency in partnership.agencies:
        for dataset in agency.datasets:
            for field in taken_out.get((agency.id, dataset.id), ()):
                entity, _, column = field.partition(".")
                if field in read or entity == IDENTITY or (column == WHOLE and entity in entities):
                    found[agency.id].append(field)
    return {agency: f"{', '.join(dict.fromkeys(fields))} not agreed any more" for agency, fields in found.items()}


def _missing(
    indicator: Indicator, partnership: Partnership, ever: Collection[str], came: Collection[str], not_agreed: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Agencies that fill what is counted, or are needed for it, and are not in, whole or in part: each with the reason."""
    for agency in partnership.agencies:
        if agency.id in not_agreed and (agency.id in ever or agency.id in indicator.agencies_needed):
            yield agency.id, not_agreed[agency.id]
        elif agency.id not in came and (agency.id in ever or agency.id in indicator.agencies_needed):
            yield agency.id, SHARES_COUNTS if agency.mode is Mode.AGGREGATE_ONLY else NO_RETURN if agency.id in ever else NEVER_SENT
    known = {agency.id for agency in partnership.agencies}
    yield from ((id, NOT_IN_THE_PARTNERSHIP) for id in indicator.agencies_needed if id not in known)


def unsettled_quarters(
    partnership: Partnership, generation: GenerationSummary, quarters: Sequence[Quarter]
) -> dict[tuple[str, str], set[str]]:
    """By agency and dataset, the quarters that are provisional: fewer later returns have come than it takes them to settle."""
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for version in ReturnVersion.objects.filter(id__in=generation.return_ids):
        held[version.agency, version.dataset].add(version.period)
    found = {}
    for agency in partnership.agencies:
        for dataset in agency.datasets:
            periods = [Quarter.parse(period) for period in held[agency.id, dataset.id]]
            later = {quarter: sum(1 for period in periods if period > quarter) for quarter in quarters}
            found[agency.id, dataset.id] = {str(quarter) for quarter, returns in later.items() if returns < dataset.settles_after}
    return found
