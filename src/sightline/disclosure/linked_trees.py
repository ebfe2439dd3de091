"""The best rounding of counts that hang together as a tree: a whole, the parts of each of its breakdowns, parts of those.

Every count has two multiples to go to. From the bottom up, each is given the least cost of everything under it for either: of the parts of
a breakdown as many must go up as make their whole, and those that cost least to send up do. There always is such a rounding, as the sum of
the multiples below lies at or under the whole's, and that of those above at or over it, unless what parts lie inside is shown as less.

Method page: docs/methods/rounding-and-withholding.md. Source: Cox and Ernst (1982), see docs/methods/controlled-rounding.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sightline.disclosure.linked import Family, Kind, Name

BASE = 5


def below(count: int) -> int:
    """The multiple at or below."""
    return count // BASE * BASE


def above(count: int) -> int:
    """The multiple at or above."""
    return -(-count // BASE) * BASE


def is_tree(names: Sequence[Name], families: Sequence[Family]) -> bool:
    """Whether every count is part of one whole at most."""
    met: set[Name] = set()
    for family in families:
        if family.kind is Kind.INSIDE or any(part in met for part in family.parts):
            return False
        met.update(family.parts)
    return len(met) < len(names)


def round_tree(
    counts: Mapping[Name, int], leanings: Mapping[Name, float], caps: Mapping[Name, int], families: Sequence[Family]
) -> tuple[dict[Name, int], set[Name]]:
    """Round the counts that lean together, at the least cost in leanings not followed; and those no rounding was found for.

    Args:
        leanings: By name, all counts of the tree: over 0 to the multiple above, and how much.
        caps: What none may be shown above.
    """
    tree = _Tree(counts, leanings, caps)
    for family in families:
        tree.of[family.whole].append(family)
    parts = {part for family in families for part in family.parts}
    for root in (name for name in leanings if name not in parts):
        tree.round(root)
    return tree.shown, tree.impossible


@dataclass
class _Tree:
    counts: Mapping[Name, int]
    leanings: Mapping[Name, float]
    caps: Mapping[Name, int]
    of: dict[Name, list[Family]] = field(default_factory=lambda: defaultdict(list))
    down: dict[Name, float] = field(default_factory=dict)
    up: dict[Name, float] = field(default_factory=dict)
    shown: dict[Name, int] = field(default_factory=dict)
    impossible: set[Name] = field(default_factory=set)

    def round(self, root: Name) -> None:
        names = list(self._from_the_top(root))
        for name in reversed(names):
            self._weigh(name)
        if self.caps[root] < below(self.counts[root]):
            self.impossible.add(root)
            for family in list(self.of.get(root, ())):
                self._give_up(family)
            self.shown[root] = self.caps[root]
            return
        self.shown[root] = below(self.counts[root]) + (BASE if self.up[root] < self.down[root] else 0)
        for name in names:
            for family in self.of.get(name, ()):
                rising, _ = self._rising(family, self.shown[name])
                self.shown.update((part, below(self.counts[part])) for part in family.parts)
                self.shown.update((part, above(self.counts[part])) for part in rising)

    def _from_the_top(self, root: Name) -> Iterator[Name]:
        waiting = [root]
        for name in waiting:
            yield name
            waiting.extend(part for family in self.of.get(name, ()) for part in family.parts)

    def _weigh(self, name: Name) -> None:
        """What it costs to show a count as either multiple, with all that is under it."""
        count, lean = self.counts[name], self.leanings[name]
        self.down[name] = max(lean, 0.0)
        self.up[name] = max(-lean, 0.0) if count % BASE and above(count) <= self.caps[name] else math.inf
        for family in list(self.of.get(name, ())):
            cost = self._rising(family, below(count))[1]
            if math.isinf(cost):
                # What the parts lie inside was rounded so low that they cannot make up their whole: none of them is shown.
                self._give_up(family)
                continue
            self.down[name] += cost
            if not math.isinf(self.up[name]):
                self.up[name] += self._rising(family, above(count))[1]

    def _rising(self, family: Family, whole: int) -> tuple[list[Name], float]:
        """Which parts go up where their whole is shown as so much, and what all parts cost then."""
        if any(self.caps[part] < below(self.counts[part]) for part in family.parts):
            return [], math.inf
        more = {part: self.up[part] - self.down[part] for part in family.parts if self._may_rise(part, whole)}
        missing = (whole - sum(below(self.counts[part]) for part in family.parts)) // BASE
        rising = sorted(more, key=lambda part: (more[part], part))
        if family.kind is Kind.COVER:
            missing = max(missing, sum(cost < 0 for cost in more.values()))
        if missing > len(rising):
            return [], math.inf
        rising = rising[: max(missing, 0)]
        return rising, sum(self.down[part] for part in family.parts) + sum(more[part] for part in rising)

    def _may_rise(self, part: Name, whole: int) -> bool:
        return not math.isinf(self.up[part]) and above(self.counts[part]) <= whole

    def _give_up(self, family: Family) -> None:
        self.of[family.whole].remove(family)
        for part in family.parts:
            self.impossible.add(part)
            for each in list(self.of.get(part, ())):
                self._give_up(each)
            self.shown.setdefault(part, min(below(self.counts[part]), self.caps[part]))
