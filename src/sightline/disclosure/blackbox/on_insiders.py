"""Attacks by somebody who is counted: they know the number that they alone, or with a brother or sister, make up.

What follows for others is narrowed for thousands of such people at once, each from the sums that their own number is in outwards: mostly
nothing changes there, and nobody looks further.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse

from sightline.disclosure.blackbox.layout import Mask
from sightline.disclosure.knowledge import UNBOUNDED, Counts
from sightline.disclosure.narrowing import ROUNDS

AT_ONCE = 4_096
"""So many insiders are followed at once; fewer where their own sums have many numbers."""
MOST_TERMS = 1_000_000
"""So many terms of sums are looked at together, so that memory stays within bounds."""


@dataclass(frozen=True, eq=False)
class News:
    """What narrowed for whom: insiders by number, numbers by column, and what each lies between for them."""

    insider: Counts
    cell: Counts
    low: Counts
    high: Counts


@dataclass(frozen=True, eq=False)
class Insiders:
    """Sums ``matrix @ values == 0`` and what everybody knows of the values, narrowed."""

    matrix: sparse.csr_array
    low: Counts
    high: Counts

    @cached_property
    def _sums_of(self) -> sparse.csc_array:
        return self.matrix.tocsc()

    def news(self, cells: Counts, own: Counts) -> Iterator[News]:
        """What follows for each of some people who know one number besides; nothing of those whom it contradicts."""
        sizes = np.diff(self.matrix.indptr)
        terms = np.bincount(self.matrix.indices, weights=np.repeat(sizes, sizes), minlength=self.matrix.shape[1])
        until = np.cumsum(terms[cells])
        start = 0
        while start < len(cells):
            before = until[start - 1] if start else 0
            end = min(start + AT_ONCE, max(int(np.searchsorted(until, before + MOST_TERMS)), start + 1))
            found = self._followed(cells[start:end], own[start:end])
            yield News(found.insider + start, found.cell, found.low, found.high)
            start = end

    def _followed(self, cells: Counts, own: Counts) -> News:
        many = self.matrix.shape[1]
        people = np.arange(len(cells))
        state = _State(people * many + cells, own, own)
        wrong = np.zeros(len(cells), dtype=bool)
        changed = state.key
        for _ in range(ROUNDS):
            person, row = self._sums_with(changed, many)
            if not len(person):
                break
            told = self._told(person, row, state, many)
            state = state.with_(told)
            at = np.searchsorted(state.key, told.key)
            wrong[told.key[state.low[at] > state.high[at]] // many] = True
            changed = told.key[~wrong[told.key // many]]
        right = ~wrong[state.key // many]
        return News(state.key[right] // many, state.key[right] % many, state.low[right], state.high[right])

    def _sums_with(self, keys: Counts, many: int) -> tuple[Counts, Counts]:
        """The sums that some people's numbers are in, each once for each of them."""
        place, starts = keys % many, self._sums_of.indptr.astype(np.int64)
        sizes = starts[place + 1] - starts[place]
        rows = self._sums_of.indices[_ranges(starts[place], sizes)]
        found = np.sort(np.repeat(keys // many, sizes) * self.matrix.shape[0] + rows)
        found = found[np.diff(found, prepend=-1) > 0]
        return found // self.matrix.shape[0], found % self.matrix.shape[0]

    def _told(self, person: Counts, row: Counts, state: _State, many: int) -> _State:
        """What sums say more of their numbers to those who know what they know."""
        starts = self.matrix.indptr.astype(np.int64)
        sizes = starts[row + 1] - starts[row]
        entry = _ranges(starts[row], sizes)
        begins = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        cell, positive = self.matrix.indices[entry].astype(np.int64), self.matrix.data[entry] > 0
        key = np.repeat(person, sizes) * many + cell
        low, high = state.at(key, self.low[cell], self.high[cell])
        of = np.repeat(np.arange(len(row)), sizes)
        least = _of_others(np.where(positive, low, -high), begins, of, -UNBOUNDED)
        most = _of_others(np.where(positive, high, -low), begins, of, UNBOUNDED)
        lowest, highest = np.where(positive, -most, least), np.where(positive, -least, most)
        news = (lowest > low) | (highest < high)
        return _State.of(key[news], np.maximum(lowest, low)[news], np.minimum(highest, high)[news])


@dataclass(frozen=True, eq=False)
class _State:
    """What single people know of single numbers more than everybody, in order of ``key``: person times columns, plus column."""

    key: Counts
    low: Counts
    high: Counts

    @classmethod
    def of(cls, key: Counts, low: Counts, high: Counts) -> _State:
        """Of what is told twice, the tighter ends."""
        if not len(key):
            return cls(key, low, high)
        order = np.argsort(key, kind="stable")
        found, starts = np.unique(key[order], return_index=True)
        return cls(found, np.maximum.reduceat(low[order], starts), np.minimum.reduceat(high[order], starts))

    def with_(self, more: _State) -> _State:
        return _State.of(*(np.concatenate([getattr(self, each), getattr(more, each)]) for each in ("key", "low", "high")))

    def at(self, key: Counts, low: Counts, high: Counts) -> tuple[Counts, Counts]:
        """What is known of some numbers; what everybody knows where nothing more is."""
        place = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        known: Mask = self.key[place] == key
        return np.where(known, self.low[place], low), np.where(known, self.high[place], high)


def _ranges(starts: Counts, sizes: Counts) -> Counts:
    """Every place from each start on, so many of each."""
    ends = np.cumsum(sizes)
    places: Counts = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - sizes), sizes)
    return places


def _of_others(terms: Counts, begins: Counts, of: Counts, unbounded: int) -> Counts:
    """The sum of all other terms of each term's sum; unbounded where one of them is."""
    is_open = terms >= unbounded if unbounded > 0 else terms <= unbounded
    finite = np.where(is_open, 0, terms)
    others = np.add.reduceat(finite, begins)[of] - finite
    return np.where(np.add.reduceat(is_open.astype(np.int64), begins)[of] > is_open, unbounded, others)


class Made:
    """What is made of what, by the sums ``matrix @ values == 0``."""

    def __init__(self, matrix: sparse.csr_array) -> None:
        ends, cells = matrix.indptr.tolist(), matrix.indices.tolist()
        self._sums = [cells[start:end] for start, end in pairwise(ends)]
        sums_of = matrix.tocsc()
        ends, rows = sums_of.indptr.tolist(), sums_of.indices.tolist()
        self._sums_of = [rows[start:end] for start, end in pairwise(ends)]
        self._within: dict[int, set[int]] = {}

    def within(self, cell: int) -> set[int]:
        """A number, all that it is the sum of, and all that is the sum of nothing else than these.

        Who alone makes up a number makes up its parts alone, and what consists of nothing but such parts: they learn of nobody by them.
        """
        if cell not in self._within:
            found, waiting = {cell}, [cell]
            while waiting:
                new = set(self._made_with(waiting.pop(), found)) - found
                found |= new
                waiting.extend(new)
            self._within[cell] = found
        return self._within[cell]

    def _made_with(self, cell: int, found: set[int]) -> Iterator[int]:
        """The parts of a number, and what consists of it and others that were found."""
        for row in self._sums_of[cell]:
            whole, *parts = self._sums[row]
            if whole == cell:
                yield from parts
            elif whole not in found and found.issuperset(parts):
                yield whole
