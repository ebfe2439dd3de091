"""Linear programs over tables, as HiGHS takes them: unknown atoms between two ends, sums of them between two ends.

Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from sightline.disclosure.knowledge import UNBOUNDED, Counts

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_DUAL_SIMPLEX, _PRIMAL_SIMPLEX = 1, 4
_WITH_SOLUTION = frozenset(
    {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kSolutionLimit}
)
"""How a search may end that still says something; what it found is checked by whoever asked."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer in whole numbers: atoms (none if none were found in time), and what no table can exceed (None if unknown)."""

    atoms: Floats
    bound: float | None


@dataclass(frozen=True, eq=False)
class Program:
    """``row_low <= matrix @ atoms <= row_high`` and ``low <= atoms <= high``; rows that follow from the ends of atoms are left out."""

    matrix: sparse.csr_array
    row_low: Counts
    row_high: Counts
    low: Counts
    high: Counts

    @classmethod
    def of(cls, matrix: sparse.csr_array, rows_between: tuple[Counts, Counts], atoms_between: tuple[Counts, Counts]) -> Program:
        """The program without rows that say nothing."""
        (row_low, row_high), (low, high) = rows_between, atoms_between
        kept = np.flatnonzero((matrix @ low < row_low) | (matrix @ high > row_high))
        return cls(sparse.csr_array(matrix[kept]), row_low[kept], row_high[kept], low, high)

    def near(self, atoms: Counts, distance: int) -> Program:
        """The same, only for tables as near as that to another."""
        return replace(self, low=np.maximum(self.low, atoms - distance), high=np.minimum(self.high, atoms + distance))

    def with_others_fixed(self, open_: Places, atoms: Counts) -> Program:
        """The same in some atoms only, all others as given."""
        others = atoms.copy()
        others[open_] = 0
        held = self.matrix @ others
        row_low = np.where(self.row_low <= -UNBOUNDED, -UNBOUNDED, self.row_low - held)
        row_high = np.where(self.row_high >= UNBOUNDED, UNBOUNDED, self.row_high - held)
        return Program.of(sparse.csr_array(self.matrix[:, open_]), (row_low, row_high), (self.low[open_], self.high[open_]))

    def in_blocks(self, blocks: Places, atoms: Counts) -> Program:
        """The same with blocks cut apart: each block's part of a row that runs across several is held at what it is in a given table.

        Fewer tables fit, and all of them fit the whole program too; in return every block can be worked on by itself.
        """
        entries, many = self.matrix.tocoo(), int(blocks.max(initial=0)) + 1
        keys, row = np.unique(entries.row.astype(np.int64) * many + blocks[entries.col], return_inverse=True)
        cut = sparse.csr_array((entries.data, (row, entries.col)), shape=(len(keys), len(self.low)))
        whole = keys // many
        is_whole = np.bincount(whole, minlength=len(self.row_low))[whole] == 1
        held = cut @ atoms
        rows = (np.where(is_whole, self.row_low[whole], held), np.where(is_whole, self.row_high[whole], held))
        return Program.of(cut, rows, (self.low, self.high))._without_repeats()

    def _without_repeats(self) -> Program:
        """Rows over the same atoms put into one. Two rows that only seem the same would be one in 2**64; worlds are checked anyway."""
        marks = np.random.default_rng(0).integers(1, 1 << 62, len(self.low), dtype=np.int64)  # any numbers will do, the same every time
        _, first, group = np.unique(self.matrix @ marks, return_index=True, return_inverse=True)
        low, high = np.full(len(first), -UNBOUNDED), np.full(len(first), UNBOUNDED)
        np.maximum.at(low, group, self.row_low)
        np.minimum.at(high, group, self.row_high)
        return replace(self, matrix=sparse.csr_array(self.matrix[first]), row_low=low, row_high=high)

    def parts(self) -> tuple[Places, Places]:
        """Parts that no row joins: which one each atom is in, and which one each row is in."""
        rows, atoms = self.matrix.shape
        joined = sparse.block_array([[None, self.matrix], [self.matrix.T, None]]) if rows else sparse.csr_array((atoms, atoms))
        _, labels = csgraph.connected_components(joined, directed=False)
        return labels[rows:].astype(np.intp), labels[:rows].astype(np.intp)

    def loaded(self) -> highspy.Highs:
        """A model to be solved again and again, each time from where it ended."""
        highs = _loaded(self._lp())
        highs.setOptionValue("solver", "simplex")
        highs.setOptionValue("presolve", "off")
        return highs

    def solve_whole(self, costs: Floats, *, gap: float = 0.0, seconds: float) -> Whole:
        """The largest sum of costs over tables of whole numbers, to within a share of itself."""
        lp = self._lp()
        lp.col_cost_ = costs
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(costs)
        highs = _loaded(lp)
        highs.setOptionValue("time_limit", seconds)
        highs.setOptionValue("mip_rel_gap", gap)
        highs.run()
        if highs.getModelStatus() not in _WITH_SOLUTION:
            return Whole(np.zeros(0), None)
        return Whole(np.asarray(highs.getSolution().col_value, dtype=np.float64), float(highs.getInfo().mip_dual_bound))

    def _lp(self) -> highspy.HighsLp:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.low), len(self.row_low)
        lp.col_cost_ = np.zeros(len(self.low))
        lp.col_lower_, lp.col_upper_ = self.low.astype(np.float64), self.high.astype(np.float64)
        lp.row_lower_ = np.where(self.row_low <= -UNBOUNDED, -highspy.kHighsInf, self.row_low.astype(np.float64))
        lp.row_upper_ = np.where(self.row_high >= UNBOUNDED, highspy.kHighsInf, self.row_high.astype(np.float64))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = self.matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = self.matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = self.matrix.data.astype(np.float64)
        lp.sense_ = highspy.ObjSense.kMaximize
        return lp


class Repeated:
    """One program that is solved for one set of costs after another, warm-started."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.solved = 0
        self._highs: highspy.Highs | None = None
        self._last = np.zeros(0, dtype=np.int32)

    def solve(self, costs: Floats, *, anew: bool) -> Floats:
        """Atoms of a table with the largest sum of costs; empty if none was found.

        Args:
            anew: Whether to forget the last table: with a few costs it is nearly right; with many every atom first goes to its own end.
        """
        anew = anew or self._highs is None
        highs = self._highs = self._highs or self.program.loaded()
        self.solved += 1
        columns = np.flatnonzero(costs).astype(np.int32)
        highs.changeColsCost(len(self._last), self._last, np.zeros(len(self._last)))
        highs.changeColsCost(len(columns), columns, costs[columns])
        self._last = columns
        if anew:
            highs.clearSolver()
        highs.setOptionValue("simplex_strategy", _DUAL_SIMPLEX if anew else _PRIMAL_SIMPLEX)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.zeros(0)
        return np.asarray(highs.getSolution().col_value, dtype=np.float64)


def _loaded(lp: highspy.HighsLp) -> highspy.Highs:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.passModel(lp)
    return highs
