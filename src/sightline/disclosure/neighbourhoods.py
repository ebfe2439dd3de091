"""Neighbourhoods: a large cube taken apart into pieces in which primaries are protected while everything outside stays where it is.

What is found in a piece holds for the whole cube, as equations between its cells and others are kept. A piece is a choice of the finest
codes of one or more dimensions, with every code above them, by all codes of the other dimensions.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sightline.disclosure.cubes import Dimension
from sightline.disclosure.protection_system import Mask, Places, System

MOST_AT_ONCE = 4000
"""A cube with at most so many cells is one neighbourhood."""
MOST_TOGETHER = 1200
"""Further dimensions are divided while a neighbourhood has more cells than this."""
CARRIERS = 3
MOST_CARRIERS = 40
"""So many of the finest codes stand for each part of a group, and for all parts together, where sums of parts are to be moved."""
CARRIERS_OF_ALL = 8
TOGETHER = 20
TOGETHER_FURTHER = 5
"""So many parts of a group, or codes without one, are protected together at most, of the longest dimension and of further ones."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Cells that may move together, all others staying where they are, and the primaries to be protected by moving them.

    Args:
        wider: Gives cells that may move where those are not enough.
        rank: How coarse its codes are; finer ones come first.
    """

    cells: Places
    targets: Places
    wider: Callable[[], Places]
    rank: int = 0


def neighbourhoods(system: System, targets: Places, is_open: Mask) -> Iterator[Neighbourhood]:
    """Neighbourhoods for all targets, the finest level first, so that coarser ones find what is already withheld below them.

    Args:
        is_open: Withheld so far; read when a neighbourhood is asked for, and so as it is by then.
    """
    if len(system.listed) <= MOST_AT_ONCE:
        every = np.arange(len(system.listed))
        yield Neighbourhood(every, targets, lambda: every)
        return
    divided = _divided(system)
    keys = np.stack([each.block_of_code[each.codes[targets]] for each in divided], axis=1)
    found, which = np.unique(keys, axis=0, return_inverse=True)
    ranks = [tuple(each.blocks[key].rank for each, key in zip(divided, row, strict=True)) for row in found.tolist()]
    for place in sorted(range(len(found)), key=lambda each: (sum(ranks[each]), ranks[each], found[each].tolist())):
        chosen = [each.blocks[key] for each, key in zip(divided, found[place].tolist(), strict=True)]
        leaves = [block.leaves(partial(each.room, system, is_open)) for each, block in zip(divided, chosen, strict=True)]
        wider = [block.wider for block in chosen]
        here = targets[which.ravel() == place]
        yield Neighbourhood(_touching(divided, leaves), here, partial(_touching, divided, wider), sum(ranks[place]))


def _touching(divided: Sequence[_Divided], leaves: Sequence[Places]) -> Places:
    """Cells that hold any of the finest codes given, of each divided dimension."""
    return np.flatnonzero(reduce(np.logical_and, (each.touching(chosen) for each, chosen in zip(divided, leaves, strict=True))))


@dataclass(frozen=True, eq=False)
class _Block:
    """Codes whose cells are protected together.

    Args:
        parts: The finest codes that may stand for each part.
        most: So many of each part do.
        wider: The finest codes that may be needed besides.
        rank: How coarse the codes are: finer ones come first.
    """

    parts: tuple[Places, ...]
    most: int
    wider: Places
    rank: int

    def leaves(self, room_of: Callable[[], NDArray[np.int64]]) -> Places:
        """The finest codes that move: of each part those with most room."""
        if all(len(part) <= self.most for part in self.parts):
            return np.unique(np.concatenate(self.parts))
        room = room_of()
        best = [part[np.argsort(-room[part], kind="stable")[: self.most]] for part in self.parts]
        return np.unique(np.concatenate(best))


@dataclass(frozen=True, eq=False)
class _Divided:
    """A dimension in blocks.

    Args:
        codes: The code of each cell of the system; -1 where the dimension is summed over.
        block_of_code: The block of each code, and last of the sum.
    """

    dimension: Dimension
    codes: Places
    block_of_code: Places
    blocks: tuple[_Block, ...]

    def room(self, system: System, is_open: Mask) -> NDArray[np.int64]:
        """How many cells of each code are withheld and not zero."""
        counted = self.codes[(self.codes >= 0) & is_open & (system.values > 0)]
        return np.bincount(counted, minlength=len(self.dimension.codes)).astype(np.int64)

    def touching(self, leaves: Places) -> Mask:
        """Cells whose code holds any of the finest codes given."""
        touched = np.append(np.diff(self.dimension.membership[:, leaves].indptr) > 0, True)
        return np.asarray(touched[self.codes], dtype=bool)


def _divided(system: System) -> list[_Divided]:
    """The longest dimension in blocks, and as many more as it takes for blocks to be small."""
    dimensions = system.cube.dimensions
    sizes = [len(dimension.codes) + 1 for dimension in dimensions]
    found: list[_Divided] = []
    for each in sorted(range(len(dimensions)), key=lambda place: (-len(dimensions[place].leaves), place)):
        most = TOGETHER_FURTHER if found else TOGETHER
        if found and (int(np.prod(sizes)) <= MOST_TOGETHER or len(dimensions[each].leaves) <= most):
            continue
        codes = _codes_along(system, each)
        found.append(_in_blocks(dimensions[each], codes, most))
        sizes[each] = 1 + max(len(block.parts) if len(block.parts) > 1 else len(block.parts[0]) for block in found[-1].blocks[:-1])
    return found


def _codes_along(system: System, dimension: int) -> Places:
    found = np.full(len(system.listed), -1, dtype=np.intp)
    for table in system.listed.tables:
        if dimension in table.dimensions:
            found[table.cells] = np.indices(table.shape)[table.dimensions.index(dimension)].ravel()
    return found


def _in_blocks(dimension: Dimension, codes: Places, most: int) -> _Divided:
    """A block for the parts of each group, for each group that is part of none, for codes in no group, and last for the whole."""
    membership = dimension.membership
    of = [membership.indices[start:end] for start, end in zip(membership.indptr[:-1], membership.indptr[1:], strict=True)]
    every = np.arange(len(dimension.leaves))
    place = {code: index for index, code in enumerate(dimension.codes)}
    parts = {place[group.code]: [place[part] for part in group.parts] for group in dimension.groups}
    parent = {part: group for group, inside in reversed(parts.items()) for part in inside}
    blocks: list[_Block] = []
    block_of_code = np.full(len(dimension.codes) + 1, -1, dtype=np.intp)
    for group, inside in sorted(parts.items(), key=lambda each: (len(of[each[0]]), each[0])):
        if group not in parent and len(of[group]) < len(every):
            block_of_code[group] = len(blocks)
        for run in [inside] if dimension.overlapping else _runs(inside, most):
            block_of_code[[part for part in run if parent[part] == group]] = len(blocks)
            blocks.append(_block_of_group(dimension, of, group, run, around=of[parent.get(group, group)]))
    for chunk in map(np.array, _runs([leaf for leaf in every.tolist() if leaf not in parent], most)):
        block_of_code[chunk] = len(blocks)
        blocks.append(_Block((chunk,), len(chunk), every, 0))
    block_of_code[block_of_code < 0] = len(blocks)
    rank = 1 + max((block.rank for block in blocks), default=0)
    blocks.append(_Block((every,), CARRIERS_OF_ALL, every, rank))
    return _Divided(dimension, codes, block_of_code, tuple(blocks))


def _runs(codes: Sequence[int], most: int) -> list[list[int]]:
    """The codes in order, in as few runs of about the same length as will do."""
    many = -(-len(codes) // most)
    ends = [round(len(codes) * each / many) for each in range(many + 1)] if many else []
    return [list(codes[start:end]) for start, end in pairwise(ends)]


def _block_of_group(dimension: Dimension, of: Sequence[Places], group: int, parts: Sequence[int], *, around: Places) -> _Block:
    own = np.asarray(of[group])
    if not dimension.overlapping:
        most = max(1, min(CARRIERS, MOST_CARRIERS // len(parts)))
        wider = np.union1d(own, around[:: -(-len(around) // MOST_CARRIERS)])
        return _Block(tuple(of[part] for part in parts), most, wider, max(len(of[part]) for part in parts) - 1)
    # Areas much larger than the group hold many others, which are protected in neighbourhoods of their own.
    sizes = np.array([len(each) for each in of])
    near = np.flatnonzero((np.diff(dimension.membership[:, own].indptr) > 0) & (sizes < len(dimension.leaves)))
    alike = near[sizes[near] <= 2 * len(own)]
    inside, wider = (np.unique(np.concatenate([own, *(of[code] for code in chosen)])) for chosen in (alike, near))
    return _Block((inside,), len(inside), wider, len(own))
