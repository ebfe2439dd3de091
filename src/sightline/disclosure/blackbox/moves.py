"""Worlds without programs: from one world that fits all sums to many, a kind of child at a time.

Numbers that were rounded so that sums agree are a world themselves. With one more child of some kind (of a ward, an age, a sex and so on)
every number of that kind is one more, and sums agree as before: the world fits as long as each number stays within its interval. A few
such moves show of most numbers that they may be many. What makes a kind is a matter of the sums alone: groups whose sums are laid out
alike, as those of one table in every quarter, share their kinds. Only what no move decides needs a program.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse

from sightline.disclosure.blackbox.layout import Mask
from sightline.disclosure.blackbox.puzzle import FAR, Group
from sightline.disclosure.knowledge import Counts

KINDS = 3
"""So many kinds are looked for that each number belongs to; then as often for a number by itself, either way."""


@dataclass(frozen=True, eq=False)
class Open:
    """A group, its numbers of which something is to be shown, by how much each must be able to differ, and a world (None: unknown)."""

    group: Group
    targets: Counts
    enough: Counts
    world: Counts | None


def shown_world(group: Group, shown: Counts) -> Counts:
    """The numbers as they are shown, within what is known of them; those that are not shown are what sums leave for them.

    It need not fit: whoever uses it checks.
    """
    low, high, matrix = group.low, group.high, group.matrix
    world = np.clip(np.where(shown >= 0, shown, low), low, high)
    unknown = (shown < 0) & (low < high)
    starts, row = matrix.indptr[:-1], np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    while unknown.any():
        entries = np.flatnonzero(unknown[matrix.indices])[::-1]
        first = np.zeros(len(starts), dtype=np.int64)
        first[row[entries]] = entries
        many = np.bincount(row[entries], minlength=len(starts))
        only = np.flatnonzero(many == 1)
        cells = matrix.indices[first[only]]
        if len(only):
            over = matrix @ np.where(unknown, 0, world)
            world[cells] = np.clip(-over[only] * matrix.data[first[only]], low[cells], high[cells])
        else:
            cells = matrix.indices[first[many > 1]]  # as little of it as can be: the others take what is left
        unknown[cells] = False
    return world


def still_open(asked: Sequence[Open]) -> list[Counts]:
    """The targets of each group of which no move shows that they may be many different numbers."""
    alike: dict[bytes, list[int]] = defaultdict(list)
    left = [each.targets for each in asked]
    for place, each in enumerate(asked):
        if each.world is not None and len(each.targets):
            alike[_layout_of(each.group.matrix)].append(place)
    for places in alike.values():
        weave = _Weave(asked[places[0]].group.matrix)
        kinds = weave.kinds(np.unique(np.concatenate([asked[place].targets for place in places])))
        for place in places:
            left[place] = _left(asked[place], weave, kinds)
    return left


def _layout_of(matrix: sparse.csr_array) -> bytes:
    return b"".join(each.astype(np.int64).tobytes() for each in (matrix.indptr, matrix.indices, matrix.data))


def _left(asked: Open, weave: _Weave, kinds: sparse.csc_array) -> Counts:
    """What all kinds together leave open, then what those leave that are looked for with the room of this group in mind."""
    group, world = asked.group, asked.world
    if world is None:
        return asked.targets
    rooms = [np.minimum(group.high, FAR) - world, world - group.low]
    reach = [_reach(kinds, room) for room in rooms]
    for target, enough in zip(asked.targets.tolist(), asked.enough.tolist(), strict=True):
        for up_or_down in (0, 1):
            for number in range(KINDS):
                if reach[0][target] + reach[1][target] >= enough:
                    break
                kind = weave.kind(target, rooms[up_or_down] > reach[up_or_down][target], number)
                if kind is not None:
                    reach[up_or_down][kind] = np.maximum(reach[up_or_down][kind], rooms[up_or_down][kind].min())
    left: Counts = asked.targets[(reach[0] + reach[1])[asked.targets] < asked.enough]
    return left


def _reach(kinds: sparse.csc_array, room: Counts) -> Counts:
    """How far each number can be moved by the one of its kinds that has most room."""
    reach = np.zeros(len(room), dtype=np.int64)
    if kinds.shape[1]:
        times = np.minimum.reduceat(room[kinds.indices], kinds.indptr[:-1])
        np.maximum.at(reach, kinds.indices, np.repeat(times, np.diff(kinds.indptr)))
    return reach


class _Weave:
    """The sums of a group as lists: of each sum its whole and parts, of each number the sums that it is a part of, or the whole of."""

    def __init__(self, matrix: sparse.csr_array) -> None:
        self.matrix = matrix
        ends = matrix.indptr.tolist()
        cells = matrix.indices.tolist()
        self.whole = [cells[start] for start in ends[:-1]]
        self.parts = [cells[start + 1 : end] for start, end in pairwise(ends)]
        self.part_of: list[list[int]] = [[] for _ in range(matrix.shape[1])]
        self.whole_of: list[list[int]] = [[] for _ in range(matrix.shape[1])]
        for row, (whole, parts) in enumerate(zip(self.whole, self.parts, strict=True)):
            self.whole_of[whole].append(row)
            for part in parts:
                self.part_of[part].append(row)
        self._used = [0] * matrix.shape[1]

    def kinds(self, wanted: Counts) -> sparse.csc_array:
        """Kinds such that each wanted number belongs to some, as far as they are found; those in no other number first."""
        everywhere: Mask = np.ones(len(self.part_of), dtype=bool)
        found: list[list[int]] = []
        for cell in sorted(wanted.tolist(), key=lambda cell: len(self.whole_of[cell])):
            for number in range(KINDS - self._used[cell]):
                kind = self.kind(cell, everywhere, number)
                if kind is not None:
                    found.append(kind)
                    for each in kind:
                        self._used[each] += 1
        starts = np.concatenate([[0], np.cumsum([len(kind) for kind in found], dtype=np.int64)])
        cells = np.array([cell for kind in found for cell in kind], dtype=np.int64)
        kinds = sparse.csc_array((np.ones(len(cells), dtype=np.int64), cells, starts), shape=(len(self.part_of), len(found)))
        fits = np.asarray(abs(self.matrix @ kinds).sum(axis=0)).reshape(-1) == 0
        return kinds if fits.all() else sparse.csc_array(kinds[:, np.flatnonzero(fits)])

    def kind(self, cell: int, allowed: Mask, number: int) -> list[int] | None:
        """A kind that a number belongs to: with each number all that it is a part of, and one part of each of its sums.

        Args:
            cell: The number.
            allowed: Numbers that may belong to it.
            number: Which of several; others choose other parts.
        """
        inside, filled, todo, waiting = {cell}, set[int](), [cell], list[int]()
        while True:
            while todo:
                at = todo.pop()
                for row in self.part_of[at]:
                    if row in filled:
                        return None
                    filled.add(row)
                    whole = self.whole[row]
                    if whole not in inside:
                        if not allowed[whole]:
                            return None
                        inside.add(whole)
                        todo.append(whole)
                waiting.extend(self.whole_of[at])
            while waiting and waiting[-1] in filled:
                waiting.pop()
            if not waiting:
                return sorted(inside)
            part = self._part(waiting.pop(), inside, filled, allowed, number)
            if part is None:
                return None
            inside.add(part)
            todo.append(part)

    def _part(self, row: int, inside: set[int], filled: set[int], allowed: Mask, number: int) -> int | None:
        """A part of a sum that can be in the kind: rather one all of whose wholes are, then one that is in few kinds yet."""
        best: tuple[int, int, int] | None = None
        found = None
        for place, part in enumerate(self.parts[row]):
            if not allowed[part] or not filled.isdisjoint(self.part_of[part]):
                continue
            missing = sum(self.whole[each] not in inside for each in self.part_of[part])
            told = (missing, self._used[part], (place * 7919 + number * 104729) % 1009)
            if best is None or told < best:
                best, found = told, part
        return found
