"""Worlds: complete tables of whole, non-negative counts that agree with everything a reader knows.

Two of them that differ in a cell by 5 prove that the cell is protected: whoever holds the release cannot tell which of them is true. One
linear program in HiGHS, started warm each time from where the last one ended, is asked for worlds far from the truth; every answer is
rounded to whole numbers and checked in exact arithmetic before it counts, and one world serves as proof for all cells in which it differs.
Where no such pair is found the least and the most of a cell are solved for, in whole numbers where fractions would leave it open.

Source: Fischetti and Salazar-González (2001), "Solving the cell suppression problem on tabular data with linear constraints",
Management Science 47(7), section 2 (the attacker's subproblems). Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.knowledge import UNBOUNDED, Counts

Floats = NDArray[np.float64]
Ends = tuple[Counts, Counts]
PATTERNS = 24
"""So many pushes of all open cells at once are tried before cells are taken one by one."""
PATIENCE = 3
"""After so many pushes that prove nothing new, too."""
BOX = 2
"""Worlds in whole numbers are looked for within so many times the width of the truth: enough for the proof, and far quicker."""
ROUGHLY = 0.5
"""Such a world need not be the farthest: half way there ends the search."""
NEAR = 1e-6
_PRIMAL_SIMPLEX = 4
_MIXING = 2654435761
"""Knuth's multiplicative hash: spreads neighbouring cells over both directions, the same way every time."""


@dataclass(frozen=True, slots=True)
class End:
    """The least or the most that a cell can be: ``value`` is never too narrow; ``is_reached`` where a world was found that has it."""

    value: int
    is_reached: bool


@dataclass(frozen=True, slots=True)
class Whole:
    """Free atoms in whole numbers (none if time ran out), and what no table can exceed."""

    atoms: Floats
    bound: float | None


