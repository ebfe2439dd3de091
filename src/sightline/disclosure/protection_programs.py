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
from scipy import sparse

from sightline.disclosure.protection_system import UNBOUNDED, Counts, Floats, Mask, Places

WHOLE = 1e-6
MOVING = 1e-5
"""What it costs to move a cell that is withheld anyway, by one: enough that tables move no more than they need."""
REWARD = 0.3
"""As much as withholding another cell costs takes a fifth fewer programs and withholds one to three cells more in a hundred; nothing takes
half as long again, and withholds up to one in a hundred fewer."""
MOST_NODES = 50
MULTIPLES = (1, 2, 3, 4)
INFINITE = highspy.kHighsInf


class Program:
    """The programs of one neighbourhood, one after the other.

    Args:
        matrix: The equations between its cells.
        least: How far each cell may fall (not positive).
        most: How far each may rise.
        is_open: Withheld already: free to move.
        costs: What it costs to move each cell that is not, by one.
        reward: What is gained by raising a target that still needs a table, by one, up to the width.
        targets: The cells that need a table.
    """

    def __init__(
        self,
        matrix: sparse.csr_array,
        *,
        least: Counts,
        most: Counts,
        is_open: Mask,
        costs: Floats,
        targets: Places,
        width: int,
        reward: float = REWARD,
    ) -> None:
        self.reward = reward
        self.matrix, self.size, self.width, self.targets = matrix, matrix.shape[1], width, targets
        self.least, self.most, self.is_open = least.astype(float), most.astype(float), is_open.copy()
        self.movable = np.ones(self.size, dtype=bool)
        self.pending = np.zeros(self.size, dtype=bool)
        self.pending[targets] = True
        self.columns = sparse.csr_array(sparse.hstack([matrix, -matrix, matrix[:, targets]]))
        self.shown_costs = costs
        self.raised = np.full(self.size, -1, dtype=np.intp)
        self.raised[targets] = 2 * self.size + np.arange(len(targets))
        self.low = np.zeros(self.columns.shape[1])
        self.high, self.costs = np.zeros(len(self.low)), np.zeros(len(self.low))
        self._set(np.arange(self.size))
        self.solver = _solver(self._model(np.arange(len(self.low)), np.zeros(matrix.shape[0])))
        self.solved = 0

    def hold(self, *cells: int) -> None:
        """Keep cells where they are."""
        self.movable[list(cells)] = False
        self._tell(np.array(cells, dtype=np.intp))

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
        moving = np.array([cell if up else self.size + cell])
        return self._solved(np.array([cell]), moving, self.most[[cell]] if up else -self.least[[cell]])

    def raised_together(self, cells: Places) -> Counts | None:
        """The cheapest differences in which all of these cells are higher by the width; None if there are none, or none that are whole."""
        return self._solved(cells, cells, self.most[cells]) if (self.most[cells] >= self.width).all() else None

    def _solved(self, cells: Places, moving: Places, most: Floats) -> Counts | None:
        """The cheapest whole differences with cells moved one way, by at least the width."""
        own = self._columns_of(cells)
        self.low[own], self.high[own] = 0, 0
        self.low[moving], self.high[moving] = self.width, most
        _set_bounds(self.solver, own, self.low[own], self.high[own])
        found = _run(self.solver)
        self.solved += 1
        whole = self._whole(found, cells) if found is not None else None
        if found is not None and whole is None:
            whole = self._for_themselves(cells)
            if whole is None and len(cells) == 1:
                whole = self._in_whole_numbers(found, cells)
        self.low[own] = 0
        self._set(cells)
        _set_bounds(self.solver, own, self.low[own], self.high[own])
        return whole

    def _whole(self, found: Floats, cells: Places) -> Counts | None:
        """Whole differences for an answer, if it has any. Where it has halves or thirds, twice or three times as much may do."""
        differences = self._differences(found)
        for times in MULTIPLES:
            whole = np.rint(times * differences).astype(np.int64)
            if np.abs(times * differences - whole).max() <= times * WHOLE and self._is_witness(whole, cells):
                return whole
        return None

    def _for_themselves(self, cells: Places) -> Counts | None:
        """The same with no reward for raising others, whose answer is more often whole."""
        rewarded = np.flatnonzero(self.pending[self.targets] & ~np.isin(self.targets, cells)) + 2 * self.size
        _set_bounds(self.solver, rewarded, self.low[rewarded], np.zeros(len(rewarded)))
        found = _run(self.solver)
        self.solved += 1
        _set_bounds(self.solver, rewarded, self.low[rewarded], self.high[rewarded])
        return self._whole(found, cells) if found is not None else None

    def _is_witness(self, differences: Counts, cells: Places) -> bool:
        """Whether differences add up and hold all bounds exactly, whatever a solver's tolerances let through."""
        inside = (differences >= self.least) & (differences <= self.most) & (self.movable | (differences == 0))
        return bool(inside.all()) and bool((np.abs(differences[cells]) >= self.width).all()) and not (self.matrix @ differences).any()

    def _in_whole_numbers(self, found: Floats, cells: Places) -> Counts | None:
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
            solver = _solver(self._model(chosen, taken), most_nodes=most_nodes)
            answer = _run(solver)
            self.solved += 1
            if answer is not None:
                rest[chosen] = np.rint(answer)
                whole = np.asarray(np.rint(self._differences(rest)), dtype=np.int64)
                return whole if self._is_witness(whole, cells) else None
        return None

    def _cells_of(self, columns: Mask) -> Mask:
        found = columns[: self.size] | columns[self.size : 2 * self.size]
        found[self.targets] |= columns[2 * self.size :]
        return found

    def _spread(self, cells: Mask) -> Mask:
        return np.concatenate([cells, cells, cells[self.targets]])

    def _differences(self, found: Floats) -> Floats:
        differences = found[: self.size] - found[self.size : 2 * self.size]
        differences[self.targets] += found[2 * self.size :]
        return differences

    def _columns_of(self, cells: Places) -> Places:
        """The columns of cells: for rising, for falling, and for the reward of those that are targets."""
        raised = self.raised[cells]
        return np.concatenate([cells, self.size + cells, raised[raised >= 0]])

    def _set(self, cells: Places) -> None:
        """Bring the bounds and costs of some cells up to date."""
        movable, pending = self.movable[cells], self.pending[cells]
        costs = np.where(self.is_open[cells], MOVING, self.shown_costs[cells])
        self.high[cells] = np.where(movable, self.most[cells], 0.0)
        self.high[self.size + cells] = np.where(movable, -self.least[cells], 0.0)
        self.costs[cells] = costs
        # A target that is raised for the reward must not fall as far at the same time for nothing.
        self.costs[self.size + cells] = costs + np.where(pending, self.reward, 0.0)
        rewarded = self.raised[cells] >= 0
        columns, each = self.raised[cells][rewarded], cells[rewarded]
        self.high[columns] = np.where((pending & movable)[rewarded], np.minimum(self.width, self.most[each]), 0.0)
        self.costs[columns] = -self.reward

    def _tell(self, cells: Places) -> None:
        """The same, and the solver's too."""
        self._set(cells)
        columns = self._columns_of(cells)
        _set_bounds(self.solver, columns, self.low[columns], self.high[columns])
        self.solver.changeColsCost(len(columns), columns.astype(np.int32), self.costs[columns])

    def _model(self, chosen: Places, sums: Floats) -> highspy.HighsLp:
        inside = sparse.csc_array(self.columns[:, chosen])
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = inside.shape
        model.col_cost_ = self.costs[chosen]
        model.col_lower_, model.col_upper_ = self.low[chosen], _ends(self.high[chosen])
        model.row_lower_, model.row_upper_ = sums, sums
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = inside.indptr
        model.a_matrix_.index_ = inside.indices
        model.a_matrix_.value_ = inside.data.astype(np.float64)
        return model


def _solver(model: highspy.HighsLp, *, most_nodes: int | None = None) -> highspy.Highs:
    """A solver of a model, in whole numbers where a number of nodes is given."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.5), ("simplex_scale_strategy", 0)):
        solver.setOptionValue(option, value)
    if most_nodes is not None:
        solver.setOptionValue("mip_max_nodes", most_nodes)
        model.integrality_ = [highspy.HighsVarType.kInteger] * model.num_col_
    solver.passModel(model)
    return solver


def _set_bounds(solver: highspy.Highs, columns: Places, low: Floats, high: Floats) -> None:
    solver.changeColsBounds(len(columns), columns.astype(np.int32), low, _ends(high))


def _ends(high: Floats) -> Floats:
    return np.where(high >= UNBOUNDED, INFINITE, high)


def _run(solver: highspy.Highs) -> Floats | None:
    solver.run()
    status = solver.getModelStatus()
    usable = status == highspy.HighsModelStatus.kOptimal or (
        status == highspy.HighsModelStatus.kSolutionLimit
        and solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    )
    return np.array(solver.getSolution().col_value, dtype=np.float64) if usable else None
