"""Attacks that reason on sums: what follows for numbers that are withheld or small from everything that is shown around them.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from sightline.definitions.breakdowns import ONE, SEVERAL
from sightline.disclosure.blackbox.held import COUNT, OF_ONE_CHILD, TOTAL, Held, Sum, every_name
from sightline.disclosure.blackbox.implied import SMALL, Implied
from sightline.disclosure.blackbox.outcome import Name, Outcome, not_tried, outcome
from sightline.disclosure.blackbox.puzzle import ENOUGH, FAR, Group, Interval, Puzzle, puzzle
from sightline.disclosure.knowledge import UNBOUNDED, Counts
from sightline.disclosure.narrowing import Sums

MOST_WORLDS = 12
MOST_PROGRAMS = 400
"""So many programs are solved; what is left then is told as not tried."""
MOST_SUMS = 2_000
"""So many sums are solved as one program; a circle that has more stands alone."""
MOST_INSIDERS = 2_000


@dataclass(frozen=True, eq=False)
class Worked:
    """A release, how its method is read, and what subtraction leaves of its numbers: worked out once for all attacks."""

    held: Held
    implied: Implied

    @cached_property
    def puzzle(self) -> Puzzle:
        """Parts are taken not to overlap wherever the release does not rule it out: the stronger assumption."""
        return puzzle(self.held, self.implied)

    @cached_property
    def placed(self) -> dict[Name, Interval]:
        """What subtraction leaves of every number that a sum mentions."""
        return self.puzzle.narrowed[0]

    @cached_property
    def sure_puzzle(self) -> Puzzle:
        """Parts are taken not to overlap only where readers know it."""
        return puzzle(self.held, self.implied, only_sure=True)

    @cached_property
    def surely_placed(self) -> dict[Name, Interval]:
        return self.sure_puzzle.narrowed[0]

    @cached_property
    def subtraction(self) -> Outcome:
        return subtraction(self)


def placed(found: Puzzle) -> dict[Name, Interval]:
    """What subtraction leaves of every number that a sum mentions."""
    return found.narrowed[0]


def _hidden(held: Held, name: Name) -> bool:
    """Whether a number is one that readers are not to know: withheld, or shown in a band of small ones."""
    return name in held.numbers and (held.numbers[name] is None or (held.numbers[name] or 0) < SMALL)


def _judged(
    id: str,
    held: Held,
    implied: Implied,
    intervals: Mapping[Name, Interval],
    *,
    tried: int,
    left: str = "",
    before: frozenset[Name] = frozenset(),
) -> Outcome:
    """What of intervals is a finding: a small number told more closely than the method promises, and not by an attack before."""
    told, closer = [], 0
    for name, (low, high) in intervals.items():
        if low >= SMALL or name in before or not _hidden(held, name):
            continue
        if high - low < implied.width:
            told.append((name, "can be worked out exactly" if high <= low else "can be worked out more closely than the method promises"))
        elif high - low < ENOUGH and (low, high) != implied.interval(held.numbers[name]):
            closer += 1
    return outcome(id, tried, told, closer=closer, not_tried=left)


def subtraction(worked: Worked) -> Outcome:
    """Take the parts that are shown from their whole, over and over."""
    held, implied = worked.held, worked.implied
    contradicting = len(worked.puzzle.narrowed[1])
    left = f"{contradicting:,} groups of sums contradict each other and tell nothing" if contradicting else ""
    tried = sum(_hidden(held, name) for name in set(every_name(held.sums)))
    return _judged("subtraction", held, implied, worked.placed, tried=tried, left=left)


def bounds(worked: Worked, rng: np.random.Generator, *, most: int = MOST_PROGRAMS) -> Outcome:
    """All sums at once: the least and the most of each hidden number, in fractions first and in whole numbers where those leave it open.

    Worlds that fit everything come first: of most numbers, a few of them show that they may be many.
    """
    held, implied, found = worked.held, worked.implied, worked.puzzle
    circles = list(found.groups(circular=True))
    if not circles:
        return outcome("bounds", 0, ())
    tried, open_ = 0, set[Name]()
    for batch in _batches(found, circles):
        group = found.group(*batch)
        small = [place for place, name in enumerate(group.names) if group.low[place] < SMALL and _hidden(held, name)]
        targets = np.array(small, dtype=np.int64)
        open_ |= {group.names[place] for place in _not_yet_hidden(group, targets, rng)}
        tried += len(targets)
    intervals: dict[Name, Interval] = {}
    programs = 0
    for circle in circles if open_ else ():
        own = found.group(circle)
        for place, name in enumerate(own.names):
            if name in open_ and programs < most:
                intervals[name], used = _ends(own, place, implied.width)
                programs += used
    left = len(open_) - len(intervals)
    missing = f"{left:,} numbers: more than {most:,} programs would be needed" if left else ""
    return _judged("bounds", held, implied, intervals, tried=tried - left, left=missing)


def _batches(found: Puzzle, circles: Sequence[int]) -> Iterator[list[int]]:
    """Circles together, a few thousand sums at a time: one program for all of them would take longer than it is given."""
    batch: list[int] = []
    sums = 0
    for circle in circles:
        size = len(found.together[circle])
        if batch and sums + size > MOST_SUMS:
            yield batch
            batch, sums = [], 0
        batch.append(circle)
        sums += size
    yield batch


def _not_yet_hidden(group: Group, targets: Counts, rng: np.random.Generator) -> list[int]:
    """Targets of which some worlds do not show at once that they may be many different numbers."""
    least, greatest = np.full(len(group.names), FAR), np.full(len(group.names), -1)
    enough = np.minimum(ENOUGH, group.high - group.low)
    open_ = targets
    for number in range(MOST_WORLDS):
        directions = np.full(len(open_), 1.0 - 2.0 * number) if number < 2 else rng.choice((-1.0, 1.0), size=len(open_))
        world = group.world(open_, directions) if len(open_) else None
        if world is None:
            break
        np.minimum(least, world, out=least, where=world >= 0)
        np.maximum(greatest, world, out=greatest, where=world >= 0)
        open_ = targets[greatest[targets] - least[targets] < enough[targets]]
    return [int(place) for place in open_]


def _ends(group: Group, place: int, width: int) -> tuple[Interval, int]:
    low, high = (int(each[place]) for each in (group.low, group.high))
    used = 0
    for whole in (False, True):
        for direction in (-1, 1):
            end = group.end(place, direction, whole=whole)
            used += 1
            if end is not None:
                low, high = (max(low, end), high) if direction < 0 else (low, min(high, end))
        if high - low < width or high - low >= ENOUGH:
            break
    return (low, high), used


def linked_tables(worked: Worked) -> Outcome:
    """Two tables that count the same: what one withholds must not be shown by the other, nor follow from both together."""
    held, implied = worked.held, worked.implied
    if not held.same_numbers:
        return not_tried("linked tables", "No two tables of this release are known to count the same.")
    told = [
        (one, f"is withheld here and shown in {other[1]}")
        for pair in held.same_numbers
        for one, other in (pair, pair[::-1])
        if held.numbers.get(one, 0) is None and held.numbers.get(other) is not None
    ]
    before = worked.subtraction.seen
    together = placed(puzzle(held, implied, same=held.same_numbers))
    found = _judged("linked tables", held, implied, together, tried=len(held.same_numbers), before=before)
    direct = outcome("linked tables", len(held.same_numbers), told)
    return replace(direct, findings=(*direct.findings, *found.findings), seen=direct.seen | found.seen, closer=found.closer)


def slivers(worked: Worked) -> Outcome:
    """Areas that do not nest: what one has more than another lies in the pieces between them."""
    held, implied = worked.held, worked.implied
    if not held.nested:
        return not_tried("slivers", "No file tells which areas the wards make up, so areas were not laid over each other.")
    pieces: list[Sum] = []
    targets: set[Name] = set()
    series = {name[:3] for name in held.numbers if name[3] in held.nested}
    rows = {each.whole[:3]: each.rows for each in held.sums if each.parts[0][3] == "ward"}
    for kind, what, when in sorted(series):
        for breakdown, inside in held.nested.items():
            for area, leaves in inside.items():
                whole = (kind, what, when, breakdown, area)
                if whole in held.numbers:
                    parts = tuple((kind, what, when, "ward", leaf) for leaf in sorted(leaves))
                    pieces.append(Sum(whole, parts, rows=rows.get(whole[:3], ONE)))
                    targets |= set(parts)
    areas = [(breakdown, area, leaves) for breakdown, found in held.nested.items() for area, leaves in found.items()]
    between = [(one, other) for one, other in combinations(areas, 2) if other[2] < one[2] or one[2] < other[2]]
    for kind, what, when in sorted(each for each in series if rows.get(each) != SEVERAL):
        for (name_1, area_1, leaves_1), (name_2, area_2, leaves_2) in between:
            (large, small) = ((name_1, area_1), (name_2, area_2)) if leaves_2 < leaves_1 else ((name_2, area_2), (name_1, area_1))
            sliver = (kind, what, when, f"in {large[0]} {large[1]} and not in {small[0]} {small[1]}", "")
            if (whole := (kind, what, when, *large)) in held.numbers and (part := (kind, what, when, *small)) in held.numbers:
                pieces.append(Sum(whole, (part, sliver)))
                targets.add(sliver)
    found = placed(puzzle(held, implied, more=pieces))
    told = [
        (name, "lies between areas that do not nest, and can be worked out")
        for name in targets
        if name in found and found[name][0] < SMALL and found[name][1] > 0 and found[name][1] - found[name][0] < implied.width
    ]
    before = worked.subtraction.seen
    return outcome("slivers", len(targets), [each for each in told if each[0] not in before])


def whole_groups(worked: Worked) -> Outcome:
    """Sums of which all but one part must be nothing: whoever is counted at all is in that part, so membership tells the rest."""
    held = worked.held
    intervals, told, tried = worked.placed, [], 0
    for each in held.sums:
        if not each.complete or len(each.parts) < 2:
            continue
        tried += 1
        most = [intervals.get(part, (0, UNBOUNDED))[1] for part in each.parts]
        if intervals.get(each.whole, (0, 0))[0] > 0 and sum(high > 0 for high in most) == 1:
            told.append((each.parts[int(np.argmax(most))], "holds everybody who is counted at all"))
    for ratio in held.ratios:
        part, whole = (intervals.get(name, (0, UNBOUNDED)) for name in (ratio.part, ratio.whole))
        tried += 1
        if ratio.shown.per == 100 and whole[0] > 0 and (part[1] == 0 or part[0] >= whole[1]):
            told.append((ratio.part, "is nobody, or everybody, for sure"))
    return outcome("groups of 0 and 100%", tried, told)


def insiders(worked: Worked, *, most: int = MOST_INSIDERS) -> Outcome:
    """Somebody counted in a hidden number, alone or with a brother or sister, knows that number: what follows for others."""
    held, implied = worked.held, worked.implied
    told: list[tuple[Name, str]] = []
    tried = left = 0
    found = worked.sure_puzzle
    for number in sorted(found.groups(), key=found.room):
        if tried >= most:
            left += sum(_hidden(held, name) for each in found.together[number] for name in each.parts)
            continue
        group = found.group(number)
        low, high, sums = group.low, group.high, Sums(group.matrix)
        position = {name: place for place, name in enumerate(group.names)}
        parts_of: dict[Name, set[Name]] = defaultdict(set)
        sums_of: dict[Name, list[Sum]] = defaultdict(list)
        for each in found.together[number]:
            parts_of[each.whole].update(each.parts)
            for part in each.parts if each.complete else ():
                sums_of[part].append(each)
        for place in [place for place, name in enumerate(group.names) if _hidden(held, name)]:
            if tried >= most:
                left += 1
                continue
            for own in (1, 2):
                if not low[place] <= own <= high[place]:
                    continue
                tried += 1
                least, greatest = low.copy(), high.copy()
                least[place] = greatest[place] = own
                after = sums.narrow(least, greatest)
                if len(after.contradictions):
                    continue
                # They take themselves out of every sum they are in: that much of its interval is no news to them.
                enough = max(implied.width - own, 1)
                exact = (after.high - after.low < enough) & (high - low >= implied.width) & (after.low < SMALL)
                exact[[position[name] for name in _within(group.names[place], parts_of, sums_of)]] = False
                told += [
                    (group.names[each], "follows for somebody who alone makes up another number")
                    for each in np.flatnonzero(exact).tolist()
                    if _hidden(held, group.names[each])
                ]
    missing = f"{left:,} numbers more: {most:,} were tried" if left else ""
    return outcome("insiders", tried, told, not_tried=missing)


def _within(name: Name, parts_of: Mapping[Name, set[Name]], sums_of: Mapping[Name, Sequence[Sum]]) -> set[Name]:
    """A number, all that it is the sum of, and all that is the sum of nothing else than these.

    Who alone makes up a number makes up its parts alone, and what consists of nothing but such parts: they learn of nobody by them.
    """
    found, waiting = {name}, [name]
    while waiting:
        at = waiting.pop()
        new = parts_of.get(at, set()) - found
        found |= new
        new |= {each.whole for each in sums_of.get(at, ()) if each.whole not in found and found.issuperset(each.parts)}
        found |= new
        waiting.extend(new)
    return found


def presence(worked: Worked) -> Outcome:
    """Two breakdowns laid over each other: that somebody is in both of two categories, and that it is few."""
    held, implied = worked.held, worked.implied
    intervals = worked.placed
    by_series: dict[Name, dict[str, list[Name]]] = defaultdict(lambda: defaultdict(list))
    for name in held.numbers:
        if name[0] == COUNT and name[3] in OF_ONE_CHILD:
            by_series[name[:3]][name[3]].append(name)
    told, tried = [], 0
    for series, by_breakdown in by_series.items():
        whole = intervals.get((*series, TOTAL, TOTAL), (0, UNBOUNDED))[1]
        for one, other in combinations(by_breakdown.values(), 2):
            (low_1, high_1), (low_2, high_2) = (_ends_of(each, intervals, implied, held) for each in (one, other))
            tried += len(one) * len(other)
            least = low_1[:, None] + low_2[None, :] - whole
            most = np.minimum(high_1[:, None], high_2[None, :])
            for row, column in np.argwhere((least > 0) & (most < SMALL)).tolist():
                both = (*series, f"{one[row][3]} {one[row][4]} and {other[column][3]}", other[column][4])
                told.append((both, "must hold somebody, and few, though no table shows it"))
    return outcome("presence", tried, told)


def _ends_of(names: Iterable[Name], intervals: Mapping[Name, Interval], implied: Implied, held: Held) -> tuple[Counts, Counts]:
    found = np.array([intervals.get(name, implied.interval(held.numbers[name])) for name in names], dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """A number that another publication gives, give or take what it may be off."""

    name: Name
    value: int
    within: int
    source: str


def outside_totals(worked: Worked, known: Sequence[KnownNumber]) -> Outcome:
    """Numbers that others publish, put beside this release's."""
    held, implied = worked.held, worked.implied
    if not known:
        return not_tried("outside totals", "No totals from other publications were given.")
    before = worked.subtraction.seen
    intervals = {each.name: (max(each.value - each.within, 0), each.value + each.within) for each in known}
    together = placed(puzzle(held, implied, known=intervals))
    given = frozenset(intervals)
    found = {name: ends for name, ends in together.items() if name not in given}
    met = [each for each in known if each.name in held.numbers]
    missing = (
        f"{len(known) - len(met):,} of the totals given are of numbers that this release does not have" if len(met) < len(known) else ""
    )
    return _judged("outside totals", held, implied, found, tried=len(met), left=missing, before=before)
