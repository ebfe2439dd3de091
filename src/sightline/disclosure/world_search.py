"""The search for worlds: far from the truth for many cells at once, then the least and the most of single cells.

One linear program in HiGHS, warm-started, is asked again and again for a table in which all open cells are moved, half of them up and half
down. In three dimensions answers may have fractions and prove nothing; these are put right with all other atoms held, and where that
cannot be done, whole numbers near the truth are asked for. Parts of the table that no sum joins are accepted or refused one by one.

Large tables are cut into blocks first (the wards of an authority), each of which keeps its own share of every sum that runs across blocks:
what moves inside a block then needs nothing outside it. Only cells for which that is too narrow are left for the whole table.

Source: Fischetti and Salazar-González (2001), "Solving the cell suppression problem on tabular data with linear constraints",
Management Science 47(7), section 2 (the attacker's subproblems). Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sightline.disclosure.knowledge import UNBOUNDED, Counts, Mask
from sightline.disclosure.table_programs import Floats, Places, Program, Repeated
from sightline.disclosure.worlds import Worlds

PUSHES = 48
"""So many pushes of all open cells at once are tried before cells are taken one by one."""
PATIENCE = 6
"""After so many pushes that prove nothing new, too."""
MANY = 0.1
"""With more than this share of all cells to be moved, the last table is no good place to start from."""
MOST_BROKEN = 0.1
"""So large a share of atoms with fractions is put right; more of them hang together too closely."""
BOX = 2
"""Whole numbers are looked for within so many times the width from the truth: enough for the proof, and far quicker."""
ROUGHLY = 0.5
"""Such a world need not be the farthest: half way there ends the search."""
NEAR = 1e-6
SECONDS = 10.0
"""What one question in whole numbers may take; what is open then is not settled, and fails."""
_MIXING = 2654435761
"""Knuth's multiplicative hash: spreads neighbouring cells over both directions, the same way every time."""


@dataclass(frozen=True, slots=True)
class End:
    """The least or the most that a cell can be: ``value`` is never too narrow; ``is_reached`` where a world was found that has it."""

    value: int
    is_reached: bool


