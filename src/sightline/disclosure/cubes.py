"""Declared cubes: every table that may be published together, as the atoms it is made of and the sums that are served of them.

An *atom* is a combination of the finest codes (leaves) of all dimensions. A *cell* is a sum of atoms that is served: one code, leaf or
group, of each dimension of a served table, summed over all other dimensions. Cells have a flat order (table by table, as served; within
a table the last dimension runs fastest), in which margins, masks and equations are given.

Codes that are counted with and never served (the common pieces of areas that do not nest) are cells too, so that the equations hold
between cells; `hidden` says which they are.

Method page: docs/methods/controlled-rounding.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.dimensions import CubeProblems, Dimension, Group, problems_of

__all__ = [
    "Cells",
    "Cube",
    "CubeProblems",
    "Dimension",
    "Equations",
    "Group",
    "KnownTotal",
    "Table",
    "aggregation",
    "atoms_of",
    "cells",
    "check",
    "equations",
    "hidden",
    "margins",
    "words",
]

CellName = tuple[tuple[str, str], ...]
"""Dimension and code, in the cube's order of dimensions; a dimension that is left out is summed over. ``()`` is the total."""

MOST = {"breakdown": 3, "geography": 1, "period": 1}
LISTED = 20
"""So many cells are listed one by one in a message; the rest are counted."""


@dataclass(frozen=True, slots=True)
class KnownTotal:
    """What an outsider knows of a cell from another publication: its count lies within ``within`` of ``value``."""

    cell: CellName
    value: int
    source: str
    within: int = 0


@dataclass(frozen=True, eq=False)
class Cube:
    """True counts of atoms, and which tables are served of them.

    Args:
        atoms: Counts, one axis for each dimension, as long as its leaves.
        contributors: Distinct children (or families) behind each atom; None where the counts are of them.
        served: The combinations of dimensions that are served as tables; ``()`` is the grand total.
        zeros: Whether a 0 is shown as such or in one band with small counts.
    """

    id: str
    dimensions: tuple[Dimension, ...]
    atoms: NDArray[np.int64]
    contributors: NDArray[np.int64] | None = None
    served: tuple[tuple[str, ...], ...] = ((),)
    zeros: Literal["shown", "with_small"] = "with_small"
    outside: tuple[KnownTotal, ...] = ()


# Cells


@dataclass(frozen=True, slots=True)
class Table:
    """One served table: the places of its dimensions in the cube, in order; its shape in codes; where its cells begin."""

    dimensions: tuple[int, ...]
    shape: tuple[int, ...]
    start: int

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def cells(self) -> slice:
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True)
class Cells:
    """The served cells of a cube in their flat order, and their names."""

    dimensions: tuple[Dimension, ...]
    tables: tuple[Table, ...]

    def __len__(self) -> int:
        return sum(table.size for table in self.tables)

    def name(self, index: int) -> CellName:
        """The name of a cell by its place in the flat order."""
        table, codes = self.codes(index)
        return tuple(
            (self.dimensions[each].name, self.dimensions[each].codes[code]) for each, code in zip(table.dimensions, codes, strict=True)
        )

    def codes(self, index: int) -> tuple[Table, tuple[int, ...]]:
        """The table a cell is in, and the place of its code in each dimension of that table."""
        for table in self.tables:
            if table.start <= index < table.start + table.size:
                return table, tuple(int(code) for code in np.unravel_index(index - table.start, table.shape))
        raise IndexError(f"There is no cell {index}: the cube serves {len(self)}.")

    def index(self, cell: CellName | Mapping[str, str]) -> int:
        """The place of a cell in the flat order.

        Raises:
            KeyError: If no served table has that cell.
        """
        wanted = dict(cell)
        for table in self.tables:
            if {self.dimensions[each].name for each in table.dimensions} == set(wanted):
                codes = [_place(self.dimensions[each], wanted[self.dimensions[each].name]) for each in table.dimensions]
                return table.start + (int(np.ravel_multi_index(codes, table.shape)) if codes else 0)
        raise KeyError(f"no table of {' by '.join(wanted) or 'the total'} is served")


@lru_cache(maxsize=256)
def _places(dimension: Dimension) -> dict[str, int]:
    return {code: index for index, code in enumerate(dimension.codes)}


