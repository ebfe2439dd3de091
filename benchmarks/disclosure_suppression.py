"""Time suppression on seeded tables, check every certificate, and hold two-way tables against the fewest cells that can be withheld."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import disclosure_tables as tables
import highspy
import numpy as np
from scipy import sparse

from sightline.disclosure.cubes import Cube, cells, equations, hidden, margins
from sightline.disclosure.primary import Rules, primary
from sightline.disclosure.suppression import Suppressed, suppress

SECONDS = {"wards": 3.0, "england": 15.0, "four": 180.0, "two": 3.0, "overlapping": 60.0}
WIDTH = 5
ROUNDS = 40
ENOUGH = 1e-6


def table_named(name: str) -> Cube:
    made: Cube = getattr(tables, name)()
    return replace(made, zeros="shown")


def suppressing(names: Sequence[str]) -> bool:
    """Whether every table was protected with certificates that add up, in the seconds it may take."""
    print(f"{'table':12}{'cells':>9}{'primary':>9}{'withheld':>9}{'wall s':>9}{'cpu s':>8}{'must':>6}", end="")
    print(f"{'tables':>8}{'programs':>10}{'peak MB':>9}  wrong")
    met = True
    for name in names:
        cube = table_named(name)
        marked = primary(cube, Rules())
        wall, cpu = time.perf_counter(), time.process_time()
        found = suppress(cube, marked, width=WIDTH)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        wrong = wrong_certificates(cube, found)
        print(
            f"{name:12}{len(cells(cube)):>9,}{int(marked.sum()):>9,}{int(found.mask.sum()):>9,}{wall:>9.2f}{cpu:>8.2f}{SECONDS[name]:>6.0f}"
            f"{len(found.certificates):>8,}{found.programs:>10,}{tables.peak_megabytes():>9.0f}  {wrong}",
            flush=True,
        )
        met &= wrong == 0 and cpu <= SECONDS[name]
    return met


def wrong_certificates(cube: Cube, found: Suppressed) -> int:
    """Certificates that do not prove what they say, and primaries that have none."""
    truth, shown = margins(cube, cube.atoms), ~hidden(cube) & ~found.mask
    proved, wrong = np.zeros(len(truth), dtype=bool), 0
    for certificate in found.certificates:
        table = certificate.table(cube)
        moved = margins(cube, table) - truth
        good = (table >= 0).all() and not moved[shown].any() and (np.abs(moved[certificate.proves]) >= found.width).all()
        wrong += not good
        proved[certificate.proves] |= bool(good)
    return wrong + int((found.primary & ~proved).sum())


def fewest(areas: int = 3, wards: int = 12, ages: int = 19) -> bool:
    """Hold a two-way table against a lower bound on the cells that must be withheld."""
    cube = tables.cube_of("two", (tables.places(areas, wards), tables.plain("age", ages)), mean=4, seed=1)
    cube = replace(cube, zeros="shown")
    marked = primary(cube, Rules())
    found = suppress(cube, marked, width=WIDTH)
    bound = least_that_must_be(cube, marked)
    withheld = int(found.mask.sum())
    more = withheld / bound - 1
    print(f"{len(cells(cube)):,} cells, {int(marked.sum())} primary: {withheld} withheld; at least {bound} must be ({more:.1%} more)")
    return withheld <= 1.01 * bound


def least_that_must_be(cube: Cube, marked: np.ndarray) -> int:
    """A lower bound on withheld cells, for two dimensions and primaries under the width.

    A primary must be able to rise by the width. How far it can, given which share of each cell is withheld, is a linear program; where it
    falls short, its dual is a row that every choice of cells must satisfy. The linear program over all such rows bounds the choice from
    below. In two dimensions no cell need move by more than the width, which bounds the shares.
    """
    values, shown_zero = margins(cube, cube.atoms), (margins(cube, cube.atoms) == 0) & ~marked
    candidates = np.flatnonzero(~marked & ~shown_zero)
    room = np.where(shown_zero, 0, WIDTH), np.where(shown_zero, 0, np.minimum(np.maximum(values - 1, 0), WIDTH))
    flow = _flow(equations(cube).matrix, len(values))
    chosen, rows = np.zeros(len(values)), []
    chosen[marked] = 1
    for _ in range(ROUNDS):
        added = [row for cell in np.flatnonzero(marked).tolist() if (row := _short(flow, cell, chosen, room, marked)) is not None]
        if not added:
            break
        rows.extend(added)
        chosen[candidates] = _cheapest(rows, candidates)
    return int(np.ceil(chosen.sum() - ENOUGH))


def _flow(matrix: sparse.csr_array, size: int) -> highspy.Highs:
    model, columns = highspy.HighsLp(), sparse.csc_array(sparse.hstack([matrix, -matrix]))
    model.num_row_, model.num_col_ = columns.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = (np.zeros(2 * size) for _ in range(3))
    model.row_lower_, model.row_upper_ = np.zeros(columns.shape[0]), np.zeros(columns.shape[0])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = columns.indptr, columns.indices
    model.a_matrix_.value_ = columns.data.astype(float)
    return _solver(model)


def _short(
    flow: highspy.Highs, cell: int, chosen: np.ndarray, room: tuple[np.ndarray, np.ndarray], marked: np.ndarray
) -> np.ndarray | None:
    """The row that says how much more must be withheld for a cell to rise by the width; None if it can."""
    size = len(chosen)
    most = np.concatenate([room[0] * chosen, room[1] * chosen])
    most[size + cell] = 0
    costs = np.zeros(2 * size)
    costs[cell] = -1
    every = np.arange(2 * size, dtype=np.int32)
    flow.changeColsBounds(2 * size, every, np.zeros(2 * size), most)
    flow.changeColsCost(2 * size, every, costs)
    flow.run()
    if -flow.getInfo().objective_function_value >= WIDTH - ENOUGH:
        return None
    worth = np.maximum(-np.array(flow.getSolution().col_dual), 0)
    worth = worth[:size] * room[0] + np.where(np.arange(size) == cell, 0, worth[size:] * room[1])
    needed = WIDTH - worth[marked].sum()
    row = np.append(np.minimum(np.where(marked, 0, worth), needed), needed)
    return np.asarray(row, dtype=float)


def _cheapest(rows: Sequence[np.ndarray], candidates: np.ndarray) -> np.ndarray:
    stacked = np.array(rows)
    matrix = sparse.csr_array(stacked[:, candidates])
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = np.ones(len(candidates)), np.zeros(len(candidates)), np.ones(len(candidates))
    model.row_lower_, model.row_upper_ = stacked[:, -1], np.full(len(rows), highspy.kHighsInf)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver = _solver(model)
    solver.run()
    return np.array(solver.getSolution().col_value)


def _solver(model: highspy.HighsLp) -> highspy.Highs:
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
        solver.setOptionValue(option, value)
    solver.passModel(model)
    return solver
