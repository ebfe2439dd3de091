"""From linked pairs to people: groups in which everybody may be everybody else.

Joining whatever is connected lets one wrong pair merge two children and everybody linked to either. Here a connected group is only
a proposal: all pairs inside it are scored, and where any of them is forbidden or unlikely the group is built again from its strongest
pairs, joining two parts only if nothing forbids it and they are alike on average.

Everything is arrays: groups without a contradiction (nearly all) cost nothing each, and contradictory groups of one size are built again
side by side.

Source: average linkage under cannot-link constraints, Davidson and Ravi (2005); docs/methods/linkage.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

LIKENESS = "likeness"
"""The rule of a pair that is joined because it is likely, not because a number says so."""

# A sum of weights beyond this is certainty either way; unbounded, one shared NHS number would outvote any number of contradictions.
_CERTAIN = 15.0
# Two bare records of one person have little in common but a third that knows both: what is merely unlike may be outvoted.
_UNLIKE = 2.0
# Two given names that differ part two records; but a third may bear out both (Jakub, with Kuba and a mistyped Jakb) and outweigh them.
_OUTWEIGHABLE = pa.array(["twin or sibling", "years apart"])
# A group too large to be a person is connected again by ever stronger pairs: odds of 1 in 32, 256 and 2,048 against; then certainty.
_STRICTER = (5.0, 8.0, 11.0, _CERTAIN)
# Contradictory groups are built again so many matrix cells at a time.
_CELLS = 2_000_000


@dataclass(frozen=True)
class Edges:
    """Scored pairs as arrays: identities by position (from 0), left before right.

    ``joins`` is whether a rule joins the pair and nothing forbids it, ``bars`` whether nothing can outweigh what forbids it, ``agrees``
    whether it fits into one person, ``evidence`` what it counts in an average.
    """

    left: np.ndarray
    right: np.ndarray
    joins: np.ndarray
    bars: np.ndarray
    agrees: np.ndarray
    evidence: np.ndarray

    @classmethod
    def of(cls, scored: pa.Table) -> Edges:
        """From a table of scored pairs (SCORED), whose identities are counted from 1."""
        rule, forbidden = scored.column("rule"), scored.column("forbidden")
        weight = scored.column("weight").to_numpy()
        is_ruled, is_forbidden = pc.is_valid(rule).to_numpy(), pc.is_valid(forbidden).to_numpy()
        is_sure = pc.fill_null(pc.not_equal(rule, LIKENESS), False).to_numpy()
        joins = is_ruled & ~is_forbidden
        return cls(
            left=scored.column("left").to_numpy() - 1,
            right=scored.column("right").to_numpy() - 1,
            joins=joins,
            bars=is_forbidden & ~pc.is_in(forbidden, value_set=_OUTWEIGHABLE).to_numpy(),
            agrees=joins | (~is_forbidden & (weight >= 0)),
            evidence=np.where(is_forbidden, -_CERTAIN, np.where(is_sure, _CERTAIN, np.clip(weight, -_UNLIKE, _CERTAIN))),
        )

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True)
class Groups:
    """A group number for each identity, in the order of the groups' first members; ``parted`` connected groups had to be parted.

    ``too_large`` connected groups had more members than can be one person and were connected again by stronger pairs only;
    ``left_alone`` identities stayed in too large a group even so and were linked to nobody.
    """

    labels: np.ndarray
    parted: int = 0
    too_large: int = 0
    left_alone: int = 0

    @property
    def count(self) -> int:
        return int(self.labels.max()) + 1 if len(self.labels) else 0


def components(identities: int, edges: Edges, *, largest: int) -> Groups:
    """Connected groups of joined pairs, each identity in one, most of them alone.

    Args:
        identities: How many identities there are.
        edges: The scored pairs.
        largest: More members than this are no person but a fault in the data (one number given to everybody, one name for all).
    """
    left, right, evidence = (side[edges.joins] for side in (edges.left, edges.right, edges.evidence))
    labels = _connected(identities, left, right)
    too_large = int((np.bincount(labels) > largest).sum()) if identities else 0
    if not too_large:
        return Groups(labels)
    for least in _STRICTER:
        is_large = np.bincount(labels) > largest
        if not is_large.any():
            break
        keeps = ~is_large[labels[left]] | (evidence >= least)
        left, right, evidence = left[keeps], right[keeps], evidence[keeps]
        labels = _connected(identities, left, right)
    alone = (np.bincount(labels) > largest)[labels]
    keeps = ~alone[left]
    return Groups(_connected(identities, left[keeps], right[keeps]), too_large=too_large, left_alone=int(alone.sum()))


def _connected(identities: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(identities, identities))
    return in_order(connected_components(graph, directed=False)[1]) if identities else np.empty(0, dtype=np.int64)


def in_order(labels: np.ndarray) -> np.ndarray:
    """The same groups numbered from 0 in the order of their first members.

    >>> in_order(np.array([7, 2, 7, 0])).tolist()
    [0, 1, 0, 2]
    """
    if not len(labels):
        return labels.astype(np.int64)
    first = np.full(int(labels.max()) + 1, len(labels), dtype=np.int64)
    # written from the end, so that the first member stands in the end
    first[labels[::-1]] = np.arange(len(labels) - 1, -1, -1)
    starts = np.zeros(len(labels), dtype=np.int64)
    starts[first[labels]] = 1
    numbers = np.cumsum(starts) - 1
    return np.asarray(numbers[first[labels]], dtype=np.int64)


@dataclass(frozen=True)
class Members:
    """Who is in which group: ``order`` holds the identities group by group, each group's from ``starts`` on, ``sizes`` many."""

    order: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, labels: np.ndarray) -> Members:
        sizes = np.bincount(labels)
        return cls(np.argsort(labels, kind="stable"), np.cumsum(sizes) - sizes, sizes)

    def by_size(self, groups: np.ndarray, *, pairs: int = _CELLS) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Groups of one size together, as (group numbers, members with a row for each); no more at a time than give so many pairs."""
        for size in np.unique(self.sizes[groups]).tolist():
            of_size = groups[self.sizes[groups] == size]
            step = max(1, pairs // (size * size))
            for begin in range(0, len(of_size), step):
                some = of_size[begin : begin + step]
                yield some, self.order[self.starts[some][:, None] + np.arange(size)]


def pairs_inside(labels: np.ndarray, edges: Edges) -> tuple[np.ndarray, np.ndarray]:
    """All pairs inside groups of three and more that are not among ``edges``: left and right, left before right, in order."""
    members = Members.of(labels)
    wide = np.int64(len(labels))
    found = [np.empty(0, dtype=np.int64)]
    for _, rows in members.by_size(np.flatnonzero(members.sizes > 2)):
        one, other = np.triu_indices(rows.shape[1], 1)
        found.append((rows[:, one] * wide + rows[:, other]).ravel())
    pairs = np.setdiff1d(np.concatenate(found), edges.left * wide + edges.right)
    return pairs // max(wide, 1), pairs % max(wide, 1)


def resolve(groups: Groups, edges: Edges) -> Groups:
    """Split connected groups where their pairs contradict one another.

    Args:
        groups: Connected groups.
        edges: Every scored pair inside them; a pair that is absent counts as unlikely. Pairs between groups play no part.
    """
    labels = groups.labels
    members = Members.of(labels)
    inside = np.flatnonzero(labels[edges.left] == labels[edges.right])
    group = labels[edges.left[inside]]
    known = np.bincount(group, minlength=len(members.sizes))
    against = np.bincount(group[~edges.agrees[inside]], minlength=len(members.sizes))
    contradictory = (known < members.sizes * (members.sizes - 1) // 2) | (against > 0)
    first = members.order[members.starts][labels] if len(labels) else labels
    inside = inside[contradictory[group]]
    place = np.empty(len(labels), dtype=np.int64)
    place[members.order] = np.arange(len(labels)) - np.repeat(members.starts, members.sizes)
    parted = 0
    row_of = np.full(len(members.sizes), -1, dtype=np.int64)
    for some, rows in members.by_size(np.flatnonzero(contradictory)):
        row_of[some] = np.arange(len(some))
        at = inside[row_of[labels[edges.left[inside]]] >= 0]
        parts = _agglomerate(*_matrices(edges, at, row_of[labels[edges.left[at]]], place, rows.shape))
        row_of[some] = -1
        first[rows] = np.take_along_axis(rows, parts, axis=1)
        parted += int((parts != 0).any(axis=1).sum())
    return Groups(in_order(first), parted, groups.too_large, groups.left_alone)


def _matrices(
    edges: Edges, at: np.ndarray, row: np.ndarray, place: np.ndarray, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For groups of one size the evidence between every two members, whether they are linked, and whether anything bars them."""
    groups, size = shape
    evidence = np.full((groups, size, size), -_UNLIKE)
    linked, barred = (np.zeros((groups, size, size), dtype=bool) for _ in range(2))
    left, right = place[edges.left[at]], place[edges.right[at]]
    for one, other in ((left, right), (right, left)):
        evidence[row, one, other] = edges.evidence[at]
        linked[row, one, other] = edges.joins[at]
        barred[row, one, other] = edges.bars[at]
    return evidence, linked, barred


