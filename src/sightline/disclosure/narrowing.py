"""Interval tightening: what follows from "the whole is the sum of its parts" alone, applied over and over until nothing changes.

This is what a reader with a pencil can do, and most of what can be worked out is worked out here. It is exact in one direction only: no
possible table lies outside the narrowed intervals, but an interval may still be wider than what can be reached (`worlds`).

Source: Davis (1987), "Constraint propagation with interval labels", Artificial Intelligence 32; for tables, the "shuttle" bounds of
Buzzigoli and Giusti (1999). Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.knowledge import UNBOUNDED, Counts

ROUNDS = 500
"""Narrowing may creep by one each round where sums go in circles; stopping early only leaves intervals wider than they might be."""
SAVES = 4
"""Laying some equations out anew pays where they are less than one in so many."""


@dataclass(frozen=True)
class Narrowed:
    """Intervals after so many rounds."""

    low: Counts
    high: Counts
    rounds: int

    @property
    def contradictions(self) -> NDArray[np.intp]:
        """Cells that nothing can be put into: what is told cannot all be true."""
        return np.flatnonzero(self.low > self.high)


class Sums:
    """Equations ``matrix @ values == 0`` laid out so that one round over all of them is a handful of array operations."""

    def __init__(self, matrix: sparse.csr_array) -> None:
        filled = np.flatnonzero(np.diff(matrix.indptr))
        self.rows = matrix if len(filled) == matrix.shape[0] else sparse.csr_array(matrix[filled])
        self.starts = self.rows.indptr[:-1].astype(np.intp)
        self.row = np.repeat(np.arange(len(filled)), np.diff(self.rows.indptr))
        self.cell = self.rows.indices.astype(np.intp)
        self.positive = self.rows.data > 0
        self.by_cell = np.argsort(self.cell, kind="stable")
        in_order = self.cell[self.by_cell]
        self.cells, self.cell_starts = np.unique(in_order, return_index=True)

    def narrow(self, low: Counts, high: Counts, *, rounds: int = ROUNDS) -> Narrowed:
        """Tighten both ends of every interval as far as sums alone allow; stops at the first contradiction."""
        low, high = low.astype(np.int64), np.minimum(high.astype(np.int64), UNBOUNDED)
        asked = self
        for done in range(rounds):
            if not len(asked.cell) or (low > high).any():
                return Narrowed(low, high, done)
            lowest, highest = asked._once(low, high)
            changed = (lowest > low[asked.cells]) | (highest < high[asked.cells])
            if not changed.any():
                return Narrowed(low, high, done + 1)
            moved = asked.cells[changed]
            low[moved] = np.maximum(low[moved], lowest[changed])
            high[moved] = np.minimum(high[moved], highest[changed])
            asked = self._of(moved, len(low))
        return Narrowed(low, high, rounds)

    def _of(self, cells: NDArray[np.intp], many: int) -> Sums:
        """The equations of some cells: others say what they said before. All of them where that saves little."""
        is_moved = np.zeros(many, dtype=bool)
        is_moved[cells] = True
        asked = np.unique(self.row[is_moved[self.cell]])
        return self if len(asked) * SAVES > len(self.starts) else Sums(sparse.csr_array(self.rows[asked]))

    def _once(self, low: Counts, high: Counts) -> tuple[Counts, Counts]:
        """For each cell in any equation, the tightest ends that one equation with all others as they stand gives it."""
        least = np.where(self.positive, low[self.cell], -high[self.cell])
        most = np.where(self.positive, high[self.cell], -low[self.cell])
        of_others_least = self._others(least, least <= -UNBOUNDED, -UNBOUNDED)
        of_others_most = self._others(most, most >= UNBOUNDED, UNBOUNDED)
        lowest = np.where(self.positive, -of_others_most, of_others_least)
        highest = np.where(self.positive, -of_others_least, of_others_most)
        lowest, highest = np.maximum(lowest, -UNBOUNDED), np.minimum(highest, UNBOUNDED)
        return (
            np.maximum.reduceat(lowest[self.by_cell], self.cell_starts),
            np.minimum.reduceat(highest[self.by_cell], self.cell_starts),
        )

    def _others(self, terms: Counts, unbounded: NDArray[np.bool_], otherwise: int) -> Counts:
        """The sum of all other terms of each term's row; ``otherwise`` where one of them is unbounded."""
        finite = np.where(unbounded, 0, terms)
        sums = np.add.reduceat(finite, self.starts)[self.row] - finite
        open_terms = np.add.reduceat(unbounded.astype(np.int64), self.starts)[self.row] - unbounded
        return np.where(open_terms > 0, otherwise, sums)
