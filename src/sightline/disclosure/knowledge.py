"""What a reader of a release knows of each cell: between which whole numbers it lies.

Nothing here knows how a release was made. Rounded and withheld releases are both read as intervals, so that one auditor attacks both,
and every other source (an earlier release, a linked cube, a total published elsewhere) narrows the same intervals.

Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sightline.disclosure.cubes import Cells, Cube, CubeProblems, KnownTotal, Table, cells, hidden, margins, words

Counts = NDArray[np.int64]

Mask = NDArray[np.bool_]

UNBOUNDED = 1 << 40
"""Stands for "as many as you like": far above any count of children, far below what 64 bits hold when added up."""
SMALL = 10
"""Counts under this are small, as at the gate (docs/methods/rounding-and-withholding.md)."""

Changes = Literal["none", "added", "removed", "any"]
"""What a reader may take for granted of the counts between two releases: the same counts, only late records added (or only taken away, as
by a withdrawn return), or anything."""


@dataclass(frozen=True, eq=False)
class Told:
    """What one release tells: for every cell of its cube, in the flat order, the least and the most that it may be.

    Args:
        protected: Cells whose interval a reader must not be able to make narrow.
        band: How far the smallest band ("0 to 4") of a rounded release reaches; None where there are no bands. What lies in it cannot
            have a wider interval than the band itself.
        small: Counts under this are small: also in tables that are not served.
        shown: The number shown for each cell, where numbers are shown that add up; None where they are told exactly or not at all.
    """

    cube: Cube
    low: Counts
    high: Counts
    protected: Mask
    band: int | None = None
    small: int = SMALL
    shown: Counts | None = None


@dataclass(frozen=True, eq=False)
class Earlier:
    """A release that readers already have; its cube holds the counts as they were then."""

    told: Told
    changes: Changes


def told_by_rounding(cube: Cube, shown: Counts, *, base: int = 5, error: int | None = None, small: int = SMALL) -> Told:
    """What rounded figures tell: each atom lies within a base of what it was rounded to, each cell within ``error``; no count is negative.

    Where filters answer from atoms, declare the finest table as served, or what they tell is left out here.

    Args:
        shown: The number shown for every cell, in the flat order.
        error: The largest error that the method names for cells; one less than the base when omitted.
    """
    atom = base - 1
    off = np.minimum(margins(cube, np.full(cube.atoms.shape, atom, dtype=np.int64)), atom if error is None else error)
    served, truth = ~hidden(cube), margins(cube, cube.atoms)
    low, high = np.where(served, np.maximum(shown - off, 0), 0), np.where(served, shown + off, UNBOUNDED)
    return Told(cube, low, high, _small(cube, truth, small) | _slivers(cube, truth, small), atom, small, shown)


def told_by_withholding(cube: Cube, withheld: Mask, protected: Mask, *, least: int = 0, small: int = SMALL) -> Told:
    """What unrounded figures with some withheld tell: every other cell exactly, and of a withheld one that it is at least ``least``.

    Args:
        withheld: Every cell that is not shown, for whatever reason.
        protected: Those that had to be withheld for their own sake (the primaries).
        least: 1 where readers know that every zero is shown.
    """
    truth, served = margins(cube, cube.atoms), ~hidden(cube)
    open_ = withheld | ~served
    low = np.where(open_, np.where(served, least, 0), truth)
    return Told(cube, low, np.where(open_, UNBOUNDED, truth), protected | _slivers(cube, truth, small), None, small)


def _small(cube: Cube, truth: Counts, small: int) -> Mask:
    """Served cells that rounding must protect: small ones, with the zeros where those are shown as small."""
    least = 0 if cube.zeros == "with_small" else 1
    return (truth < small) & (truth >= least) & ~hidden(cube)


def _slivers(cube: Cube, truth: Counts, small: int) -> Mask:
    """Small cells that are counted with and never served: the common pieces of areas that do not nest."""
    return (truth < small) & (truth > 0) & hidden(cube)


def widened(cube: Cube, others: Iterable[Sequence[str]] = ()) -> Cube:
    """The same counts with more tables to reason about: those named, and the finest one that can be made of all dimensions in use.

    Without the finest table a reader's knowledge that no atom is negative would be lost. Dimensions that no table uses are summed over.
    """
    order = [dimension.name for dimension in cube.dimensions]
    wanted = [frozenset(table) for table in (*cube.served, *others)]
    used = frozenset().union(*wanted)
    kept = [place for place, name in enumerate(order) if name in used]
    gone = tuple(place for place, name in enumerate(order) if name not in used)
    extra = [table for table in dict.fromkeys([*wanted, used]) if table not in {frozenset(each) for each in cube.served}]
    return replace(
        cube,
        dimensions=tuple(cube.dimensions[place] for place in kept),
        atoms=cube.atoms.sum(axis=gone, dtype=np.int64) if gone else cube.atoms,
        contributors=None,
        served=(*cube.served, *(tuple(name for name in order if name in table) for table in extra)),
    )


def expressed(listed: Cells, on: Cube) -> NDArray[np.intp]:
    """Where each cell of another cube stands in the flat order of this one, found by the names of dimensions and codes.

    Raises:
        CubeProblems: If this cube has no such table or code; a release that cannot be linked must not pass for one that was.
    """
    goal = cells(on)
    tables = {frozenset(on.dimensions[each].name for each in table.dimensions): table for table in goal.tables}
    found = []
    for table in listed.tables:
        names = [listed.dimensions[each].name for each in table.dimensions]
        if frozenset(names) not in tables:
            raise CubeProblems([f"{on.id} has no table of {' by '.join(names) or 'the total'}, which is to be linked with it."])
        found.append(_places_in(listed, table, goal, tables[frozenset(names)], on.id))
    return np.concatenate(found)


def _places_in(listed: Cells, table: Table, goal: Cells, into: Table, cube: str) -> NDArray[np.intp]:
    if not table.dimensions:
        return np.array([into.start], dtype=np.intp)
    by_name = {listed.dimensions[each].name: axis for axis, each in enumerate(table.dimensions)}
    grids = np.indices(table.shape).reshape(len(table.shape), -1)
    places = []
    for each in into.dimensions:
        dimension = goal.dimensions[each]
        axis = by_name[dimension.name]
        place = {code: index for index, code in enumerate(dimension.codes)}
        codes = listed.dimensions[table.dimensions[axis]].codes
        missing = [code for code in codes if code not in place]
        if missing:
            raise CubeProblems([f'{cube} has no code "{code}" of {dimension.name}, which is to be linked with it.' for code in missing])
        places.append(np.array([place[code] for code in codes], dtype=np.intp)[grids[axis]])
    return np.asarray(np.ravel_multi_index(tuple(places), into.shape), dtype=np.intp) + into.start


def known_outside(cube: Cube, totals: Iterable[KnownTotal]) -> tuple[NDArray[np.intp], Counts, Counts]:
    """Cells of totals published elsewhere, with the least and the most that those say.

    Raises:
        CubeProblems: If a total is of a cell that this cube cannot make.
    """
    listed, places, low, high = cells(cube), [], [], []
    for total in totals:
        try:
            places.append(listed.index(total.cell))
        except KeyError as problem:
            raise CubeProblems([f"{total.source} gives {words(total.cell)}: {problem.args[0]}."]) from None
        low.append(max(total.value - total.within, 0))
        high.append(total.value + total.within)
    return np.array(places, dtype=np.intp), np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)
