"""The sums of a release as one puzzle: unknown whole numbers, each within the interval that its shown number implies.

Sums fall apart into groups that share no number; each is solved alone. A sum that cannot hold, whatever the truth (residents of some ages
beside a total of all), is left out as a reader would leave it out, and counted.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from sightline.definitions.breakdowns import ONE, SEVERAL
from sightline.disclosure.blackbox.held import Held, Sum
from sightline.disclosure.blackbox.implied import Implied
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.knowledge import UNBOUNDED, Counts
from sightline.disclosure.narrowing import Sums

ENOUGH = 5
"""A small number that may be any of more than so many values is well hidden, whatever its method promises."""
FAR = 1 << 24
SECONDS = 5.0

Interval = tuple[int, int]


@dataclass(frozen=True)
class Group:
    """Numbers that sums join, their intervals before anything is worked out, and the sums: a matrix whose rows give 0."""

    names: tuple[Name, ...]
    low: Counts
    high: Counts
    matrix: sparse.csr_array

    def end(self, cell: int, direction: int, *, whole: bool) -> int | None:
        """The least (-1) or the most (1) that a number may be over everything at once; None where no answer came in time."""
        costs = np.zeros(len(self.names))
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
        costs = np.zeros(len(self.names))
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
            integrality=np.full(len(self.names), int(whole)),
            options={"time_limit": SECONDS},
        )
        return None if answer.x is None or answer.status != 0 else np.asarray(answer.x)


@dataclass(frozen=True, eq=False)
class Puzzle:
    """Sums that share numbers, together; what each number says; and how many sums were left out because they cannot hold."""

    together: tuple[tuple[Sum, ...], ...]
    intervals: Mapping[Name, Interval]
    left_out: int

    @cached_property
    def narrowed(self) -> tuple[dict[Name, Interval], frozenset[int]]:
        """What subtraction leaves of every number, and the groups whose sums contradict each other, which tell nothing.

        All groups are narrowed at once, which is much quicker than one by one; those that contradict themselves are left out and the rest
        is narrowed again.
        """
        wrong: set[int] = set()
        while True:
            kept = [place for place in range(len(self.together)) if place not in wrong]
            group = laid_out([each for place in kept for each in self.together[place]], self.intervals)
            found = Sums(group.matrix).narrow(group.low, group.high)
            if not len(found.contradictions):
                return dict(zip(group.names, zip(found.low.tolist(), found.high.tolist(), strict=True), strict=True)), frozenset(wrong)
            contradicting = {group.names[column] for column in found.contradictions.tolist()}
            wrong |= {place for place in kept if not contradicting.isdisjoint(self._names(place))}

    def _names(self, place: int) -> Iterator[Name]:
        for each in self.together[place]:
            yield each.whole
            yield from each.parts

    def groups(self, *, circular: bool = False) -> Iterator[int]:
        """The groups that tell something; only those whose sums share numbers in a circle, if asked: narrowing may miss what they tell."""
        for place, sums in enumerate(self.together):
            if place in self.narrowed[1]:
                continue
            if not circular or sum(len(each.parts) + 1 for each in sums) > len(set(self._names(place))) + len(sums) - 1:
                yield place

    def group(self, *places: int) -> Group:
        """One group, or several as one, narrowed."""
        return laid_out([each for place in places for each in self.together[place]], self.narrowed[0])

    def room(self, place: int) -> int:
        """How much room the tightest sum of a group leaves when two of its numbers are known."""
        found = self.narrowed[0]
        rooms = [sorted(found[name][1] - found[name][0] for name in (each.whole, *each.parts))[:-2] for each in self.together[place]]
        return min((sum(each) for each in rooms), default=0)


def puzzle(
    held: Held,
    implied: Implied,
    *,
    known: Mapping[Name, Interval] | None = None,
    more: Iterable[Sum] = (),
    same: Iterable[tuple[Name, Name]] = (),
    only_sure: bool = False,
) -> Puzzle:
    """Lay out the sums of a release.

    Args:
        known: Intervals from elsewhere, which narrow those that are implied.
        more: Sums besides the release's own.
        same: Names of one and the same number.
        only_sure: Take parts to add up only where readers know that they do; otherwise wherever what is shown leaves it open, too.
    """
    intervals = {name: implied.interval(shown) for name, shown in held.numbers.items()}
    for name, (low, high) in (known or {}).items():
        least, most = intervals.get(name, (0, UNBOUNDED))
        intervals[name] = (max(low, least), min(high, most))
    sums = [Sum(first, (second,)) for first, second in same]
    for each in (*held.sums, *more):
        sums.extend(_read(each, held, implied, only_sure=only_sure))
    standing = [each for each in sums if _may_hold(each, intervals)]
    for each in standing:
        _alone(each, held, implied, intervals)
    return Puzzle(tuple(map(tuple, joined(standing))), intervals, len(sums) - len(standing))


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
    """What a reader makes of a whole and its parts: that they add up; or, where they overlap, that each is within it and together they are
    no less than it."""
    if adds_up(each, held, implied, only_sure=only_sure):
        yield each
        return
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


def _may_hold(each: Sum, intervals: Mapping[Name, Interval]) -> bool:
    parts = [intervals.get(part, (0, UNBOUNDED)) for part in each.parts]
    least, most = intervals.get(each.whole, (0, UNBOUNDED))
    return sum(low for low, _ in parts) <= most and (not each.complete or sum(high for _, high in parts) >= least)


def _alone(each: Sum, held: Held, implied: Implied, intervals: dict[Name, Interval]) -> None:
    """A part that is withheld while nothing else of its sum is was withheld for its own sake: it is small."""
    withheld = [part for part in each.parts if held.numbers.get(part, 0) is None]
    if each.complete and len(withheld) == 1 and held.numbers.get(each.whole) is not None:
        low, high = intervals[withheld[0]]
        if low <= implied.alone:
            intervals[withheld[0]] = (low, min(high, implied.alone))


def laid_out(sums: Sequence[Sum], intervals: Mapping[Name, Interval]) -> Group:
    """Sums as a matrix; the parts that an incomplete one may lack become one more unknown, whose name begins with "rest"."""
    place: dict[Name, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    values: list[int] = []
    for row, each in enumerate(sums):
        parts = each.parts if each.complete else (*each.parts, _rest_of(each))
        rows += [row] * (len(parts) + 1)
        columns += [place.setdefault(name, len(place)) for name in (each.whole, *parts)]
        values += [1] + [-1] * len(parts)
    ends = np.array([intervals.get(name, (0, UNBOUNDED)) for name in place], dtype=np.int64).reshape(-1, 2)
    matrix = sparse.csr_array((np.array(values, dtype=np.int64), (rows, columns)), shape=(len(sums), len(place)))
    return Group(tuple(place), ends[:, 0].copy(), ends[:, 1].copy(), matrix)


def _rest_of(each: Sum) -> Name:
    """The name of what an incomplete sum may lack: the same in every layout, as what one tells of it is taken into the next."""
    kind, what, when, breakdown, category = each.whole
    shown = "; ".join(" ".join((part[0], *part[3:])) for part in each.parts)
    return ("rest", what, when, breakdown, f"{kind} {category} beyond {shown}")


def joined(sums: Sequence[Sum]) -> Iterator[list[Sum]]:
    """Sums that share numbers, together."""
    first: dict[Name, Name] = {}

    def root(name: Name) -> Name:
        while first.setdefault(name, name) != name:
            first[name] = name = first[first[name]]
        return name

    for each in sums:
        for part in each.parts:
            first[root(part)] = root(each.whole)
    found: dict[Name, list[Sum]] = defaultdict(list)
    for each in sums:
        found[root(each.whole)].append(each)
    yield from found.values()
