"""What suppression reasons about: every cell of a cube down to its finest table, how they add up, and how far each may be from the truth.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.cubes import Cells, Cube, Equations, cells, equations, hidden, margins

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]
Floats = NDArray[np.float64]

UNBOUNDED = 1 << 40


@dataclass(frozen=True, eq=False)
class System:
    """Cells in the flat order of the cube, then those of tables that are only counted with; all arrays are as long.

    Args:
        least: The most that a cell may fall, as a number that is not positive.
        most: The most that it may rise.
        unseen: Cells that nobody is shown: nothing holds them where they are.
        shown: Cells that are always shown: zeros, where zeros are shown as such. Many are known to be impossible, so a reader would
            not believe a table in which they are not zero.
        size: How many cells the cube itself has.
    """

    cube: Cube
    listed: Cells
    matrix: sparse.csr_array
    values: Counts
    least: Counts
    most: Counts
    unseen: Mask
    shown: Mask
    size: int
    finest: slice


def system_of(cube: Cube, primary: Mask) -> System:
    """The system of a cube: with its finest table, without which it would be forgotten that no atom is negative."""
    size = len(cells(cube))
    whole = _with_every_known_cell(cube)
    listed = cells(whole)
    values = margins(whole, whole.atoms)
    unseen = hidden(whole)
    unseen[size:] = True
    marked = np.zeros(len(listed), dtype=bool)
    marked[:size] = primary
    zeros_shown = whole.zeros == "shown"
    shown = (values == 0) & ~unseen & ~marked if zeros_shown else np.zeros(len(listed), dtype=bool)
    floor = np.where(~unseen & (values > 0) & zeros_shown, 1, 0)
    least, most = floor - values, np.full(len(listed), UNBOUNDED, dtype=np.int64)
    for total in whole.outside:
        index = listed.index(total.cell)
        least[index] = max(least[index], total.value - total.within - values[index])
        most[index] = min(most[index], total.value + total.within - values[index])
    least[shown], most[shown] = 0, 0
    finest = next(table for table in listed.tables if len(table.dimensions) == len(whole.dimensions))
    matrix = _one_for_each_whole(equations(whole))
    return System(whole, listed, matrix, values, np.minimum(least, 0), most, unseen, shown, size, finest.cells)


def _one_for_each_whole(all_: Equations) -> sparse.csr_array:
    """Of the ways in which a cell is a sum of others, the one with fewest parts: all others follow from these, and slow programs down."""
    shortest = np.lexsort((np.diff(all_.matrix.indptr), all_.wholes))
    _, first = np.unique(all_.wholes[shortest], return_index=True)
    return sparse.csr_array(all_.matrix[np.sort(shortest[first])])


def _with_every_known_cell(cube: Cube) -> Cube:
    order = [dimension.name for dimension in cube.dimensions]
    wanted = [frozenset(name for name, _ in total.cell) for total in cube.outside] + [frozenset(order)]
    served = {frozenset(table) for table in cube.served}
    extra = [tuple(name for name in order if name in names) for names in dict.fromkeys(wanted) if names not in served]
    return replace(cube, served=(*cube.served, *extra))
