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
from scipy import sparse

from sightline.definitions.breakdowns import ONE, SEVERAL
from sightline.disclosure.blackbox.held import COUNT, OF_ONE_CHILD, TOTAL, Held, Sum, every_name
from sightline.disclosure.blackbox.implied import SMALL, Implied
from sightline.disclosure.blackbox.layout import WITHHELD, Interval, Listed, Mask
from sightline.disclosure.blackbox.moves import Open, shown_world, still_open
from sightline.disclosure.blackbox.on_insiders import Insiders, Made
from sightline.disclosure.blackbox.outcome import Name, Outcome, not_tried, outcome
from sightline.disclosure.blackbox.puzzle import ENOUGH, FAR, Group, Puzzle, puzzle
from sightline.disclosure.knowledge import UNBOUNDED, Counts

MOST_WORLDS = 12
MOST_PROGRAMS = 400
"""So many programs are solved; what is left then is told as not tried."""
MOST_SUMS = 2_000
"""So many sums are solved as one program; a circle that has more stands alone."""


@dataclass(frozen=True, eq=False)
class Worked:
    """A release, how its method is read, and what subtraction leaves of its numbers: worked out once for all attacks."""

    held: Held
    implied: Implied

    @cached_property
    def listed(self) -> Listed:
        """The numbers and sums by place."""
        return Listed.of(self.held.numbers, self.held.sums)

    @cached_property
    def puzzle(self) -> Puzzle:
        """Parts are taken not to overlap wherever the release does not rule it out: the stronger assumption."""
        return puzzle(self.held, self.implied, listed=self.listed)

    @cached_property
    def placed(self) -> dict[Name, Interval]:
        """What subtraction leaves of every number that a sum mentions."""
        return self.puzzle.placed

    @cached_property
    def sure_puzzle(self) -> Puzzle:
        """Parts are taken not to overlap only where readers know it."""
        return puzzle(self.held, self.implied, only_sure=True, listed=self.listed)

    @cached_property
    def surely_placed(self) -> dict[Name, Interval]:
        return self.sure_puzzle.placed

    @cached_property
    def subtraction(self) -> Outcome:
        return subtraction(self)


def hidden(shown: Counts) -> Mask:
    """Which of some numbers, as layouts hold them, readers are not to know."""
    mask: Mask = (shown == WITHHELD) | ((shown >= 0) & (shown < SMALL))
    return mask


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
    contradicting = worked.puzzle.contradicting
    left = f"{contradicting:,} groups of sums contradict each other and tell nothing" if contradicting else ""
    tried = sum(_hidden(held, name) for name in set(every_name(held.sums)))
    return _judged("subtraction", held, implied, worked.placed, tried=tried, left=left)


def bounds(worked: Worked, rng: np.random.Generator, *, most: int = MOST_PROGRAMS) -> Outcome:
    """All sums at once: the least and the most of each hidden number, in fractions first and in whole numbers where those leave it open.

    Worlds that fit everything come first: of most numbers, a few of them show that they may be many. Most worlds are found without a
    program, by moves from one that is known; programs find others for what those leave open.
    """
    held, implied, found = worked.held, worked.implied, worked.puzzle
    groups = [found.group(circle) for circle in found.groups(circular=True)]
    if not groups:
        return outcome("bounds", 0, ())
    small = hidden(found.laid.shown) & (found.narrowed[0] < SMALL)
    asked = [_open(each, np.flatnonzero(small[each.columns]), shown_world(each, found.laid.shown[each.columns])) for each in groups]
    names = found.laid.names
    left = still_open(asked)
    tried = sum(len(each.targets) for each in asked)
    open_ = _no_world_shows(groups, left, rng)
    intervals: dict[Name, Interval] = {}
    programs = 0
    for group, targets in zip(groups, open_, strict=True):
        for place in targets.tolist():
            if programs < most:
                intervals[names[group.columns[place]]], used = _ends(group, place, implied.width)
                programs += used
    untried = sum(map(len, open_)) - len(intervals)
    missing = f"{untried:,} numbers: more than {most:,} programs would be needed" if untried else ""
    return _judged("bounds", held, implied, intervals, tried=tried - untried, left=missing)


def _open(group: Group, targets: Counts, world: Counts) -> Open:
    """What is asked of a group; a world that does not fit is none."""
    fits = not (group.matrix @ world).any() and bool((world >= group.low).all() and (world <= group.high).all())
    return Open(group, targets, _enough(group)[targets], world if fits else None)


