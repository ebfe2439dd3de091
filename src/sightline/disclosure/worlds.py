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
from sightline.disclosure.table_programs import Floats, Program, start_anew

Ends = tuple[Counts, Counts]
PUSHES = 48
"""So many pushes of all open cells at once are tried before cells are taken one by one."""
PATIENCE = 6
"""After so many pushes that prove nothing new, too."""
MANY = 0.1
"""With more than this share of all cells to be moved, the last table is no good place to start from."""
MOST_BROKEN = 400
"""So many fractions of one answer are put right; more of them hang together too closely."""
BOX = 2
"""Worlds in whole numbers are looked for within so many times the width of the truth: enough for the proof, and far quicker."""
ROUGHLY = 0.5
"""Such a world need not be the farthest: half way there ends the search."""
NEAR = 1e-6
_MIXING = 2654435761
"""Knuth's multiplicative hash: spreads neighbouring cells over both directions, the same way every time."""


@dataclass(frozen=True, slots=True)
class End:
    """The least or the most that a cell can be: ``value`` is never too narrow; ``is_reached`` where a world was found that has it."""

    value: int
    is_reached: bool


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
        self.program = self._program()
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
        answers have fractions and prove nothing. Where few atoms have them, these are put right with all others held; where that cannot be
        done, whole numbers near the truth are asked for from then on.
        """
        box, whole, without = BOX * int(needs.max(initial=0)), False, 0
        for turn in range(PUSHES):
            pending = self.pending(needs)
            if not len(pending) or without >= PATIENCE:
                return
            weights = self._directions(pending, turn, with_room=not without)
            whole = whole or not self._push(weights, pending)
            if whole:
                self._push_near(weights, pending, box)
            without = without + 1 if len(self.pending(needs)) == len(pending) else 0

    def _directions(self, pending: NDArray[np.intp], turn: int, *, with_room: bool) -> Floats:
        """Up (1) or down (-1) for each cell: half of them one way, then the other; the way in which there is room yet, if asked."""
        mixed = (pending.astype(np.uint64) * np.uint64(_MIXING)) >> np.uint64(turn // 2 + 8)
        up = (mixed & np.uint64(1)) == np.uint64(turn % 2)
        if with_room:
            at_bottom, at_top = self.least[pending] <= self.low[pending], self.most[pending] >= self.high[pending]
            up = at_bottom | (up & ~at_top)
        return np.where(up, 1.0, -1.0)

    def _push(self, weights: Floats, pending: NDArray[np.intp]) -> bool:
        """Whether a linear program gave a world, as it came or with its fractions put right."""
        return self._take_mended(self._solve(weights, pending), self._costs(weights, pending))

    def _take_mended(self, found: Floats, costs: Floats) -> bool:
        if self._take_free(found) or not len(found):
            return bool(len(found))
        whole = np.rint(found).astype(np.int64)
        broken = np.flatnonzero(np.abs(found - whole) > NEAR)
        if not 0 < len(broken) <= MOST_BROKEN:
            return False
        self.solved += 1
        program = self.program.with_others_fixed(broken, whole).near(whole[broken], BOX)
        mended = program.solve_whole(costs[broken], gap=ROUGHLY, seconds=self.seconds)
        if len(mended.atoms) != len(broken):
            return False
        found[broken] = mended.atoms
        return self._take_free(found)

    def reach_near(self, cell: int, need: int) -> None:
        """Look for whole numbers near the truth that lie apart in one cell."""
        for direction in (1.0, -1.0):
            self._push_near(np.array([direction]), np.array([cell]), BOX * need)

    def _push_near(self, weights: Floats, pending: NDArray[np.intp], box: int) -> None:
        self.solved += 1
        program = self.program.near(self.truth[self.free], box)
        self._take_free(program.solve_whole(self._costs(weights, pending), gap=ROUGHLY, seconds=self.seconds).atoms)

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
        self._take_mended(solution, self._costs(np.array([float(direction)]), np.array([cell])))
        reached = value == self._reached(cell, direction)
        if not reached and exactly:
            value = self._in_whole_numbers(cell, direction, value)
            reached = value == self._reached(cell, direction)
        return End(direction * UNBOUNDED if abs(value) >= self.far else value, reached)

    def _reached(self, cell: int, direction: int) -> int:
        return int(self.most[cell] if direction > 0 else self.least[cell])

    # HiGHS

    def _solve(self, weights: Floats, chosen: NDArray[np.intp]) -> Floats:
        """The free atoms of a table that makes the weighted sum of the chosen cells as large as can be; empty if none was found."""
        self.solved += 1
        if self._highs is None:
            self._highs = self.program.loaded()
        highs, costs = self._highs, self._costs(weights, chosen)
        start_anew(highs, many=len(chosen) > MANY * len(self.low))
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
        self.solved += 1
        answer = self.program.solve_whole(self._costs(np.array([float(direction)]), np.array([cell])), seconds=self.seconds)
        self._take_free(answer.atoms)
        if answer.bound is None:
            return bound
        proved = int(np.floor(answer.bound + NEAR)) * direction + int(self.fixed[cell])
        return min(proved, bound) if direction > 0 else max(proved, bound)

    def _costs(self, weights: Floats, chosen: NDArray[np.intp]) -> Floats:
        return np.asarray(self.of_free[chosen].T @ weights, dtype=np.float64)

    def _program(self) -> Program:
        low = np.where(self.low <= -UNBOUNDED, -UNBOUNDED, self.low - self.fixed)
        high = np.where(self.high >= UNBOUNDED, UNBOUNDED, self.high - self.fixed)
        atoms = (np.maximum(self.atom_low[self.free], -self.far), np.minimum(self.atom_high[self.free], self.far))
        return Program.of(self.of_free, (low, high), atoms)
