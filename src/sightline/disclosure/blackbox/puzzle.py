"""The sums of a release as one puzzle: unknown whole numbers, each within the interval that its shown number implies.

Sums fall apart into groups that share no number; each is solved alone. A sum that cannot hold, whatever the truth (residents of some ages
beside a total of all), is left out as a reader would leave it out, and counted.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from sightline.definitions.breakdowns import ONE, SEVERAL
from sightline.disclosure.blackbox.held import Held, Sum
from sightline.disclosure.blackbox.implied import Implied
from sightline.disclosure.blackbox.layout import ABSENT, WITHHELD, Interval, Layout, Listed, Mask, Places, Rows
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.knowledge import UNBOUNDED, Counts
from sightline.disclosure.narrowing import Sums

ENOUGH = 5
"""A small number that may be any of more than so many values is well hidden, whatever its method promises."""
FAR = 1 << 24
SECONDS = 5.0


@dataclass(frozen=True, eq=False)
class Group:
    """Numbers that sums join: where they stand in the puzzle, their intervals, and the sums: a matrix whose rows give 0."""

    columns: Counts
    low: Counts
    high: Counts
    matrix: sparse.csr_array

    def end(self, cell: int, direction: int, *, whole: bool) -> int | None:
        """The least (-1) or the most (1) that a number may be over everything at once; None where no answer came in time."""
        costs = np.zeros(len(self.low))
        costs[cell] = -direction
        solved = self._solve(costs, whole=whole)
        if solved is None:
            return None
        value = solved[cell]
        return int(np.floor(value + 1e-6)) if direction > 0 else int(np.ceil(value - 1e-6))

    def world(self, cells: Counts, directions: np.ndarray) -> Counts | None:
        """Numbers that fit, with these cells drawn to their least (-1) or their most (1): one answer moves hundreds of them.

        A sum that does not add up in whole numbers makes everything in it -1.
        """
        costs = np.zeros(len(self.low))
        costs[cells] = -directions
        solved = self._solve(costs, whole=False)
        if solved is None:
            return None
        world: Counts = np.rint(solved).astype(np.int64)
        world[np.unique(self.matrix[np.flatnonzero(self.matrix @ world)].indices)] = -1
        return world

    def _solve(self, costs: np.ndarray, *, whole: bool) -> np.ndarray | None:
        answer = milp(
            costs,
            constraints=LinearConstraint(self.matrix, 0, 0),
            bounds=Bounds(self.low.astype(float), np.minimum(self.high, FAR).astype(float)),
            integrality=np.full(len(self.low), int(whole)),
            options={"time_limit": SECONDS},
        )
        return None if answer.x is None or answer.status != 0 else np.asarray(answer.x)


@dataclass(frozen=True, eq=False)
class Puzzle:
    """All sums that a reader takes to hold, laid out; and how many were left out because they cannot hold."""

    laid: Layout
    left_out: int = 0

    @classmethod
    def of(cls, sums: Sequence[Sum], intervals: Mapping[Name, Interval]) -> Puzzle:
        """A puzzle of sums that hold; what is told of their numbers is given by name."""
        places = Places()
        rows = Rows.of(sums, places)
        ends = np.array([intervals.get(name, (0, UNBOUNDED)) for name in places.of], dtype=np.int64).reshape(-1, 2)
        return cls(Layout.of(rows, places, (ends[:, 0], ends[:, 1]), np.full(len(places), WITHHELD)))

    @cached_property
    def narrowed(self) -> tuple[Counts, Counts, Mask]:
        """What subtraction leaves of every number, and the groups whose sums contradict each other, which tell nothing.

        All groups are narrowed at once, which is much quicker than one by one; those that contradict themselves are left out and the rest
        is narrowed on.
        """
        many, of_sum, of_number = self._pieces
        low, high, wrong = self.laid.low.copy(), self.laid.high.copy(), np.zeros(many, dtype=bool)
        while True:
            found = Sums(sparse.csr_array(self.laid.matrix[np.flatnonzero(~wrong[of_sum])])).narrow(low, high)
            if not len(found.contradictions):
                return found.low, found.high, wrong
            wrong[of_number[found.contradictions]] = True
            told = wrong[of_number]
            low, high = np.where(told, self.laid.low, found.low), np.where(told, self.laid.high, found.high)

    @cached_property
    def placed(self) -> dict[Name, Interval]:
        """What subtraction leaves of every number that a sum mentions, by name; without the groups that contradict themselves."""
        low, high, wrong = self.narrowed
        told = zip(low.tolist(), high.tolist(), strict=True)
        if not wrong.any():
            return dict(zip(self.laid.names, told, strict=True))
        kept = (~wrong[self._pieces[2]]).tolist()
        return {name: ends for name, ends, is_kept in zip(self.laid.names, told, kept, strict=True) if is_kept}

    @property
    def contradicting(self) -> int:
        """How many groups contradict themselves."""
        return int(self.narrowed[2].sum())

    @cached_property
    def told(self) -> Mask:
        """The numbers of the groups that tell something."""
        mask: Mask = ~self.narrowed[2][self._pieces[2]]
        return mask

    @cached_property
    def _pieces(self) -> tuple[int, Counts, Counts]:
        return self.laid.pieces()

    @cached_property
    def _sums_of(self) -> tuple[Counts, Counts]:
        """The sums in order of their groups, and where each group's begin."""
        many, of_sum, _ = self._pieces
        return np.argsort(of_sum, kind="stable"), np.searchsorted(np.sort(of_sum), np.arange(many + 1))

    def groups(self, *, circular: bool = False) -> Iterator[int]:
        """The groups that tell something; only those whose sums share numbers in a circle, if asked: narrowing may miss what they tell."""
        many, of_sum, of_number = self._pieces
        chosen = ~self.narrowed[2] & (np.bincount(of_sum, minlength=many) > 0)
        if circular:
            entries = np.bincount(np.repeat(of_sum, np.diff(self.laid.matrix.indptr)), minlength=many)
            chosen &= entries > np.bincount(of_number, minlength=many) + np.bincount(of_sum, minlength=many) - 1
        yield from np.flatnonzero(chosen).tolist()

    def size(self, group: int) -> int:
        """How many sums a group has."""
        starts = self._sums_of[1]
        return int(starts[group + 1] - starts[group])

    def group(self, *groups: int) -> Group:
        """One group, or several as one, narrowed; numbers in the order in which its sums mention them."""
        order, starts = self._sums_of
        rows = np.concatenate([order[starts[each] : starts[each + 1]] for each in groups])
        matrix = self.laid.matrix[rows]
        columns, first, local = np.unique(matrix.indices, return_index=True, return_inverse=True)
        by_mention = np.argsort(first)
        rank = np.empty(len(columns), dtype=np.int64)
        rank[by_mention] = np.arange(len(columns))
        columns = columns[by_mention].astype(np.int64)
        low, high, _ = self.narrowed
        matrix = sparse.csr_array((matrix.data, rank[local], matrix.indptr), shape=(len(rows), len(columns)))
        return Group(columns, low[columns], high[columns], matrix)