def _enough(group: Group) -> Counts:
    """By how much worlds must differ in a number to show that it is hidden: by no more than they can."""
    enough: Counts = np.minimum(ENOUGH, group.high - group.low)
    return enough


def _no_world_shows(groups: Sequence[Group], targets: Sequence[Counts], rng: np.random.Generator) -> list[Counts]:
    """Targets of each group of which no world that programs find shows that they may be many different numbers."""
    left = list(targets)
    for batch in _batches(groups, targets):
        group, starts = _together([groups[each] for each in batch])
        places = np.concatenate([start + targets[each] for each, start in zip(batch, starts, strict=True)])
        open_ = np.array(_not_yet_hidden(group, places, rng), dtype=np.int64)
        for each, start in zip(batch, starts, strict=True):
            left[each] = open_[(open_ >= start) & (open_ < start + len(groups[each].columns))] - start
    return left


def _batches(groups: Sequence[Group], targets: Sequence[Counts]) -> Iterator[list[int]]:
    """Groups with targets together, a few thousand sums at a time: one program for all of them would take longer than it is given."""
    batch: list[int] = []
    sums = 0
    for place, group in enumerate(groups):
        if not len(targets[place]):
            continue
        size = group.matrix.shape[0]
        if batch and sums + size > MOST_SUMS:
            yield batch
            batch, sums = [], 0
        batch.append(place)
        sums += size
    if batch:
        yield batch


def _together(groups: Sequence[Group]) -> tuple[Group, list[int]]:
    """Groups as one, and where the numbers of each begin in it."""
    columns, low, high = (np.concatenate([getattr(each, name) for each in groups]) for name in ("columns", "low", "high"))
    starts = np.cumsum([0, *(len(each.columns) for each in groups)])[:-1].tolist()
    return Group(columns, low, high, sparse.csr_array(sparse.block_diag([each.matrix for each in groups], format="csr"))), starts


def _not_yet_hidden(group: Group, targets: Counts, rng: np.random.Generator) -> list[int]:
    """Targets of which some worlds do not show at once that they may be many different numbers."""
    least, greatest = np.full(len(group.columns), FAR), np.full(len(group.columns), -1)
    enough = _enough(group)
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
    together = puzzle(held, implied, same=held.same_numbers, listed=worked.listed).placed
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
    found = puzzle(held, implied, more=pieces, listed=worked.listed).placed
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


def insiders(worked: Worked) -> Outcome:
    """Somebody counted in a hidden number, alone or with a brother or sister, knows that number: what follows for others."""
    implied, found = worked.implied, worked.sure_puzzle
    (low, high, _), laid = found.narrowed, found.laid
    is_hidden = hidden(laid.shown) & found.told
    cells, own = (np.concatenate(each) for each in zip(*(_who_knows(is_hidden, low, high, number) for number in (1, 2)), strict=True))
    told: list[tuple[Name, str]] = []
    made = Made(laid.matrix)
    for news in Insiders(laid.matrix, low, high).news(cells, own):
        # They take themselves out of every sum they are in: that much of its interval is no news to them.
        enough = np.maximum(implied.width - own[news.insider], 1)
        exact = (news.high - news.low < enough) & (news.low < SMALL)
        exact &= is_hidden[news.cell] & (high[news.cell] - low[news.cell] >= implied.width) & (news.cell != cells[news.insider])
        for insider, cell in zip(news.insider[exact].tolist(), news.cell[exact].tolist(), strict=True):
            if cell not in made.within(int(cells[insider])):
                told.append((laid.names[cell], "follows for somebody who alone makes up another number"))
    return outcome("insiders", len(cells), told)


def _who_knows(is_hidden: Mask, low: Counts, high: Counts, own: int) -> tuple[Counts, Counts]:
    """Numbers that so many may make up, and how many they are."""
    cells = np.flatnonzero(is_hidden & (low <= own) & (own <= high))
    return cells, np.full(len(cells), own)


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
    together = puzzle(held, implied, known=intervals, listed=worked.listed).placed
    given = frozenset(intervals)
    found = {name: ends for name, ends in together.items() if name not in given}
    met = [each for each in known if each.name in held.numbers]
    missing = (
        f"{len(known) - len(met):,} of the totals given are of numbers that this release does not have" if len(met) < len(known) else ""
    )
    return _judged("outside totals", held, implied, found, tried=len(met), left=missing, before=before)
