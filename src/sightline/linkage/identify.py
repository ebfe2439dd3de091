"""Person ids that say nothing about the person and stay when a new quarter arrives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """How this linkage's people differ from the previous one's."""

    kept: int
    new: int
    merged: int
    """Previous people who became part of another."""
    split: int
    """Previous people whose identities now belong to more than one person."""


def identify(
    people: Sequence[Sequence[str]], previous: Mapping[str, str], *, new_person_id: Callable[[], str]
) -> tuple[list[str], Changes]:
    """Give each person an id: the previous one with the greatest overlap of identities, else a new one.

    An id is never given to two people, and never given again to somebody who shares no identity with its earlier bearer. When two
    claim one, the larger overlap has it, then the person whose first identity comes first: the same records and the same previous
    links always give the same ids.

    Args:
        people: The identity ids of each person, no identity in two.
        previous: The person id each identity had.
        new_person_id: Draws an id; drawn again should it ever be taken.

    Returns:
        One id per person in the order given, and what changed.
    """
    overlaps = [Counter(previous[identity] for identity in person if identity in previous) for person in people]
    claims = sorted(
        (-shared, min(people[position]), earlier, position)
        for position, overlap in enumerate(overlaps)
        for earlier, shared in overlap.items()
    )
    given: dict[int, str] = {}
    taken: set[str] = set()
    for _, _, earlier, position in claims:
        if position not in given and earlier not in taken:
            given[position] = earlier
            taken.add(earlier)
    used = set(previous.values())
    for position in sorted((position for position in range(len(people)) if position not in given), key=lambda p: min(people[p])):
        given[position] = _unused(used, new_person_id)
    claimed = {earlier for overlap in overlaps for earlier in overlap}
    changes = Changes(
        kept=len(taken),
        new=len(people) - len(taken),
        merged=len(claimed - taken),
        split=sum(1 for spread in Counter(earlier for overlap in overlaps for earlier in overlap).values() if spread > 1),
    )
    return [given[position] for position in range(len(people))], changes


def _unused(used: set[str], new_person_id: Callable[[], str]) -> str:
    while (candidate := new_person_id()) in used:
        pass
    used.add(candidate)
    return candidate