def _place(dimension: Dimension, code: str) -> int:
    try:
        return _places(dimension)[code]
    except KeyError:
        raise KeyError(f'{dimension.name} has no code "{code}"') from None


def cells(cube: Cube) -> Cells:
    """The served cells of a cube in their flat order."""
    places = {dimension.name: index for index, dimension in enumerate(cube.dimensions)}
    tables, start = [], 0
    for names in cube.served:
        dimensions = tuple(sorted(places[name] for name in names))
        table = Table(dimensions, tuple(len(cube.dimensions[each].codes) for each in dimensions), start)
        tables.append(table)
        start += table.size
    return Cells(cube.dimensions, tuple(tables))


def hidden(cube: Cube) -> NDArray[np.bool_]:
    """Which cells, in the flat order, are counted with and never served."""
    found = []
    for table in cells(cube).tables:
        mask = np.zeros(table.shape, dtype=bool)
        for axis, each in enumerate(table.dimensions):
            dimension = cube.dimensions[each]
            gone = np.isin(np.array(dimension.codes), np.array(dimension.hidden, dtype=str))
            mask |= gone.reshape([-1 if axis == other else 1 for other in range(len(table.shape))])
        found.append(mask.ravel())
    return np.concatenate(found)


def atoms_of(cube: Cube, cell: CellName | Mapping[str, str]) -> NDArray[np.intp]:
    """The atoms that a cell is the sum of, served or not, as ascending indices into ``atoms.ravel()``."""
    wanted = dict(cell)
    chosen = []
    for dimension in cube.dimensions:
        if dimension.name in wanted:
            membership = dimension.membership
            row = _place(dimension, wanted.pop(dimension.name))
            chosen.append(membership.indices[membership.indptr[row] : membership.indptr[row + 1]])
        else:
            chosen.append(np.arange(len(dimension.leaves)))
    if wanted:
        raise KeyError(f"the cube has no dimension {', '.join(wanted)}")
    return np.ravel_multi_index(np.ix_(*chosen), cube.atoms.shape).ravel() if chosen else np.zeros(1, dtype=np.intp)


