"""Sums laid out by number instead of by name, so that tens of thousands of them are worked on at once.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from sightline.definitions.breakdowns import ONE, SEVERAL
from sightline.disclosure.blackbox.held import Sum
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.knowledge import UNBOUNDED, Counts

Mask = NDArray[np.bool_]
WITHHELD, ABSENT = -1, -2
"""In the place of a shown number: it is withheld, or the release has no such number."""
Interval = tuple[int, int]


class Places:
    """A place for each name, given as names come."""

    def __init__(self, names: Iterable[Name] = ()) -> None:
        self.of: dict[Name, int] = {name: place for place, name in enumerate(names)}

    def __len__(self) -> int:
        return len(self.of)

    def take(self, name: Name) -> int:
        return self.of.setdefault(name, len(self.of))

    def copy(self) -> Places:
        return Places(self.of)


@dataclass(frozen=True, eq=False)
class Rows:
    """Sums by the places of their numbers: parts of sum ``n`` are ``parts[starts[n]:starts[n + 1]]``."""

    sums: Sequence[Sum]
    whole: Counts
    parts: Counts
    starts: Counts
    complete: Mask

    @classmethod
    def of(cls, sums: Sequence[Sum], places: Places) -> Rows:
        take = places.take
        whole = np.array([take(each.whole) for each in sums], dtype=np.int64)
        parts = np.array([take(part) for each in sums for part in each.parts], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum([len(each.parts) for each in sums], dtype=np.int64)])
        return cls(sums, whole, parts, starts, np.array([each.complete for each in sums], dtype=bool))

    def __len__(self) -> int:
        return len(self.whole)

    def kept(self, mask: Mask) -> Rows:
        """Some of them."""
        if mask.all():
            return self
        sizes = np.diff(self.starts)
        chosen = np.flatnonzero(mask)
        starts = np.concatenate([[0], np.cumsum(sizes[chosen])])
        parts = self.parts[np.repeat(mask, sizes)]
        return Rows([self.sums[place] for place in chosen.tolist()], self.whole[chosen], parts, starts, self.complete[chosen])

    def beside(self, more: Rows) -> Rows:
        """These, and then some more."""
        if not len(more):
            return self
        return Rows(
            [*self.sums, *more.sums],
            np.concatenate([self.whole, more.whole]),
            np.concatenate([self.parts, more.parts]),
            np.concatenate([self.starts, self.starts[-1] + more.starts[1:]]),
            np.concatenate([self.complete, more.complete]),
        )

    def over_parts(self, values: NDArray[np.int64] | Mask) -> Counts:
        """For each sum, a value of each part added up; values are by the places of numbers."""
        running = np.concatenate([[0], np.cumsum(values[self.parts], dtype=np.int64)])
        added: Counts = running[self.starts[1:]] - running[self.starts[:-1]]
        return added


@dataclass(frozen=True, eq=False)
class Listed:
    """The numbers of a release as shown, by place, and its sums."""

    places: Places
    shown: Counts
    rows: Rows
    in_one: Mask
    in_several: Mask
    sure: Mask

    @classmethod
    def of(cls, numbers: Mapping[Name, int | None], sums: Sequence[Sum]) -> Listed:
        places = Places(numbers)
        rows = Rows.of(sums, places)
        shown = np.full(len(places), ABSENT, dtype=np.int64)
        shown[: len(numbers)] = [WITHHELD if number is None else number for number in numbers.values()]
        in_one = np.array([each.rows == ONE for each in sums], dtype=bool)
        in_several = np.array([each.rows == SEVERAL for each in sums], dtype=bool)
        sure = np.array([each.sure for each in sums], dtype=bool)
        return cls(places, shown, rows, in_one, in_several, sure)

    def adding_up(self, *, agrees: bool, only_sure: bool) -> Mask:
        """For each sum, whether a reader takes its parts to add up to it; `sightline.disclosure.blackbox.puzzle.adds_up` says why."""
        rows, numbers = self.rows, np.maximum(self.shown, 0)
        if agrees:
            told, whole = rows.over_parts(numbers), self.shown[rows.whole]
            is_all = rows.complete & (rows.over_parts(self.shown < 0) == 0)
            fits = (whole < 0) | np.where(is_all, told == whole, told <= whole)
        else:
            fits = ~self.in_several
        if only_sure:
            fits &= self.sure
        return self.in_one | fits


@dataclass(frozen=True, eq=False)
class Layout:
    """Numbers that sums mention, their intervals, and the sums: a matrix whose rows give 0, each whole first and then its parts.

    What an incomplete sum may lack is one more unknown, whose name begins with "rest".
    """

    names: tuple[Name, ...]
    shown: Counts
    low: Counts
    high: Counts
    matrix: sparse.csr_array

    @classmethod
    def of(cls, rows: Rows, places: Places, intervals: tuple[Counts, Counts], shown: Counts) -> Layout:
        lacking = np.flatnonzero(~rows.complete)
        rest = np.array([places.take(_rest_of(rows.sums[each])) for each in lacking.tolist()], dtype=np.int64)
        sizes = np.diff(rows.starts) + 1
        sizes[lacking] += 1
        ends = np.concatenate([[0], np.cumsum(sizes)])
        columns, values = np.empty(int(ends[-1]), dtype=np.int64), np.full(int(ends[-1]), -1, dtype=np.int64)
        values[ends[:-1]] = 1
        is_part = np.ones(len(columns), dtype=bool)
        is_part[ends[:-1]] = False
        is_part[ends[1:][lacking] - 1] = False
        columns[ends[:-1]] = rows.whole
        columns[ends[1:][lacking] - 1] = rest
        columns[is_part] = rows.parts
        used, local = np.unique(columns, return_inverse=True)
        named = list(places.of)
        matrix = sparse.csr_array((values, local, ends), shape=(len(rows), len(used)))
        low, high = (_padded(each, len(places), filled)[used] for each, filled in zip(intervals, (0, UNBOUNDED), strict=True))
        return cls(tuple(named[place] for place in used.tolist()), _padded(shown, len(places), ABSENT)[used], low, high, matrix)

    def pieces(self) -> tuple[int, Counts, Counts]:
        """Pieces that share no number: how many, the piece of each sum, and that of each number."""
        rows, columns = self.matrix.shape
        entries = self.matrix.tocoo()
        joined = sparse.coo_array(
            (np.ones(len(entries.data), dtype=np.int8), (entries.row, rows + entries.col)), shape=(rows + columns,) * 2
        )
        many, labels = csgraph.connected_components(joined, directed=False)
        return many, labels[:rows].astype(np.int64), labels[rows:].astype(np.int64)


def _padded(values: Counts, size: int, filled: int) -> Counts:
    return np.concatenate([values, np.full(size - len(values), filled, dtype=np.int64)])


def _rest_of(each: Sum) -> Name:
    """The name of what an incomplete sum may lack: the same in every layout, as what one tells of it is taken into the next."""
    kind, what, when, breakdown, category = each.whole
    shown = "; ".join(" ".join((part[0], *part[3:])) for part in each.parts)
    return ("rest", what, when, breakdown, f"{kind} {category} beyond {shown}")