def puzzle(
    held: Held,
    implied: Implied,
    *,
    known: Mapping[Name, Interval] | None = None,
    more: Iterable[Sum] = (),
    same: Iterable[tuple[Name, Name]] = (),
    only_sure: bool = False,
    listed: Listed | None = None,
) -> Puzzle:
    """Lay out the sums of a release.

    Args:
        known: Intervals from elsewhere, which narrow those that are implied.
        more: Sums besides the release's own.
        same: Names of one and the same number.
        only_sure: Take parts to add up only where readers know that they do; otherwise wherever what is shown leaves it open, too.
        listed: The numbers and sums of the release by place, if they were listed already.
    """
    listed = listed or Listed.of(held.numbers, held.sums)
    adding = listed.adding_up(agrees=implied.agrees, only_sure=only_sure)
    others = [held.sums[place] for place in np.flatnonzero(~adding).tolist()]
    extra = [Sum(first, (second,)) for first, second in same]
    extra += [each for one in others for each in _overlapping(one, held)]
    extra += [each for one in more for each in _read(one, held, implied, only_sure=only_sure)]
    places = listed.places.copy()
    rows = listed.rows.kept(adding).beside(Rows.of(extra, places))
    for name in known or ():
        places.take(name)
    shown = np.concatenate([listed.shown, np.full(len(places) - len(listed.shown), ABSENT)])
    low, high = implied.intervals(shown)
    for name, (least, most) in (known or {}).items():
        place = places.of[name]
        low[place], high[place] = max(low[place], least), min(high[place], most)
    may_hold = (rows.over_parts(low) <= high[rows.whole]) & (~rows.complete | (rows.over_parts(high) >= low[rows.whole]))
    standing = rows.kept(may_hold)
    _alone(standing, shown, implied, low, high)
    return Puzzle(Layout.of(standing, places, (low, high), shown), len(rows) - len(standing))


