"""Which counts are not shown at all, and which others go with them so that sums do not tell them.

Rounding hides a child or two; it does not hide that forty episodes are those of three children. A count of ten or more that fewer than ten
people made is withheld. As shown sums agree, a single gap in one could be filled in by subtraction: where there is one, the smallest of the
other parts that are shown as ten or more is withheld too. That choice reads shown numbers only.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence

from sightline.disclosure.linked import Family, Kind, Linked, Name

THRESHOLD = 10


def few_behind(linked: Linked) -> set[Name]:
    """Counts of ten or more that fewer than ten people made."""
    return {name for name, people in linked.contributors.items() if people < THRESHOLD <= linked.counts[name]}


def under(linked: Linked, threshold: int) -> set[Name]:
    """Counts under a threshold, and those that fewer people made: for whoever promised to show none of them, zeros either."""
    return {name for name, count in linked.counts.items() if min(count, linked.contributors.get(name, count)) < threshold}


def withhold_with(primary: Collection[Name], shown: Mapping[Name, int], families: Sequence[Family]) -> set[Name]:
    """Those counts, and all that must go with them so that no sum has a single gap."""
    of: dict[Name, list[Family]] = defaultdict(list)
    for family in families:
        if family.kind is not Kind.INSIDE:
            for name in (family.whole, *family.parts):
                of[name].append(family)
    gone, waiting = set(primary), deque(family for name in sorted(primary) for family in of[name])
    while waiting:
        family = waiting.popleft()
        for name in _companions(family, gone, shown):
            gone.add(name)
            waiting.extend(of[name])
    return gone


def _companions(family: Family, gone: Collection[Name], shown: Mapping[Name, int]) -> list[Name]:
    if family.whole in gone and len(family.parts) == 1:
        return [part for part in family.parts if part not in gone]
    if sum(name in gone for name in (family.whole, *family.parts)) != 1:
        return []
    left = [part for part in family.parts if part not in gone]
    enough = [part for part in left if shown[part] >= THRESHOLD]
    # All that are equally small: the first of them would tell by its place which one was to be withheld to begin with.
    least = min((shown[part] for part in enough), default=0)
    return [part for part in enough if shown[part] == least] if enough else (left or [family.whole])
