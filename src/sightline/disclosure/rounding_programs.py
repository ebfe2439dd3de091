"""Controlled rounding as programs on HiGHS: which residues to round up so that every sum goes to a multiple of the base beside it.

Let ``x`` be 1 for an atom that is rounded up and 0 for one rounded down, and ``R`` the sum of the residues in a cell. The cell goes to
a multiple beside it where the sum of its ``x`` is the whole number below or above ``R / base``. Between these two its error is a straight
line in the sum, so the sum of all errors is one too, and what is left to do is a linear program. With two dimensions that are trees
every corner of it is whole; with three, few atoms are not: they are settled with their neighbours by a whole-number program.

Both run on one thread, from a fixed seed, and stop after a number of nodes, never after a time: the same input has the same answer.

Method page: docs/methods/controlled-rounding.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.rounding_search import Free

WHOLE = 1e-6
"""Nearer than this to a whole number is whole."""
MOST_NODES = 500
GAP = 0.01
"""A whole-number program may stop when the mean error of the whole cube is this close to the least there can be."""
NEAR = 40
"""Atoms that share a sum of at most so many are neighbours."""


class TookTooLong(Exception):
    """A program ran out of the time it was given."""


@dataclass(frozen=True)
class Program:
    """The rows that matter: one for each different set of two or more free atoms, with the two sums it may have."""

    rows: sparse.csr_array
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    costs: NDArray[np.float64]
    gap: float


def program_of(free: Free, noise: NDArray[np.float64]) -> Program:
    """The program of a rounding.

    Args:
        noise: Added to what rounding each atom up costs, in units of error: who does not know the key cannot repeat the choice.
    """
    incidence = free.incidence()
    residues = incidence @ free.residues
    left = residues % free.base
    slopes = np.where(left == 0, 0, free.base - 2 * left)
    costs = incidence.T @ slopes + noise
    marks = np.random.Generator(np.random.PCG64(0)).integers(1 << 62, size=len(free.atoms))
    several = np.flatnonzero(np.diff(incidence.indptr) > 1)
    _, first = np.unique((incidence @ marks)[several], return_index=True)
    kept = several[np.sort(first)]
    least, most = residues[kept] // free.base, -(-residues[kept] // free.base)
    return Program(sparse.csr_array(incidence[kept]), least.astype(float), most.astype(float), costs, GAP * free.size)


def solve(program: Program, *, time_limit: float | None) -> NDArray[np.float64]:
    """The linear program: between 0 and 1 for every free atom, and whole for nearly all.

    There always is an answer: every residue as a share of the base fits all rows.
    """
    found = _run(program, integer=False, time_limit=time_limit)
    if found is None:
        raise ArithmeticError("HiGHS found no solution of a program that has one.")
    return found


def settle(
    program: Program, solution: NDArray[np.float64], chosen: NDArray[np.bool_], *, time_limit: float | None
) -> NDArray[np.float64] | None:
    """Whole numbers for the chosen atoms, the others left as they are; None if there are none, or none was found.

    Args:
        solution: Of `solve`; whole for every atom that is not chosen.
    """
    columns = np.flatnonzero(chosen)
    rest = np.where(chosen, 0, np.rint(solution))
    taken = program.rows @ rest
    inside = sparse.csr_array(program.rows[:, columns])
    touched = np.flatnonzero(np.diff(inside.indptr))
    small = Program(
        sparse.csr_array(inside[touched]),
        (program.least - taken)[touched],
        (program.most - taken)[touched],
        program.costs[columns],
        program.gap,
    )
    found = _run(small, integer=True, time_limit=time_limit)
    if found is None:
        return None
    rest[columns] = np.rint(found)
    return rest


def neighbours(program: Program, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The chosen atoms and all that share a small sum with one of them."""
    rows = program.rows[np.flatnonzero(np.diff(program.rows.indptr) <= NEAR)]
    together = rows.T @ (rows @ chosen.astype(np.int64) > 0).astype(np.int64) > 0
    grown: NDArray[np.bool_] = chosen | together
    return grown


def _run(program: Program, *, integer: bool, time_limit: float | None) -> NDArray[np.float64] | None:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("mip_max_nodes", MOST_NODES),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", program.gap),
    ):
        solver.setOptionValue(option, value)
    if time_limit is not None:
        solver.setOptionValue("time_limit", time_limit)
    solver.passModel(_model(program, integer=integer))
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kTimeLimit:
        raise TookTooLong
    usable = status == highspy.HighsModelStatus.kOptimal or (
        status == highspy.HighsModelStatus.kSolutionLimit
        and solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    )
    return np.array(solver.getSolution().col_value, dtype=np.float64) if usable else None


def _model(program: Program, *, integer: bool) -> highspy.HighsLp:
    model = highspy.HighsLp()
    rows, columns = program.rows.shape
    model.num_row_, model.num_col_ = rows, columns
    model.col_cost_ = program.costs
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.ones(columns)
    model.row_lower_, model.row_upper_ = program.least, program.most
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = program.rows.indptr
    model.a_matrix_.index_ = program.rows.indices
    model.a_matrix_.value_ = program.rows.data.astype(np.float64)
    if integer:
        model.integrality_ = [highspy.HighsVarType.kInteger] * columns
    return model