def _agglomerate(evidence: np.ndarray, linked: np.ndarray, barred: np.ndarray) -> np.ndarray:
    """Average linkage from single members up, in many groups of one size at once.

    In each group the strongest allowed join comes first, ties by the first members; until none is left.

    Returns:
        For each group and member the place of the first member of their part.
    """
    size = evidence.shape[1]
    part = np.tile(np.arange(size), (len(evidence), 1))
    pairs = np.ones_like(evidence)
    upper = np.triu(np.ones((size, size), dtype=bool), 1)
    going = np.arange(len(evidence))
    while True:
        average = evidence / pairs
        strength = np.where(linked & ~barred & upper & (average >= 0), average, -np.inf).reshape(len(going), size * size)
        best = strength.argmax(axis=1) if len(going) else np.empty(0, dtype=np.int64)
        joins = strength[np.arange(len(going)), best] >= 0
        if not joins.any():
            return part
        going, best = going[joins], best[joins]
        evidence, pairs, linked, barred = (each[joins] for each in (evidence, pairs, linked, barred))
        keep, gone = best // size, best % size
        row = np.arange(len(going))
        for matrix in (evidence, pairs, linked, barred):
            both = matrix[row, keep] + matrix[row, gone]
            matrix[row, keep] = both
            matrix[row, :, keep] = both
        linked[row, gone] = False
        linked[row, :, gone] = False
        part[going] = np.where(part[going] == gone[:, None], keep[:, None], part[going])