class Search:
    """A search within one program: of all that a reader knows, or of that cut into blocks."""

    def __init__(self, worlds: Worlds, program: Program) -> None:
        self.worlds, self.program = worlds, program
        self.truth = worlds.truth[worlds.free]
        self._repeated = Repeated(program)
        self._part_of_atom, self._part_of_row = program.parts()

    def spread(self, needs: Counts) -> None:
        """Find worlds until every cell reaches over as much as it needs, or the easy ways are used up."""
        box, without = BOX * int(needs.max(initial=0)), 0
        for turn in range(PUSHES):
            pending = self.worlds.pending(needs)
            if not len(pending) or without >= PATIENCE:
                return
            self._push(self._directions(pending, turn, with_room=not without), pending, box)
            without = without + 1 if len(self.worlds.pending(needs)) == len(pending) else 0

    def _directions(self, pending: Places, turn: int, *, with_room: bool) -> Floats:
        """Up (1) or down (-1) for each cell: half of them one way, then the other; the way in which there is room yet, if asked."""
        worlds = self.worlds
        mixed = (pending.astype(np.uint64) * np.uint64(_MIXING)) >> np.uint64(turn // 2 + 8)
        up = (mixed & np.uint64(1)) == np.uint64(turn % 2)
        if with_room:
            at_bottom, at_top = worlds.least[pending] <= worlds.low[pending], worlds.most[pending] >= worlds.high[pending]
            up = at_bottom | (up & ~at_top)
        return np.where(up, 1.0, -1.0)

    def _push(self, weights: Floats, pending: Places, box: int) -> None:
        costs = self.worlds.costs(weights, pending)
        found = self._solve(costs, anew=len(pending) > MANY * len(self.worlds.low))
        atoms = self._mended(self._only_moved(found, costs), costs) if len(found) else self.truth.copy()
        wrong = np.flatnonzero(self._is_wrong(atoms))
        if len(wrong) or not len(found):
            atoms = self._near(atoms, wrong if len(wrong) else np.arange(len(atoms)), costs, box)
        self.worlds.take_free(atoms)

    def _solve(self, costs: Floats, *, anew: bool) -> Floats:
        self.worlds.solved += 1
        return self._repeated.solve(costs, anew=anew)

    def _only_moved(self, found: Floats, costs: Floats) -> Floats:
        """Parts in which nothing was to be moved stay true; what earlier pushes left there may have fractions."""
        moved = np.zeros(int(self._part_of_atom.max(initial=-1)) + 1, dtype=bool)
        moved[self._part_of_atom[costs != 0]] = True
        return np.where(moved[self._part_of_atom], found, self.truth)

    def _mended(self, found: Floats, costs: Floats) -> Counts:
        """Whole numbers for an answer: atoms with fractions are chosen anew, all others held."""
        whole = np.rint(found).astype(np.int64)
        broken = np.flatnonzero(np.abs(found - whole) > NEAR)
        if not 0 < len(broken) <= max(MOST_BROKEN * len(found), 1 / MOST_BROKEN):
            return whole
        self.worlds.solved += 1
        program = self.program.with_others_fixed(broken, whole).near(whole[broken], BOX)
        mended = program.solve_whole(costs[broken], gap=ROUGHLY, seconds=SECONDS).atoms
        if len(mended) == len(broken):
            whole[broken] = np.rint(mended).astype(np.int64)
        return whole

    def _is_wrong(self, atoms: Counts) -> Mask:
        """Atoms of parts that are no world: some sum or atom of theirs lies outside its ends."""
        program = self.program
        sums = program.matrix @ atoms
        parts = np.zeros(int(self._part_of_atom.max(initial=-1)) + 1, dtype=bool)
        parts[self._part_of_row[(sums < program.row_low) | (sums > program.row_high)]] = True
        parts[self._part_of_atom[(atoms < program.low) | (atoms > program.high)]] = True
        return np.asarray(parts[self._part_of_atom], dtype=bool)

    def _near(self, atoms: Counts, open_: Places, costs: Floats, box: int) -> Counts:
        """The same with whole numbers near the truth for some atoms: the truth itself where none are found."""
        self.worlds.solved += 1
        atoms[open_] = self.truth[open_]
        program = self.program.with_others_fixed(open_, atoms).near(self.truth[open_], box)
        found = program.solve_whole(costs[open_], gap=ROUGHLY, seconds=SECONDS).atoms
        if len(found) == len(open_):
            atoms[open_] = np.rint(found).astype(np.int64)
        return atoms

    # One cell, in the program of all that a reader knows

    def reach(self, cell: int, need: int) -> None:
        """Look for whole numbers near the truth that lie apart in one cell."""
        for direction in (1.0, -1.0):
            costs = self.worlds.costs(np.array([direction]), np.array([cell]))
            self.worlds.take_free(self._near(self.truth.copy(), np.arange(len(self.truth)), costs, BOX * need))

    def end(self, cell: int, direction: int, *, exactly: bool) -> End:
        """The most (direction 1) or the least (-1) that a cell can be.

        Args:
            exactly: Whether to go on in whole numbers where the best answer has fractions.
        """
        worlds = self.worlds
        if worlds.of_free.indptr[cell] == worlds.of_free.indptr[cell + 1]:
            return End(int(worlds.fixed[cell]), is_reached=True)
        costs = worlds.costs(np.array([float(direction)]), np.array([cell]))
        found = self._solve(costs, anew=False)
        value = direction * UNBOUNDED
        if len(found):
            value = direction * int(np.floor(float(costs @ found) + NEAR)) + int(worlds.fixed[cell])
            worlds.take_free(self._mended(found, costs))
        if value != self._reached(cell, direction) and exactly:
            value = self._in_whole_numbers(cell, direction, value, costs)
        return End(direction * UNBOUNDED if abs(value) >= worlds.far else value, value == self._reached(cell, direction))

    def _reached(self, cell: int, direction: int) -> int:
        return int(self.worlds.most[cell] if direction > 0 else self.worlds.least[cell])

    def _in_whole_numbers(self, cell: int, direction: int, bound: int, costs: Floats) -> int:
        """The same end over whole numbers; the bound of fractions where time runs out first."""
        self.worlds.solved += 1
        answer = self.program.solve_whole(costs, seconds=SECONDS)
        self.worlds.take_free(np.rint(answer.atoms).astype(np.int64))
        if answer.bound is None:
            return bound
        proved = direction * int(np.floor(answer.bound + NEAR)) + int(self.worlds.fixed[cell])
        return min(proved, bound) if direction > 0 else max(proved, bound)