def margins(cube: Cube, atoms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every served cell, in the flat order, as the exact sum of the atoms given (true, rounded or otherwise)."""
    found = []
    for table in cells(cube).tables:
        others = tuple(axis for axis in range(len(cube.dimensions)) if axis not in table.dimensions)
        values = atoms.sum(axis=others, dtype=np.int64) if others else atoms
        for axis, each in enumerate(table.dimensions):
            first = np.moveaxis(values, axis, 0)
            summed = cube.dimensions[each].membership @ first.reshape(first.shape[0], -1)
            values = np.moveaxis(summed.reshape(-1, *first.shape[1:]), 0, axis)
        found.append(np.asarray(values).ravel())
    return np.concatenate(found)


def aggregation(cube: Cube) -> sparse.csr_array:
    """Cells by atoms, 1 where the cell contains the atom: what an attacker knows of atoms, served or not. Large: use for small cubes."""
    blocks = []
    for table in cells(cube).tables:
        factors = [
            dimension.membership if each in table.dimensions else sparse.csr_array(np.ones((1, len(dimension.leaves)), dtype=np.int64))
            for each, dimension in enumerate(cube.dimensions)
        ]
        blocks.append(_kron(factors))
    return sparse.csr_array(sparse.vstack(blocks))


# Equations


@dataclass(frozen=True)
class Equations:
    """What holds between cells whatever the counts: ``matrix @ values == 0``, +1 for the whole of each row and -1 for its parts."""

    matrix: sparse.csr_array
    wholes: NDArray[np.intp]


def equations(cube: Cube) -> Equations:
    """Every cell that is a sum of other cells, once for each way in which it is: over the parts of a group, and over a whole dimension.

    All linear relations between cells follow from these. Some follow from each other too; narrowing of intervals uses them all.
    """
    listed = cells(cube)
    rows: list[tuple[Table, Table, sparse.csr_array]] = []
    for table in listed.tables:
        rows.extend((table, table, sums) for sums in _sums_of_groups(cube, table))
        for wider in _next_wider(table, listed.tables):
            rows.extend((table, wider, sums) for sums in _sums_over_dimensions(cube, table, wider))
    blocks, wholes = [], []
    for table, inside, sums in rows:
        filled = np.flatnonzero(np.diff(sums.indptr))
        ones, shape = np.ones(len(filled), dtype=np.int64), (len(filled), len(listed))
        whole = sparse.csr_array((ones, (np.arange(len(filled)), table.start + filled)), shape)
        parts = sparse.csr_array(sums[filled]).tocoo()
        blocks.append(whole - sparse.csr_array((parts.data, (parts.row, parts.col + inside.start)), shape))
        wholes.append(table.start + filled)
    if not blocks:
        return Equations(sparse.csr_array((0, len(listed)), dtype=np.int64), np.zeros(0, dtype=np.intp))
    return Equations(sparse.csr_array(sparse.vstack(blocks)), np.concatenate(wholes))


def _sums_of_groups(cube: Cube, table: Table) -> Iterator[sparse.csr_array]:
    """For each dimension of a table: the parts of every cell whose code there is a group, as rows of cells by cells of that table."""
    for axis, each in enumerate(table.dimensions):
        dimension = cube.dimensions[each]
        places = _places(dimension)
        pairs = [(places[group.code], places[part]) for group in dimension.groups for part in group.parts]
        if not pairs:
            continue
        wholes, parts = zip(*pairs, strict=True)
        size = table.shape[axis]
        of_groups = sparse.csr_array((np.ones(len(pairs), dtype=np.int64), (wholes, parts)), shape=(size, size))
        yield _kron([of_groups if other == axis else _identity(length) for other, length in enumerate(table.shape)])


def _next_wider(table: Table, tables: Sequence[Table]) -> list[Table]:
    """The served tables with more dimensions and none between: a cell of this one is a sum of theirs."""
    wider = [other for other in tables if set(other.dimensions) > set(table.dimensions)]
    return [each for each in wider if not any(set(other.dimensions) < set(each.dimensions) for other in wider)]


def _sums_over_dimensions(cube: Cube, table: Table, wider: Table) -> Iterator[sparse.csr_array]:
    choices = []
    for each, length in zip(wider.dimensions, wider.shape, strict=True):
        if each in table.dimensions:
            choices.append([_identity(length)])
        else:
            choices.append([_row(partition, length) for partition in cube.dimensions[each].partitions])
    for chosen in product(*choices):
        yield _kron(chosen)


def _row(columns: NDArray[np.intp], length: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(columns), dtype=np.int64), (np.zeros(len(columns), dtype=np.intp), columns)), shape=(1, length))


def _identity(length: int) -> sparse.csr_array:
    return sparse.csr_array(sparse.eye_array(length, dtype=np.int64))


def _kron(factors: Sequence[sparse.csr_array]) -> sparse.csr_array:
    return sparse.csr_array(reduce(lambda left, right: sparse.kron(left, right, format="csr"), factors, _identity(1)))


# What may be wrong


def words(cell: CellName) -> str:
    """A cell as messages name it.

    >>> words((("ward", "Quay"), ("age", "13")))
    'ward "Quay", age "13"'
    """
    return ", ".join(f'{dimension} "{code}"' for dimension, code in cell) or "the total"


def check(cube: Cube) -> None:
    """Refuse a cube that contradicts itself or a rule. No message tells a count.

    Raises:
        CubeProblems: With every problem found, each with its cell, code or rule.
    """
    problems = [*_problems_of_shape(cube)]
    for dimension in cube.dimensions:
        problems.extend(problems_of(dimension))
    if not problems:
        problems.extend(_problems_of_counts(cube))
        problems.extend(_problems_of_known_totals(cube))
    if problems:
        raise CubeProblems(problems)


def _problems_of_shape(cube: Cube) -> Iterator[str]:
    names = [dimension.name for dimension in cube.dimensions]
    if not names:
        yield f"{cube.id} has no dimension; a count by nothing is no cube."
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{cube.id} has the dimension {name} more than once."
    for kind, most in MOST.items():
        of_kind = [dimension.name for dimension in cube.dimensions if dimension.kind == kind]
        if len(of_kind) > most:
            yield f"{cube.id} has {len(of_kind)} dimensions of the kind {kind} ({', '.join(of_kind)}); the rule is at most {most}."
    expected = tuple(len(dimension.leaves) for dimension in cube.dimensions)
    for what, counts in (("counts", cube.atoms), ("contributors", cube.contributors)):
        if counts is not None and (counts.shape != expected or not np.issubdtype(counts.dtype, np.integer)):
            yield f"{cube.id} has {what} of shape {counts.shape}, {counts.dtype}; its dimensions need whole numbers of shape {expected}."
    if cube.zeros not in ("shown", "with_small"):
        yield f'{cube.id} has the zero policy "{cube.zeros}"; there are "shown" and "with_small".'
    yield from _problems_of_served(cube, names)


def _problems_of_served(cube: Cube, names: Sequence[str]) -> Iterator[str]:
    if not cube.served:
        yield f"{cube.id} serves no table."
    seen: set[frozenset[str]] = set()
    for table in cube.served:
        title = " by ".join(table) or "the total"
        unknown = [name for name in table if name not in names]
        if unknown:
            yield f"{cube.id} serves {title}, but has no dimension {', '.join(unknown)}."
        if len(set(table)) < len(table) or frozenset(table) in seen:
            yield f"{cube.id} serves {title} twice, or by the same dimension twice."
        seen.add(frozenset(table))


def _problems_of_counts(cube: Cube) -> Iterator[str]:
    yield from _listed(cube, cube.atoms < 0, "has a negative count")
    if cube.contributors is not None:
        yield from _listed(cube, cube.contributors < 0, "has a negative number of contributors")
        yield from _listed(cube, cube.contributors > np.maximum(cube.atoms, 0), "has more contributors than it counts")
        yield from _listed(cube, (cube.contributors == 0) & (cube.atoms > 0), "counts something to which nobody contributed")


def _listed(cube: Cube, wrong: NDArray[np.bool_], what: str) -> Iterator[str]:
    found = np.flatnonzero(wrong)
    for atom in found[:LISTED]:
        codes = np.unravel_index(int(atom), wrong.shape)
        name = tuple((each.name, each.leaves[int(code)]) for each, code in zip(cube.dimensions, codes, strict=True))
        yield f"{words(name)} {what}."
    if len(found) > LISTED:
        yield f"{len(found) - LISTED} more: {what}."


def _problems_of_known_totals(cube: Cube) -> Iterator[str]:
    """Totals must be able to hold together: for one set of atoms, for the parts of a whole, and with what the cube counts."""
    flat = cube.atoms.ravel()
    known: list[tuple[KnownTotal, NDArray[np.intp]]] = []
    for total in cube.outside:
        try:
            atoms = atoms_of(cube, total.cell)
        except KeyError as problem:
            yield f"{total.source} gives {words(total.cell)}: {problem.args[0]}."
            continue
        if total.value < 0 or total.within < 0:
            yield f"{total.source} gives {words(total.cell)} a negative number."
        elif abs(int(flat[atoms].sum()) - total.value) > total.within:
            yield f"{total.source} gives {words(total.cell)} a number that this cube does not count; say how far off it may be."
        known.append((total, atoms))
    yield from _totals_that_contradict(known)


def _totals_that_contradict(known: Sequence[tuple[KnownTotal, NDArray[np.intp]]]) -> Iterator[str]:
    by_atoms: dict[bytes, KnownTotal] = {}
    for total, atoms in known:
        first = by_atoms.setdefault(atoms.tobytes(), total)
        if abs(first.value - total.value) > first.within + total.within:
            yield f"{first.source} and {total.source} contradict each other in {words(total.cell)}."
    for whole, atoms in known:
        inside = [(total, part) for total, part in known if len(part) < len(atoms) and np.isin(part, atoms).all()]
        covered: set[int] = set()
        least = 0
        for total, part in sorted(inside, key=lambda each: -len(each[1])):
            if covered.isdisjoint(part.tolist()):
                covered.update(part.tolist())
                least += max(total.value - total.within, 0)
        if least > whole.value + whole.within:
            yield f"{whole.source} gives {words(whole.cell)} less than known totals of its parts add up to."