def adds_up(each: Sum, held: Held, implied: Implied, *, only_sure: bool = False) -> bool:
    """Whether a reader takes parts to add up to their whole.

    Told that each that is counted is in one row, a reader knows it. Otherwise both are possible, and both are tried: parts that overlap
    tell less than those that add up, so that these are taken to add up unless what is shown rules it out. It does where the method promises
    that shown sums agree as true ones do, and they do not agree; or where the release says that rows overlap, of a method without that
    promise.
    """
    if each.rows == ONE:
        return True
    if only_sure and not each.sure:
        return False
    if not implied.agrees:
        return each.rows != SEVERAL
    whole, told, is_all = _shown(each, held)
    return whole is None or (told == whole if is_all else told <= whole)


def _shown(each: Sum, held: Held) -> tuple[int | None, int, bool]:
    """The whole as it is shown, the sum of the parts that are, and whether those are all."""
    parts = [held.numbers.get(part) for part in each.parts]
    return held.numbers.get(each.whole), sum(number or 0 for number in parts), each.complete and None not in parts


def _read(each: Sum, held: Held, implied: Implied, *, only_sure: bool) -> Iterator[Sum]:
    if adds_up(each, held, implied, only_sure=only_sure):
        yield each
    else:
        yield from _overlapping(each, held)


def _overlapping(each: Sum, held: Held) -> Iterator[Sum]:
    """What a reader makes of a whole and parts that overlap: that each is within it, and together they are no less than it."""
    whole, told, _ = _shown(each, held)
    if each.rows != SEVERAL and any((held.numbers.get(part) or 0) > (whole or 0) for part in each.parts):
        return  # Nobody says that these are parts of it, and one is more: residents of other ages, say.
    for part in each.parts:
        yield Sum(each.whole, (part,), complete=False)
    if each.complete and whole is not None and (each.rows == SEVERAL or told >= whole):
        kind, what, when, *place = each.whole
        together = (kind, what, when, "together", f"{each.parts[0][3]} of {' '.join(place)}")
        yield Sum(together, each.parts)
        yield Sum(together, (each.whole,), complete=False)


def _alone(rows: Rows, shown: Counts, implied: Implied, low: Counts, high: Counts) -> None:
    """A part that is withheld while nothing else of its sum is was withheld for its own sake: it is small."""
    if implied.alone >= UNBOUNDED:
        return
    withheld = shown == WITHHELD
    alone = rows.complete & (rows.over_parts(withheld) == 1) & (shown[rows.whole] >= 0)
    parts = rows.parts[np.repeat(alone, np.diff(rows.starts))]
    chosen = np.unique(parts[withheld[parts] & (low[parts] <= implied.alone)])
    high[chosen] = np.minimum(high[chosen], implied.alone)
