"""From what was counted, thing by thing, to a cube and to who is behind each of its cells.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.cubes import Cube, Dimension, Table, cells
from sightline.disclosure.primary import Behind

Places = NDArray[np.intp]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Records:
    """Things counted and the children behind them, by number.

    Args:
        leaves: For each dimension, the place of the leaf that each thing stands in.
        things, children: Pairs of a thing and a child behind it, each pair once.
        families: The family of each child, by the child's number.
    """

    leaves: tuple[Places, ...]
    things: Places
    children: Places
    families: Places


def every_table(dimensions: Sequence[Dimension]) -> tuple[tuple[str, ...], ...]:
    """Every combination of dimensions, the finest first, the total last."""
    names = [dimension.name for dimension in dimensions]
    return tuple(each for size in range(len(names), -1, -1) for each in combinations(names, size))


def cube_of(
    id: str,
    dimensions: Sequence[Dimension],
    records: Records,
    *,
    served: tuple[tuple[str, ...], ...],
    zeros: Literal["shown", "with_small"],
) -> Cube:
    """The cube of what was counted. An atom has no more contributors than things: several children of one event are one event."""
    shape = tuple(len(dimension.leaves) for dimension in dimensions)
    size = int(np.prod(shape, dtype=np.int64))
    where = _flat(records.leaves, shape, len(records.leaves[0]) if records.leaves else 0)
    atoms = np.bincount(where, minlength=size).astype(np.int64)
    behind = np.unique(np.stack([where[records.things], records.children]), axis=1)[0]
    contributors = np.minimum(np.bincount(behind, minlength=size).astype(np.int64), atoms)
    return Cube(id, tuple(dimensions), atoms.reshape(shape), contributors.reshape(shape), served, zeros)


def _flat(places: Sequence[Places], shape: tuple[int, ...], many: int) -> Places:
    return np.ravel_multi_index(tuple(places), shape) if shape else np.zeros(many, dtype=np.intp)


def behind_of(cube: Cube, records: Records) -> Behind:
    """Distinct children and families of every cell, and what its two largest contributors add; of one event never more than one."""
    found: list[list[Counts]] = [[], [], [], []]
    for table in cells(cube).tables:
        for into, counts in zip(found, _of_table(cube, table, records), strict=True):
            into.append(counts)
    children, families, largest, second = (np.concatenate(each) for each in found)
    return Behind(children, families, largest, second)


def _of_table(cube: Cube, table: Table, records: Records) -> tuple[Counts, Counts, Counts, Counts]:
    """Each pair stands in every cell whose codes hold its leaves: rows are repeated for each code above a leaf."""
    rows = np.arange(len(records.things))
    codes: list[Places] = []
    for each in table.dimensions:
        above = sparse.csr_array(cube.dimensions[each].membership.T)
        leaf = records.leaves[each][records.things[rows]]
        many = np.diff(above.indptr)[leaf]
        first = np.repeat(above.indptr[leaf] - np.concatenate([[0], np.cumsum(many)[:-1]]) if len(leaf) else leaf, many)
        codes = [np.repeat(earlier, many) for earlier in codes]
        codes.append(above.indices[first + np.arange(int(many.sum()))].astype(np.intp))
        rows = np.repeat(rows, many)
    cell = _flat(codes, table.shape, len(rows))
    things = np.bincount(np.unique(np.stack([cell, records.things[rows]]), axis=1)[0], minlength=table.size) if len(rows) else None
    if things is None:
        nothing = np.zeros(table.size, dtype=np.int64)
        return nothing, nothing, nothing, nothing
    children, adds = np.unique(np.stack([cell, records.children[rows]]), axis=1, return_counts=True)
    families = np.unique(np.stack([cell, records.families[records.children[rows]]]), axis=1)[0]
    largest, second = _two_largest(children[0], adds, table.size)
    limit = np.bincount(children[0], minlength=table.size), np.bincount(families, minlength=table.size)
    return np.minimum(limit[0], things), np.minimum(limit[1], things), largest, second


def _two_largest(cell: Places, adds: NDArray[np.intp], size: int) -> tuple[Counts, Counts]:
    order = np.lexsort((-adds, cell))
    cell, adds = cell[order], adds[order]
    begins = np.flatnonzero(np.diff(cell, prepend=-1))
    largest, second = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    largest[cell[begins]] = adds[begins]
    after = begins + 1
    follows = after < len(cell)
    follows[follows] = cell[after[follows]] == cell[begins[follows]]
    second[cell[begins[follows]]] = adds[after[follows]]
    return largest, second


def families_of(people: Mapping[str, int], ties: Sequence[tuple[str, str]]) -> Places:
    """The family of each person by the person's number: people whom ties join, however many steps apart, are one family."""
    known = [(people[one], people[other]) for one, other in ties if one in people and other in people]
    one, other = (np.array(side, dtype=np.intp) for side in (zip(*known, strict=True) if known else ((), ())))
    graph = sparse.csr_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(people), len(people)))
    return np.asarray(sparse.csgraph.connected_components(graph, directed=False)[1], dtype=np.intp)