class Worlds:
    """What can be true of atoms, and the spread of every cell over the worlds found so far.

    Args:
        sums: Cells by atoms, how often each atom counts in each cell.
        between: The least and the most of each cell that a reader knows of; UNBOUNDED where nothing is known.
        atoms_between: The same for atoms.
        truth: Atoms as they are: the first world.
        seconds: How long one question in whole numbers may take.
    """

    def __init__(self, sums: sparse.csr_array, *, between: Ends, atoms_between: Ends, truth: Counts, seconds: float = 10.0) -> None:
        self.sums, self.truth = sums, truth
        self.low, self.high = between
        self.atom_low, self.atom_high = atom_low, atom_high = atoms_between
        self.far = int(2 * np.abs(truth).sum() + 1000)
        self.seconds = seconds
        self.free = np.flatnonzero(atom_low < atom_high)
        self.of_free = sparse.csr_array(sums[:, self.free])
        self.fixed = np.asarray(sums @ np.where(atom_low < atom_high, 0, truth), dtype=np.int64)
        self.least = np.asarray(sums @ truth, dtype=np.int64)
        self.most = self.least.copy()
        self.solved = 0
        self._highs: highspy.Highs | None = None
        self._last = np.zeros(0, dtype=np.int32)

    # Worlds that are checked

    def take(self, atoms: Counts) -> bool:
        """Let a table widen what is proved, if it is a world at all."""
        if (atoms < self.atom_low).any() or (atoms > self.atom_high).any():
            return False
        values = np.asarray(self.sums @ atoms, dtype=np.int64)
        if (values < self.low).any() or (values > self.high).any():
            return False
        self.least, self.most = np.minimum(self.least, values), np.maximum(self.most, values)
        return True

    def _take_free(self, solution: Floats) -> bool:
        if len(solution) != len(self.free):
            return False
        atoms = self.truth.copy()
        atoms[self.free] = np.rint(solution).astype(np.int64)
        return self.take(atoms)

    def spread(self, needs: Counts) -> None:
        """Find worlds until every cell reaches over as much as it needs, or the easy ways are used up.

        Each push moves all open cells at once, half of them up and half down. Linear programs are the fastest, but in three dimensions many
        of their answers have fractions and prove nothing; from the first of those on, whole numbers near the truth are asked for.
        """
        whole, without = False, 0
        for pattern in range(PATTERNS):
            pending = self.pending(needs)
            if not len(pending) or without >= PATIENCE:
                return
            up = ((pending.astype(np.uint64) * np.uint64(_MIXING)) >> np.uint64(pattern + 8)) & np.uint64(1)
            for weights in (np.where(up == 1, 1.0, -1.0), np.where(up == 1, -1.0, 1.0)):
                box = BOX * int(needs.max())
                found = self._solve_whole(weights, pending, near=box, gap=ROUGHLY).atoms if whole else self._solve(weights, pending)
                whole = not self._take_free(found) or whole
            without = without + 1 if len(self.pending(needs)) == len(pending) else 0

    def pending(self, needs: Counts) -> NDArray[np.intp]:
        """Cells of which the worlds found so far do not reach over as much as they need."""
        return np.flatnonzero(self.most - self.least < needs)

    # One end of one cell

    def end(self, cell: int, direction: int, *, exactly: bool) -> End:
        """The most (direction 1) or the least (-1) that a cell can be.

        Args:
            exactly: Whether to go on in whole numbers where the best answer has fractions.
        """
        columns = self.of_free.indices[self.of_free.indptr[cell] : self.of_free.indptr[cell + 1]]
        if not len(columns):
            return End(int(self.fixed[cell]), is_reached=True)
        solution = self._solve(np.array([float(direction)]), np.array([cell]))
        best = float((self.of_free[[cell]] @ solution)[0]) + float(self.fixed[cell]) if solution.size else direction * float(UNBOUNDED)
        value = int(np.floor(best + NEAR)) if direction > 0 else int(np.ceil(best - NEAR))
        self._take_free(solution)
        reached = value == self._reached(cell, direction)
        if not reached and exactly:
            value = self._in_whole_numbers(cell, direction, value)
            reached = value == self._reached(cell, direction)
        return End(direction * UNBOUNDED if abs(value) >= self.far else value, reached)

    def _reached(self, cell: int, direction: int) -> int:
        return int(self.most[cell] if direction > 0 else self.least[cell])

    # HiGHS

    def _model(self) -> highspy.Highs:
        if self._highs is None:
            self._highs = _loaded(self._lp())
            self._highs.setOptionValue("solver", "simplex")
            self._highs.setOptionValue("presolve", "off")
            self._highs.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX)
        return self._highs

    def _lp(self) -> highspy.HighsLp:
        low = np.where(self.low <= -UNBOUNDED, -UNBOUNDED, self.low - self.fixed)
        high = np.where(self.high >= UNBOUNDED, UNBOUNDED, self.high - self.fixed)
        atom_low, atom_high = np.maximum(self.atom_low[self.free], -self.far), np.minimum(self.atom_high[self.free], self.far)
        rows = np.flatnonzero((self.of_free @ atom_low < low) | (self.of_free @ atom_high > high))
        kept = sparse.csr_array(self.of_free[rows])
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.free), len(rows)
        lp.col_cost_ = np.zeros(len(self.free))
        lp.col_lower_, lp.col_upper_ = atom_low.astype(np.float64), atom_high.astype(np.float64)
        lp.row_lower_ = np.where(low[rows] <= -UNBOUNDED, -highspy.kHighsInf, low[rows].astype(np.float64))
        lp.row_upper_ = np.where(high[rows] >= UNBOUNDED, highspy.kHighsInf, high[rows].astype(np.float64))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = kept.indptr.astype(np.int32)
        lp.a_matrix_.index_ = kept.indices.astype(np.int32)
        lp.a_matrix_.value_ = kept.data.astype(np.float64)
        lp.sense_ = highspy.ObjSense.kMaximize
        return lp

    def _solve(self, weights: Floats, chosen: NDArray[np.intp]) -> Floats:
        """The free atoms of a table that makes the weighted sum of the chosen cells as large as can be; empty if none was found."""
        self.solved += 1
        highs = self._model()
        costs = np.asarray(self.of_free[chosen].T @ weights, dtype=np.float64)
        columns = np.flatnonzero(costs).astype(np.int32)
        highs.changeColsCost(len(self._last), self._last, np.zeros(len(self._last)))
        highs.changeColsCost(len(columns), columns, costs[columns])
        self._last = columns
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.zeros(0)
        return np.asarray(highs.getSolution().col_value, dtype=np.float64)

    def _in_whole_numbers(self, cell: int, direction: int, bound: int) -> int:
        """The same end over whole numbers; the bound of fractions where time runs out first."""
        answer = self._solve_whole(np.array([float(direction)]), np.array([cell]))
        self._take_free(answer.atoms)
        if answer.bound is None:
            return bound
        proved = int(np.floor(answer.bound + NEAR)) * direction + int(self.fixed[cell])
        return min(proved, bound) if direction > 0 else max(proved, bound)

    def _solve_whole(self, weights: Floats, chosen: NDArray[np.intp], *, near: int | None = None, gap: float = 0.0) -> Whole:
        """As `_solve`, over whole numbers; only among tables that are as ``near`` to the truth, if that is given."""
        self.solved += 1
        lp = self._lp()
        lp.col_cost_ = np.asarray(self.of_free[chosen].T @ weights, dtype=np.float64)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(self.free)
        if near is not None:
            truth = self.truth[self.free]
            lp.col_lower_ = np.maximum(np.array(lp.col_lower_), truth - near)
            lp.col_upper_ = np.minimum(np.array(lp.col_upper_), truth + near)
        highs = _loaded(lp)
        highs.setOptionValue("time_limit", self.seconds)
        highs.setOptionValue("mip_rel_gap", gap)
        highs.run()
        if highs.getModelStatus() not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit):
            return Whole(np.zeros(0), None)
        return Whole(np.asarray(highs.getSolution().col_value, dtype=np.float64), float(highs.getInfo().mip_dual_bound))


def _loaded(lp: highspy.HighsLp) -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.passModel(lp)
    return highs
