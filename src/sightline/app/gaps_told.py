"""What a release says of agencies that are in no figure, and of those whose records are counted without being linked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sightline.app.token_epochs import LeftOut
from sightline.definitions.partnership import Agency, Partnership
from sightline.indicators.availability import NotAgreed, Sources
from sightline.model.entities import ENTITIES
from sightline.model.periods import Quarter
from sightline.model.releases import NOT_AGREED, NOT_LINKED, Gap

LOST = "the key that they were made with was destroyed"
NOT_ROTATED = "no rotation file brings them to the key in use"
OTHER_RULES = "their tokens were made by another version of the rules"


def gaps_told(partnership: Partnership, not_agreed: Mapping[tuple[str, str], NotAgreed], left_out: Collection[LeftOut]) -> tuple[Gap, ...]:
    """One entry for each agency and reason, in the partnership's order.

    Args:
        partnership: Its agencies.
        not_agreed: Datasets that no agreement lets be used.
        left_out: Returns that were not linked with the others.
    """
    found = []
    for agency in partnership.agencies:
        reasons = titles_by_reason(agency, not_agreed)
        found += [
            Gap(agency.id, NOT_AGREED, reason if len(titles) == len(agency.datasets) else f"{', '.join(titles)} not included: {reason}")
            for reason, titles in reasons.items()
        ]
        found += [Gap(agency.id, NOT_LINKED, why) for why in _not_linked(agency, [each for each in left_out if each.agency == agency.id])]
    return tuple(found)


def titles_by_reason(agency: Agency, not_agreed: Mapping[tuple[str, str], NotAgreed]) -> dict[str, list[str]]:
    """Why datasets of an agency may not be used, with the titles of those of which each holds."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for dataset in agency.datasets:
        if (agency.id, dataset.id) in not_agreed:
            reasons[not_agreed[agency.id, dataset.id].reason].append(dataset.title)
    return reasons


def _not_linked(agency: Agency, left_out: Sequence[LeftOut]) -> list[str]:
    """Which of an agency's records are linked with nobody else's, and why."""
    titles = {dataset.id: dataset.title for dataset in agency.datasets}
    quarters: dict[tuple[str, str], list[Quarter]] = defaultdict(list)
    for each in left_out:
        why = OTHER_RULES if each.rules else LOST if each.is_lost else NOT_ROTATED
        quarters[why, titles.get(each.dataset, each.dataset)].append(Quarter.parse(each.period))
    return [
        f"records of {title} for {_in_words(periods)} are not linked with other agencies': {why}"
        for (why, title), periods in sorted(quarters.items())
    ]


def _in_words(quarters: Iterable[Quarter]) -> str:
    """One quarter by its name, several by how many they are and where they end."""
    found = sorted(set(quarters))
    return found[0].title if len(found) == 1 else f"{len(found)} quarters to {found[-1].title}"


def not_linked_behind(sources: Sources, entities: Collection[str], left_out: Collection[LeftOut]) -> list[str]:
    """The agencies whose records are counted without links where these tables are read.

    Every quarter is taken for touched: a return tells of events before its own period too, and what is counted may look back.
    """
    unlinked = {(each.agency, each.dataset) for each in left_out}
    about_people = [entity for entity in entities if entity in ENTITIES and ENTITIES[entity].about_person]
    return sorted({source[0] for entity in about_people for source in sources.filled.get(entity, ()) if source in unlinked})
