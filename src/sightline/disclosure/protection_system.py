"""What suppression reasons about: every cell of a cube down to its finest table, how they add up, and how far each may be from the truth.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.cubes import Cells, Cube, Dimension, cells, equations, hidden, margins

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

UNBOUNDED = 1 << 40
CARRIERS = 3
"""So many of the finest codes stand for a group where its own sum is what is to be moved."""
CARRIERS_OF_ALL = 8
MOST_AT_ONCE = 4000
"""A cube with at most so many cells is one neighbourhood."""


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
    return System(whole, listed, equations(whole).matrix, values, np.minimum(least, 0), most, unseen, shown, size, finest.cells)


def _with_every_known_cell(cube: Cube) -> Cube:
    order = [dimension.name for dimension in cube.dimensions]
    wanted = [frozenset(name for name, _ in total.cell) for total in cube.outside] + [frozenset(order)]
    served = {frozenset(table) for table in cube.served}
    extra = [tuple(name for name in order if name in names) for names in dict.fromkeys(wanted) if names not in served]
    return replace(cube, served=(*cube.served, *extra))


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Cells that may move together, all others staying where they are, and the primaries to be protected by moving them.

    Args:
        wider: Cells that may move where those are not enough.
    """

    cells: Places
    targets: Places
    wider: Places


def neighbourhoods(system: System, targets: Places, is_open: Mask) -> Iterator[Neighbourhood]:
    """Neighbourhoods for all targets, the finest level first, so that coarser ones find what is already withheld below them.

    Args:
        is_open: Withheld so far; read when a neighbourhood is asked for, and so as it is by then.
    """
    if len(system.listed) <= MOST_AT_ONCE:
        every = np.arange(len(system.listed))
        yield Neighbourhood(every, targets, every)
        return
    longest = int(np.argmax([len(dimension.leaves) for dimension in system.cube.dimensions]))
    codes = _codes_along(system, longest)
    dimension = system.cube.dimensions[longest]
    place = {code: index for index, code in enumerate(dimension.codes)}
    parts = {place[group.code]: [place[part] for part in group.parts] for group in dimension.groups}
    parent = {part: group for group, inside in reversed(parts.items()) for part in inside}
    sizes = np.diff(dimension.membership.indptr)
    by_group: dict[int, list[int]] = {}
    for target in targets.tolist():
        code = int(codes[target])
        is_top = code in parts and code not in parent and sizes[code] < len(dimension.leaves)
        by_group.setdefault(code if is_top else parent.get(code, -1), []).append(target)
    for group in sorted(by_group, key=lambda each: (each < 0, sizes[each] if each >= 0 else 0, each)):
        room = np.bincount(codes[(codes >= 0) & is_open & (system.values > 0)], minlength=len(place)).astype(np.int64)
        inside, wider = (_touching(dimension, codes, leaves) for leaves in _leaves_around(dimension, parts.get(group), room))
        yield Neighbourhood(inside, np.array(by_group[group], dtype=np.intp), wider)


def _touching(dimension: Dimension, codes: NDArray[np.intp], leaves: Places) -> Places:
    """Cells whose code holds any of the leaves."""
    touched = np.diff(dimension.membership[:, leaves].indptr) > 0
    return np.flatnonzero((codes < 0) | touched[codes])


def _codes_along(system: System, dimension: int) -> NDArray[np.intp]:
    """The code of each cell in one dimension; -1 where it is summed over."""
    found = np.full(len(system.listed), -1, dtype=np.intp)
    for table in system.listed.tables:
        if dimension in table.dimensions:
            axis = table.dimensions.index(dimension)
            found[table.cells] = np.indices(table.shape)[axis].ravel()
    return found


def _leaves_around(dimension: Dimension, parts: list[int] | None, room: NDArray[np.int64]) -> tuple[Places, Places]:
    """The finest codes by which the parts of a group are moved, and those that may be needed besides.

    Args:
        parts: None for codes that are in no group.
        room: How many cells of each code are withheld and not zero.
    """
    membership = dimension.membership
    of = [membership.indices[start:end] for start, end in zip(membership.indptr[:-1], membership.indptr[1:], strict=True)]
    every = np.arange(len(dimension.leaves))
    if parts is None:
        return _best(every, room, CARRIERS_OF_ALL), every
    own = np.unique(np.concatenate([of[part] for part in parts]))
    if not dimension.overlapping:
        return np.unique(np.concatenate([_best(of[part], room, CARRIERS) for part in parts])), own
    sizes = np.diff(membership.indptr)
    near = np.flatnonzero((np.diff(membership[:, own].indptr) > 0) & (sizes < len(every)))
    # Areas much larger than the group hold many others, which are protected in neighbourhoods of their own.
    alike = near[sizes[near] <= 2 * len(own)]
    inside, wider = (np.unique(np.concatenate([own, *(of[code] for code in chosen)])) for chosen in (alike, near))
    return inside, wider


def _best(leaves: Places, room: NDArray[np.int64], many: int) -> Places:
    return np.sort(leaves[np.argsort(-room[leaves], kind="stable")[:many]])
