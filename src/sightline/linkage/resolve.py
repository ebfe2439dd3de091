"""From linked pairs to people: groups in which everybody may be everybody else.

Joining whatever is connected lets one wrong pair merge two children and everybody linked to either. Here a connected group is only
a proposal: all pairs inside it are scored, and where any of them is forbidden or unlikely the group is built again from its strongest
pairs, joining two parts only if nothing forbids it and they are alike on average.

Source: average linkage under cannot-link constraints, Davidson and Ravi (2005); docs/methods/linkage.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# A sum of weights beyond this is certainty either way; unbounded, one shared NHS number would outvote any number of contradictions.
_CERTAIN = 15.0
# Two given names that differ part two records; but a third may bear out both (Jakub, with Kuba and a mistyped Jakb) and outweigh them.
_OUTWEIGHABLE = frozenset({"twin or sibling"})


@dataclass(frozen=True, slots=True)
class Edge:
    """One scored pair: ``weight`` is log2 of the odds, ``rule`` what joins it, ``forbidden`` what parts it."""

    left: int
    right: int
    weight: float
    probability: float
    rule: str | None
    forbidden: str | None

    @property
    def joins(self) -> bool:
        return self.rule is not None and self.forbidden is None

    @property
    def is_forbidden(self) -> bool:
        return self.forbidden is not None and self.forbidden not in _OUTWEIGHABLE

    @property
    def evidence(self) -> float:
        if self.forbidden is not None:
            return -_CERTAIN
        sure = _CERTAIN if self.rule not in (None, "likeness") else self.weight
        return max(-_CERTAIN, min(_CERTAIN, sure))


def components(identities: int, edges: Iterable[Edge]) -> list[list[int]]:
    """Connected groups of two or more among identities 1 to ``identities``, each in order, ordered by their first member."""
    joined = [(edge.left - 1, edge.right - 1) for edge in edges if edge.joins]
    if not joined:
        return []
    left, right = np.array(joined, dtype=np.int64).T
    graph = coo_matrix((np.ones(len(joined), dtype=np.int8), (left, right)), shape=(identities, identities))
    _, labels = connected_components(graph, directed=False)
    # only those in some pair: most identities stand alone, and listing a million groups of one would be the slow part
    members: dict[int, list[int]] = defaultdict(list)
    for position in np.unique(np.concatenate([left, right])):
        members[int(labels[position])].append(int(position) + 1)
    return sorted(members.values())


def resolve(group: list[int], edges: Iterable[Edge]) -> list[list[int]]:
    """Split one connected group where its pairs contradict one another.

    Args:
        group: The members.
        edges: Every scored pair inside it; a pair that is absent counts as unlikely.

    Returns:
        The parts, each in order, ordered by their first member; one part when nothing contradicts.
    """
    known = {(edge.left, edge.right): edge for edge in edges}
    pairs = len(group) * (len(group) - 1) // 2
    if len(known) == pairs and all((edge.forbidden is None and edge.weight >= 0) or edge.joins for edge in known.values()):
        return [sorted(group)]
    return sorted(_agglomerate(sorted(group), known))


def _agglomerate(group: list[int], known: dict[tuple[int, int], Edge]) -> Iterator[list[int]]:
    """Average linkage from single members up; the strongest allowed join first, ties by the first members."""
    parts = {member: [member] for member in group}
    joins = {(a, b): _Join.of(known.get((a, b))) for a in group for b in group if a < b}
    while True:
        allowed = [(-join.average, pair) for pair, join in joins.items() if join.is_allowed]
        if not allowed:
            yield from parts.values()
            return
        keep, gone = min(allowed)[1]
        parts[keep] = sorted(parts[keep] + parts.pop(gone))
        for other in parts:
            if other != keep:
                with_keep = (min(keep, other), max(keep, other))
                joins[with_keep] = joins[with_keep].plus(joins.pop((min(gone, other), max(gone, other))))
        del joins[keep, gone]


@dataclass(frozen=True, slots=True)
class _Join:
    """What speaks for joining two parts: the sum and number of their pairs' evidence, whether any pair joins and none is forbidden."""

    evidence: float
    pairs: int
    linked: bool
    forbidden: bool

    @classmethod
    def of(cls, edge: Edge | None) -> _Join:
        if edge is None:
            return cls(evidence=-_CERTAIN, pairs=1, linked=False, forbidden=False)
        return cls(evidence=edge.evidence, pairs=1, linked=edge.joins, forbidden=edge.is_forbidden)

    def plus(self, other: _Join) -> _Join:
        return _Join(
            self.evidence + other.evidence, self.pairs + other.pairs, self.linked or other.linked, self.forbidden or other.forbidden
        )

    @property
    def average(self) -> float:
        return self.evidence / self.pairs

    @property
    def is_allowed(self) -> bool:
        return self.linked and not self.forbidden and self.average >= 0
