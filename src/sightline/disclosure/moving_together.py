"""Cells that can only move together: the sum of a neighbourhood and every sum above it, or the two parts that are left of a sum that stays.

Where one of them rises by one, all do, or some fall by one; they are withheld together or not at all. Programs that know only one of them,
with what all of them cost and with the tightest bounds of any, say the same and are smaller.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from sightline.disclosure.protection_system import Counts, Floats, Mask, Places


@dataclass(frozen=True, eq=False)
class Groups:
    """Cells in groups that move together.

    Args:
        matrix: The equations between groups; none of them has fewer than three parts, unless one counts twice.
        of: The group of each cell; -1 where it cannot move at all.
        signs: 1 where a cell moves as its group does, -1 where it moves the other way.
        least: How far each group may fall (not positive), by the tightest of its cells.
        most: How far each may rise.
    """

    matrix: sparse.csr_array
    of: Places
    signs: Counts
    least: Counts
    most: Counts

    def __len__(self) -> int:
        return len(self.least)

    def many(self, cells: Mask) -> Counts:
        """How many of these cells each group holds."""
        return np.bincount(self.of[cells & (self.of >= 0)], minlength=len(self)).astype(np.int64)

    def any_of(self, cells: Mask) -> Mask:
        """Groups that hold any of these cells."""
        return self.many(cells) > 0

    def added(self, costs: Floats) -> Floats:
        """What the cells of each group cost together."""
        inside = self.of >= 0
        return np.bincount(self.of[inside], costs[inside], minlength=len(self)).astype(np.float64)

    def largest(self, values: Counts) -> Counts:
        """For each group, the largest that any of its cells has."""
        found = np.zeros(len(self), dtype=np.int64)
        inside = self.of >= 0
        np.maximum.at(found, self.of[inside], values[inside])
        return found

    def member(self, groups: Mask) -> Mask:
        """Cells of these groups."""
        return np.append(groups, False)[self.of]

    def spread(self, differences: Counts) -> Counts:
        """What groups move by, as what cells do."""
        return np.append(differences, 0)[self.of] * self.signs


def moving_together(matrix: sparse.csr_array, least: Counts, most: Counts) -> Groups:
    """Put cells into groups, again and again, until every equation between groups has three parts at least.

    Args:
        matrix: Equations between cells, ``matrix @ differences == 0``.
        least: How far each cell may fall (not positive).
        most: How far each may rise.
    """
    listed = matrix.tocoo()
    terms = _Terms(np.asarray(listed.row, dtype=np.intp), np.asarray(listed.col, dtype=np.intp), listed.data.astype(np.int64))
    of, signs = np.arange(matrix.shape[1]), np.ones(matrix.shape[1], dtype=np.int64)
    while True:
        parts = np.bincount(terms.rows, minlength=matrix.shape[0])[terms.rows]
        still = (least == 0) & (most == 0)
        still[terms.columns[parts == 1]] = True
        first, second, opposite = terms.pairs(parts)
        if not still.any() and not len(first):
            break
        group, sign, many = _joined(len(least), first, second, opposite, still)
        of, signs = np.where(of >= 0, group[of], -1), np.where(of >= 0, signs * sign[of], signs)
        least, most = _bounds(group, sign, many, least, most)
        terms = terms.by_groups(group, sign)
    terms = terms.once()
    kept, row = np.unique(terms.rows, return_inverse=True)
    reduced = sparse.csr_array((terms.values, (row, terms.columns)), shape=(len(kept), len(least)))
    return Groups(reduced, of, signs, least, most)


@dataclass(frozen=True, eq=False)
class _Terms:
    """The terms of equations, row by row."""

    rows: Places
    columns: Places
    values: Counts

    def pairs(self, parts: Counts) -> tuple[Places, Places, Mask]:
        """Columns that an equation of two parts makes move by the same, and whether one rises where the other falls."""
        two = parts == 2
        columns, values = self.columns[two].reshape(-1, 2), self.values[two].reshape(-1, 2)
        alike = np.abs(values[:, 0]) == np.abs(values[:, 1])
        return columns[alike, 0], columns[alike, 1], (values[:, 0] == values[:, 1])[alike]

    def by_groups(self, group: Places, sign: Counts) -> _Terms:
        """The same equations between groups; what cancels out is left out."""
        inside = group[self.columns] >= 0
        rows, columns = self.rows[inside], group[self.columns[inside]]
        values = self.values[inside] * sign[self.columns[inside]]
        order = np.lexsort((columns, rows))
        rows, columns, values = rows[order], columns[order], values[order]
        if not len(rows):
            return _Terms(rows, columns, values)
        new = np.append(True, (np.diff(rows) != 0) | (np.diff(columns) != 0))
        starts = np.flatnonzero(new)
        sums = np.add.reduceat(values, starts)
        there = sums != 0
        return _Terms(rows[starts][there], columns[starts][there], sums[there])

    def once(self) -> _Terms:
        """Equations that say the same, or the same the other way round, only once."""
        met: set[bytes] = set()
        kept = np.ones(len(self.rows), dtype=bool)
        starts = np.flatnonzero(np.append(True, np.diff(self.rows) != 0)) if len(self.rows) else np.zeros(0, dtype=np.intp)
        for start, end in pairwise(np.append(starts, len(self.rows)).tolist()):
            values = self.values[start:end] * (1 if self.values[start] > 0 else -1)
            said = self.columns[start:end].tobytes() + values.tobytes()
            kept[start:end] = said not in met
            met.add(said)
        return _Terms(self.rows[kept], self.columns[kept], self.values[kept])


def _joined(size: int, first: Places, second: Places, opposite: Mask, still: Mask) -> tuple[Places, Counts, int]:
    """The new group of each old one (-1 where it cannot move), its sign in it, and how many groups there are.

    Each old group stands for rising once and for falling once; what is joined rises with one or the other of its fellows. One whose
    rising is joined with its own falling cannot move.
    """
    other = np.where(opposite, second + size, second)
    turned = np.where(opposite, second, second + size)
    ends = np.concatenate([first, first + size]), np.concatenate([other, turned])
    links = sparse.coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(2 * size, 2 * size))
    _, labels = connected_components(links, directed=False)
    rising, falling = labels[:size], labels[size:]
    key = np.minimum(rising, falling)
    stuck = np.isin(key, key[still | (rising == falling)])
    found, places = np.unique(key[~stuck], return_inverse=True)
    group = np.full(size, -1, dtype=np.intp)
    group[~stuck] = places
    return group, np.where(rising <= falling, 1, -1), len(found)


def _bounds(group: Places, sign: Counts, many: int, least: Counts, most: Counts) -> tuple[Counts, Counts]:
    inside = group >= 0
    low, high = np.where(sign > 0, least, -most), np.where(sign > 0, most, -least)
    tightest_low, tightest_high = np.full(many, np.iinfo(np.int64).min), np.full(many, np.iinfo(np.int64).max)
    np.maximum.at(tightest_low, group[inside], low[inside])
    np.minimum.at(tightest_high, group[inside], high[inside])
    return tightest_low, tightest_high
