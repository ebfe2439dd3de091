"""Protection as linear programs on HiGHS: the cheapest other table in which one cell is further from the truth than a reader may tell.

Every cell has a column for rising and one for falling, and every target one more for rising, which is rewarded: a table found for one
target then moves as many others as it can without withholding more. One model is kept for all targets of a neighbourhood; only bounds and
costs change between them, so each program starts from the basis of the last.

All run on one thread, from a fixed seed, and stop after a number of nodes, never after a time: the same input has the same answer.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.protection_system import UNBOUNDED, Counts, Mask, Places

WHOLE = 1e-6
MOVING = 1e-5
"""What it costs to move a cell that is withheld anyway, by one: enough that tables move no more than they need."""
REWARD = 0.3
"""What is gained by raising a target that still needs a table, by one, up to the width. As much as withholding another cell costs takes a
fifth fewer programs and withholds one to three cells more in a hundred."""
MOST_NODES = 50
INFINITE = highspy.kHighsInf


class Program:
    """The programs of one neighbourhood, one after the other.

    Args:
        matrix: The equations between its cells.
        least: How far each cell may fall (not positive).
        most: How far each may rise.
        is_open: Withheld already: free to move.
        costs: What it costs to move each cell that is not, by one.
        targets: The cells that need a table.
    """

    def __init__(
        self,
        matrix: sparse.csr_array,
        *,
        least: Counts,
        most: Counts,
        is_open: Mask,
        costs: NDArray[np.float64],
        targets: Places,
        width: int,
    ) -> None:
        self.matrix, self.size, self.width, self.targets = matrix, matrix.shape[1], width, targets
        self.least, self.most, self.costs, self.is_open = least.astype(float), most.astype(float), costs, is_open.copy()
        self.movable = np.ones(self.size, dtype=bool)
        self.pending = np.zeros(self.size, dtype=bool)
        self.pending[targets] = True
        self.columns = sparse.csr_array(sparse.hstack([matrix, -matrix, matrix[:, targets]]))
        self.solver = _solver(self._model(np.arange(self.columns.shape[1])))
        self.solved = 0

    def hold(self, cell: int) -> None:
        """Keep a cell where it is."""
        self.movable[cell] = False
        self._tell(np.array([cell]))

    def release(self, cell: int) -> None:
        """Let a held cell move again."""
        self.movable[cell] = True
        self._tell(np.array([cell]))

    def open(self, cells: Places) -> None:
        """Take cells for withheld: moving them costs nothing from now on."""
        self.is_open[cells] = True
        self._tell(cells)

    def close(self, cell: int) -> None:
        """Take a cell for shown again; it stays held."""
        self.is_open[cell] = False
        self._tell(np.array([cell]))

    def need(self, cells: Places) -> None:
        """Reward raising these targets again."""
        self.pending[cells] = True
        self._tell(cells)

    def settle(self, cells: Places) -> None:
        """Targets that have a table need no reward."""
        self.pending[cells] = False
        self._tell(cells)

    def witness(self, cell: int, *, up: bool) -> Counts | None:
        """The cheapest differences from the truth in which the cell is at least the width away; None if there are none."""
        if (self.most[cell] if up else -self.least[cell]) < self.width:
            return None
        bounds = self._bounds(cell if up else None, None if up else cell)
        own = np.array([cell, self.size + cell, *(2 * self.size + np.flatnonzero(self.targets == cell))])
        _set_bounds(self.solver, own, bounds[0][own], bounds[1][own])
        found = _run(self.solver)
        self.solved += 1
        free = self._bounds(None, None)
        _set_bounds(self.solver, own, free[0][own], free[1][own])
        if found is None:
            return None
        differences = self._differences(found)
        whole: Counts | None = np.rint(differences).astype(np.int64)
        if np.abs(differences - np.rint(differences)).max() > WHOLE:
            whole = self._in_whole_numbers(found, bounds)
        return whole if whole is not None and self._is_witness(whole, cell) else None

    def _is_witness(self, differences: Counts, cell: int) -> bool:
        """Whether differences add up and hold all bounds exactly, whatever a solver's tolerances let through."""
        inside = (differences >= self.least) & (differences <= self.most) & (self.movable | (differences == 0))
        return bool(inside.all()) and abs(int(differences[cell])) >= self.width and not (self.matrix @ differences).any()

    def _in_whole_numbers(self, found: NDArray[np.float64], bounds: tuple[NDArray[np.float64], NDArray[np.float64]]) -> Counts | None:
        """First only what is not whole is settled; then all that is withheld; then everything."""
        differences = self._differences(found)
        broken = np.abs(found - np.rint(found)) > WHOLE
        broken_cells = self._cells_of(broken) | (np.abs(differences - np.rint(differences)) > WHOLE)
        opened = self.is_open | (np.abs(differences) > WHOLE)
        for may_move, most_nodes in ((broken_cells, MOST_NODES), (opened, MOST_NODES), (np.ones(self.size, dtype=bool), 100 * MOST_NODES)):
            chosen = np.flatnonzero(self._spread(may_move))
            rest = np.rint(found)
            rest[chosen] = 0
            taken = -(self.columns @ rest)
            solver = _solver(self._model(chosen, taken, bounds), most_nodes=most_nodes)
            answer = _run(solver)
            self.solved += 1
            if answer is not None:
                rest[chosen] = np.rint(answer)
                return np.asarray(np.rint(self._differences(rest)), dtype=np.int64)
        return None

    def _cells_of(self, columns: Mask) -> Mask:
        found = columns[: self.size] | columns[self.size : 2 * self.size]
        found[self.targets] |= columns[2 * self.size :]
        return found

    def _spread(self, cells: Mask) -> Mask:
        return np.concatenate([cells, cells, cells[self.targets]])

    def _differences(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        differences = found[: self.size] - found[self.size : 2 * self.size]
        differences[self.targets] += found[2 * self.size :]
        return differences

    def _bounds(self, raised: int | None, lowered: int | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rise, fall = np.where(self.movable, self.most, 0.0), np.where(self.movable, -self.least, 0.0)
        reward = np.where(self.pending & self.movable, np.minimum(self.width, self.most), 0.0)
        low_rise, low_fall = np.zeros(self.size), np.zeros(self.size)
        if raised is not None:
            low_rise[raised], rise[raised], fall[raised], reward[raised] = self.width, self.most[raised], 0, 0
        if lowered is not None:
            low_fall[lowered], rise[lowered], fall[lowered], reward[lowered] = self.width, 0, -self.least[lowered], 0
        low = np.concatenate([low_rise, low_fall, np.zeros(len(self.targets))])
        return low, np.concatenate([rise, fall, reward[self.targets]])

    def _costs(self) -> NDArray[np.float64]:
        costs = np.where(self.is_open, MOVING, self.costs)
        # A target that is raised for the reward must not fall as far at the same time for nothing.
        return np.concatenate([costs, costs + np.where(self.pending, REWARD, 0.0), np.full(len(self.targets), -REWARD)])

    def _tell(self, cells: Places) -> None:
        """Bring the solver's bounds and costs of some cells up to date."""
        mask = np.zeros(self.size, dtype=bool)
        mask[cells] = True
        columns = np.flatnonzero(self._spread(mask))
        low, high = self._bounds(None, None)
        _set_bounds(self.solver, columns, low[columns], high[columns])
        self.solver.changeColsCost(len(columns), columns.astype(np.int32), self._costs()[columns])

    def _model(
        self,
        chosen: Places,
        right: NDArray[np.float64] | None = None,
        bounds: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    ) -> highspy.HighsLp:
        inside = sparse.csc_array(self.columns[:, chosen])
        low, high = bounds or self._bounds(None, None)
        sums = np.zeros(inside.shape[0]) if right is None else right
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = inside.shape
        model.col_cost_ = self._costs()[chosen]
        model.col_lower_, model.col_upper_ = low[chosen], _ends(high[chosen])
        model.row_lower_, model.row_upper_ = sums, sums
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = inside.indptr
        model.a_matrix_.index_ = inside.indices
        model.a_matrix_.value_ = inside.data.astype(np.float64)
        return model


def _solver(model: highspy.HighsLp, *, most_nodes: int | None = None) -> highspy.Highs:
    """A solver of a model, in whole numbers where a number of nodes is given."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.5)):
        solver.setOptionValue(option, value)
    if most_nodes is not None:
        solver.setOptionValue("mip_max_nodes", most_nodes)
        model.integrality_ = [highspy.HighsVarType.kInteger] * model.num_col_
    solver.passModel(model)
    return solver


def _set_bounds(solver: highspy.Highs, columns: Places, low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
    solver.changeColsBounds(len(columns), columns.astype(np.int32), low, _ends(high))


def _ends(high: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(high >= UNBOUNDED, INFINITE, high)


def _run(solver: highspy.Highs) -> NDArray[np.float64] | None:
    solver.run()
    status = solver.getModelStatus()
    usable = status == highspy.HighsModelStatus.kOptimal or (
        status == highspy.HighsModelStatus.kSolutionLimit
        and solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    )
    return np.array(solver.getSolution().col_value, dtype=np.float64) if usable else None
