"""Everything a reader knows at once, as one set of sums with intervals: this release, others of the same counts, totals known elsewhere,
and an earlier release whose counts differ by what changed since.

Two releases are read as three tables: the counts then, what changed, and the counts now, each cell of which is the sum of the other two.
What readers take for granted of the change (late records only add) becomes its interval.

Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.cubes import (
    CellName,
    Cells,
    Cube,
    CubeProblems,
    Dimension,
    KnownTotal,
    aggregation,
    cells,
    equations,
    margins,
    words,
)
from sightline.disclosure.knowledge import UNBOUNDED, Counts, Earlier, Mask, Told, expressed, known_outside, widened

NOT_SHOWN = -1
CHANGE_LOW = {"none": 0, "added": 0, "removed": -UNBOUNDED, "any": -UNBOUNDED}
CHANGE_HIGH = {"none": 0, "added": UNBOUNDED, "removed": 0, "any": UNBOUNDED}


@dataclass(frozen=True, eq=False)
class Reading:
    """What is known of the cells of one cube at one time, in the flat order of the cube with all tables needed to reason about it.

    ``needs`` says over how many whole numbers, less one, each cell's interval must reach; 0 where nothing is asked. ``shown`` is what the
    first release shows of each cell, or NOT_SHOWN.
    """

    cube: Cube
    low: Counts
    high: Counts
    needs: Counts
    shown: Counts


@dataclass(frozen=True, eq=False)
class System:
    """Sums between cells, cells as sums of unknowns (each counted once), intervals, and the true unknowns.

    ``blocks`` names whose cells follow each other.
    """

    listed: Cells
    blocks: tuple[str, ...]
    equations: sparse.csr_array
    sums: sparse.csr_array
    low: Counts
    high: Counts
    needs: Counts
    truth: Counts
    atoms: NDArray[np.intp]
    """Where each unknown stands among the cells."""
    neighbourhoods: NDArray[np.intp]
    """Which block each unknown is in, for a search block by block."""
    shown: Counts | None
    """The unknowns as what is shown would have them; None where it does not tell all of them."""

    @property
    def size(self) -> int:
        """How many cells each block has."""
        return len(self.needs) // len(self.blocks)

    def named(self, index: int) -> tuple[CellName, str]:
        """The name of a cell, and the block it is in."""
        block, place = divmod(index, self.size)
        return self.listed.name(place), self.blocks[block]

    def words(self, index: int) -> str:
        """A cell as messages name it, with the block it is in if that is not this release."""
        name, block = self.named(index)
        return words(name) if block == "this" else f"{words(name)} ({block})"


# One time


def reading(released: Sequence[Told], outside: Sequence[KnownTotal], *, tables: Sequence[Sequence[str]] = (), width: int) -> Reading:
    """Put together what releases of the same counts, the first of them with the truth, and totals known elsewhere say.

    Args:
        tables: More tables that are needed to reason about, as sets of dimensions.
        width: How far a protected interval must reach.
    """
    wide = widened(released[0].cube, [*tables, *_tables(released[1:]), *(tuple(name for name, _ in total.cell) for total in outside)])
    size = len(cells(wide))
    low, high, needs = np.zeros(size, dtype=np.int64), np.full(size, UNBOUNDED, dtype=np.int64), np.zeros(size, dtype=np.int64)
    shown, unserved = np.full(size, NOT_SHOWN), np.ones(size, dtype=bool)
    if released[0].shown is not None:
        shown[expressed(cells(released[0].cube), wide)] = released[0].shown
    for each in released:
        _as_shaped(each)
        places = expressed(cells(each.cube), wide)
        np.maximum.at(low, places, each.low)
        np.minimum.at(high, places, each.high)
        np.maximum.at(needs, places, _needs(each, width))
        unserved[places] = False
    needs = np.maximum(needs, _of_unserved(wide, unserved, released, width))
    places, least, most = known_outside(wide, outside)
    np.maximum.at(low, places, least)
    np.minimum.at(high, places, most)
    return Reading(wide, low, high, needs, shown)


def _tables(released: Sequence[Told]) -> Iterator[tuple[str, ...]]:
    for each in released:
        yield from each.cube.served


def _as_shaped(told: Told) -> None:
    size = len(cells(told.cube))
    if not all(len(each) == size for each in (told.low, told.high, told.protected)):
        raise CubeProblems([f"{told.cube.id} has {size} cells; what is told of it has another number of cells."])


def _needs(told: Told, width: int) -> Counts:
    """What is shown as the smallest band, or not at all, can be no wider than the band; all other protected cells need the width.

    What is not shown may lie inside what is: the common piece of three areas of which one is shown as "0 to 4".
    """
    banded = (told.high <= told.band) | (told.high >= UNBOUNDED) if told.band is not None else np.zeros(len(told.high), dtype=bool)
    return np.where(told.protected, np.where(banded, min(width, told.band or 0), width), 0)


def _of_unserved(wide: Cube, unserved: Mask, released: Sequence[Told], width: int) -> Counts:
    """Small cells of tables that nobody serves need protection too: that somebody is there must not follow from what is served.

    Where the releases protect nothing (every count may be known), nothing is asked of tables beyond them either.
    """
    truth = margins(wide, wide.atoms)
    few = unserved & (truth > 0) & (truth < max(each.small for each in released))
    protects = any(bool(each.protected.any()) for each in released)
    return np.where(few & protects, min([width, *(each.band for each in released if each.band is not None)]), 0)


def alone(read: Reading) -> System:
    """The system of one time."""
    listed, atoms = cells(read.cube), _atoms(read.cube)
    shown = read.shown[atoms]
    return System(
        listed=listed,
        blocks=("this",),
        equations=equations(read.cube).matrix,
        sums=aggregation(read.cube),
        low=read.low,
        high=read.high,
        needs=read.needs,
        truth=read.cube.atoms.ravel().astype(np.int64),
        atoms=atoms,
        neighbourhoods=_neighbourhoods(read.cube),
        shown=None if (shown == NOT_SHOWN).any() else shown,
    )


def _atoms(cube: Cube) -> NDArray[np.intp]:
    """The finest cells, in the order of atoms."""
    finest = max(cells(cube).tables, key=lambda table: len(table.dimensions))
    if not finest.dimensions:
        return np.array([finest.start], dtype=np.intp)
    leaves = np.ix_(*(np.arange(len(cube.dimensions[each].leaves)) for each in finest.dimensions))
    return np.asarray(np.ravel_multi_index(leaves, finest.shape).ravel(), dtype=np.intp) + finest.start


def _neighbourhoods(cube: Cube) -> NDArray[np.intp]:
    """Atoms whose leaves have the same largest group directly above them, in the dimension where that makes the most blocks."""
    best = np.zeros(cube.atoms.shape, dtype=np.intp)
    for axis, dimension in enumerate(cube.dimensions):
        blocks = _above(dimension)
        if len(np.unique(blocks)) > len(np.unique(best)):
            best = np.broadcast_to(blocks.reshape([-1 if axis == other else 1 for other in range(cube.atoms.ndim)]), cube.atoms.shape)
    return best.ravel()


def _above(dimension: Dimension) -> NDArray[np.intp]:
    places = {leaf: place for place, leaf in enumerate(dimension.leaves)}
    sizes = np.diff(dimension.membership.indptr)[len(dimension.leaves) :]
    found = np.zeros(len(dimension.leaves), dtype=np.intp)
    for number in np.argsort(sizes, kind="stable").tolist():
        found[[places[part] for part in dimension.groups[number].parts if part in places]] = number + 1
    return found


# Two times


def pair(now: Reading, earlier: Earlier, width: int) -> System:
    """The system of a release and an earlier one: this, then, and what changed."""
    before = _on(now, earlier, width)
    one = alone(now)
    size, atoms = len(one.listed), one.sums.shape[1]
    same = sparse.eye_array(size, dtype=np.int64, format="csr")
    nothing = sparse.csr_array((size, atoms), dtype=np.int64)
    linked = sparse.hstack([same, -same, -same], format="csr")
    three = sparse.block_diag([one.equations] * 3, format="csr")
    truth_before = before.cube.atoms.ravel().astype(np.int64)
    stacked = ([one.sums, one.sums], [one.sums, nothing], [nothing, one.sums])
    change = one.sums @ (one.truth - truth_before)
    shown_before = before.shown[one.atoms]
    return System(
        listed=one.listed,
        blocks=("this", "earlier release", "change"),
        equations=sparse.csr_array(sparse.vstack([three, linked], format="csr")),
        sums=sparse.csr_array(sparse.vstack([sparse.hstack(row) for row in stacked])),
        low=np.concatenate([now.low, before.low, np.full(size, CHANGE_LOW[earlier.changes])]),
        high=np.concatenate([now.high, before.high, np.full(size, CHANGE_HIGH[earlier.changes])]),
        needs=np.concatenate([now.needs, before.needs, _small_changes(change, now, before, width)]),
        truth=np.concatenate([truth_before, one.truth - truth_before]),
        atoms=np.concatenate([one.atoms + size, one.atoms + 2 * size]),
        neighbourhoods=np.tile(one.neighbourhoods, 2),
        shown=None if one.shown is None or (shown_before == NOT_SHOWN).any() else np.concatenate([shown_before, one.shown - shown_before]),
    )


def _on(now: Reading, earlier: Earlier, width: int) -> Reading:
    """The earlier release, read on the tables of this one."""
    before = reading([earlier.told], (), tables=now.cube.served, width=width)
    if before.cube.dimensions != now.cube.dimensions:
        raise CubeProblems([f"{earlier.told.cube.id} was made of other codes than {now.cube.id}: give both the same finest codes."])
    places = expressed(cells(before.cube), now.cube)
    size = len(cells(now.cube))
    low, high, needs = np.zeros(size, dtype=np.int64), np.full(size, UNBOUNDED, dtype=np.int64), np.zeros(size, dtype=np.int64)
    low[places], high[places], needs[places] = before.low, before.high, before.needs
    shown = np.full(size, NOT_SHOWN)
    shown[places] = before.shown
    return Reading(Cube(before.cube.id, now.cube.dimensions, before.cube.atoms, served=now.cube.served), low, high, needs, shown)


def _small_changes(change: Counts, now: Reading, before: Reading, width: int) -> Counts:
    """A change of one to four children, of a cell that both releases say something about, must not be readable exactly."""
    both = (now.high < UNBOUNDED) & (before.high < UNBOUNDED)
    return np.where(both & (change != 0) & (np.abs(change) < width), 1, 0)
