"""Primary rules: which cells of a cube may not be shown for their own sake, before anything is withheld to protect them.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sightline.disclosure.cubes import Cells, Cube, CubeProblems, Table, cells, hidden, margins

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """What makes a cell primary.

    Args:
        threshold: A cell with fewer contributors than this may not be shown.
        unit: Whom the threshold counts: siblings are one family, and speak to each other.
        dominance: A cell may not be shown where all but its two largest contributors make less than this share of the largest: the
            second could work out the first. None: contributors count once each, and the threshold is enough.
        tells: Dimensions that tell something of a child (what happened, not where or when): a group that is all in one code of them is
            told of as a whole.
        single_homes: For dimensions of places, the codes with one home only: whatever is said of them is said of that home.
    """

    threshold: int = 5
    unit: Literal["child", "family"] = "child"
    dominance: float | None = None
    tells: tuple[str, ...] = ()
    single_homes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Behind:
    """Who is behind each cell, in the flat order, as counting found it; None where nobody counted.

    Args:
        children: Distinct children.
        families: Distinct families.
        largest: The most that one contributor adds to the cell.
        second: The most that any other one adds.
    """

    children: Counts | None = None
    families: Counts | None = None
    largest: Counts | None = None
    second: Counts | None = None


def primary(cube: Cube, rules: Rules, behind: Behind | None = None) -> Mask:
    """Mark the cells, served or hidden, that may not be shown for their own sake.

    A hidden cell (a common piece of areas that do not nest) is marked where it is small and not zero: nobody shows it, and nobody may
    be able to work it out.

    Raises:
        CubeProblems: If a rule needs what nobody counted, or names what the cube does not have.
    """
    known = behind or Behind()
    problems = [*_problems(cube, rules, known)]
    if problems:
        raise CubeProblems(problems)
    listed, values = cells(cube), margins(cube, cube.atoms)
    contributors = _contributors(cube, rules, known)
    unseen = hidden(cube)
    least = np.where(unseen | (cube.zeros == "shown"), 1, 0)
    marked = (contributors < rules.threshold) & (values >= least)
    if rules.dominance is not None and known.largest is not None and known.second is not None:
        marked |= (values > 0) & (values - known.largest - known.second < rules.dominance * known.largest) & ~unseen
    for dimension in rules.tells:
        marked |= _told_of_as_a_whole(cube, listed, dimension, values) & ~unseen
    for dimension, codes in rules.single_homes.items():
        marked |= _of_codes(listed, dimension, codes) & ~unseen
    return np.asarray(marked, dtype=bool)


def singletons(cube: Cube, rules: Rules, behind: Behind | None = None) -> Mask:
    """Cells with one contributor only (one child, or one family of siblings), who knows the figure and can take it away from others."""
    known = behind or Behind()
    problems = [*_problems(cube, rules, known)]
    if problems:
        raise CubeProblems(problems)
    return np.asarray(_contributors(cube, rules, known) == 1, dtype=bool) & (margins(cube, cube.atoms) > 0)


def _problems(cube: Cube, rules: Rules, known: Behind) -> Iterator[str]:
    size = len(cells(cube))
    for name in ("children", "families", "largest", "second"):
        counted = getattr(known, name)
        if counted is not None and counted.shape != (size,):
            yield f"{cube.id} has {size} cells, and {name} of {counted.size}."
    if rules.unit == "family" and known.families is None:
        yield f"{cube.id} is to be protected by families, and nobody counted them."
    if rules.dominance is not None and (known.largest is None or known.second is None):
        yield f"{cube.id} is to be protected from dominance, and nobody counted the two largest contributors."
    names = {dimension.name: dimension for dimension in cube.dimensions}
    for name in rules.tells:
        if name not in names:
            yield f"{cube.id} has no dimension {name}, by which groups of 0% and 100% are to be looked for."
    for name, codes in rules.single_homes.items():
        missing = [code for code in codes if name not in names or code not in names[name].codes]
        for code in missing:
            yield f'{cube.id} has no {name} "{code}", which is to be protected as a single home.'


def _contributors(cube: Cube, rules: Rules, known: Behind) -> Counts:
    """Distinct contributors of each cell; where only those of atoms are known, as many as the cell has for certain."""
    if rules.unit == "family" and known.families is not None:
        return known.families
    if known.children is not None:
        return known.children
    if cube.contributors is None:
        return margins(cube, cube.atoms)
    return _largest_of_atoms(cube, cube.contributors)


def _largest_of_atoms(cube: Cube, contributors: Counts) -> Counts:
    """The most contributors of any atom of each cell: one child may be in several atoms, so their sum may count it again."""
    found = []
    for table in cells(cube).tables:
        others = tuple(axis for axis in range(len(cube.dimensions)) if axis not in table.dimensions)
        values = contributors.max(axis=others) if others else contributors
        for axis, each in enumerate(table.dimensions):
            membership = cube.dimensions[each].membership
            first = np.moveaxis(values, axis, 0)[membership.indices]
            values = np.moveaxis(np.maximum.reduceat(first, membership.indptr[:-1], axis=0), 0, axis)
        found.append(np.asarray(values, dtype=np.int64).ravel())
    return np.concatenate(found)


def _told_of_as_a_whole(cube: Cube, listed: Cells, dimension: str, values: Counts) -> Mask:
    """In groups that are all in one code: that code, and those nobody is in, which tell the same of everybody."""
    marked = np.zeros(len(listed), dtype=bool)
    for table in listed.tables:
        axis = _axis(listed, table, dimension)
        if axis is None:
            continue
        broken_down = cube.dimensions[table.dimensions[axis]]
        inside = np.moveaxis(values[table.cells].reshape(table.shape), axis, 0)
        whole = inside[: len(broken_down.leaves)].sum(axis=0)
        is_part = np.diff(broken_down.membership.indptr) < len(broken_down.leaves)
        part = is_part.reshape(-1, *([1] * (inside.ndim - 1)))
        full = (part & (inside == whole)).any(axis=0) & (whole > 0)
        found = part & full & ((inside == whole) | (inside == 0))
        marked[table.cells] = np.moveaxis(found, 0, axis).ravel()
    return marked


def _of_codes(listed: Cells, dimension: str, codes: tuple[str, ...]) -> Mask:
    marked = np.zeros(len(listed), dtype=bool)
    for table in listed.tables:
        axis = _axis(listed, table, dimension)
        if axis is None:
            continue
        places = [listed.dimensions[table.dimensions[axis]].codes.index(code) for code in codes]
        chosen = np.zeros(table.shape, dtype=bool)
        np.moveaxis(chosen, axis, 0)[places] = True
        marked[table.cells] = chosen.ravel()
    return marked


def _axis(listed: Cells, table: Table, dimension: str) -> int | None:
    names = [listed.dimensions[each].name for each in table.dimensions]
    return names.index(dimension) if dimension in names else None
