"""Attacks on answers: the same number asked for again, added up in other ways, or turned back from a percentage.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sightline.disclosure.blackbox.held import Held, HeldRatio, Sum
from sightline.disclosure.blackbox.implied import SMALL, TABLES, Implied
from sightline.disclosure.blackbox.layout import ABSENT, WITHHELD, Interval
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.disclosure.blackbox.outcome import Name, Outcome, not_tried, outcome
from sightline.disclosure.blackbox.puzzle import ENOUGH, Puzzle, adds_up, puzzle
from sightline.disclosure.gate import ratios_of
from sightline.disclosure.knowledge import UNBOUNDED, Counts

TRIES = 10_000
CONFIDENT = 2.0
"""An attacker who averages believes what lies within so many standard errors."""
_SAME = 1e-9


def _told_otherwise(held: Held) -> dict[Name, list[tuple[str, int | None]]]:
    """Numbers that some place shows otherwise than the release does, with every place that shows them."""
    found: dict[Name, list[tuple[str, int | None]]] = {}
    for copy in held.copies:
        for name, number in copy.numbers.items():
            if name in held.numbers and number != held.numbers[name]:
                found.setdefault(name, []).append((copy.place, number))
    return found


def averaging(held: Held) -> Outcome:
    """Look a number up wherever it is shown, and ask for it again: where answers differ, their mean comes closer, and none may show what
    another withholds."""
    if not held.copies:
        return not_tried("averaging", "The release was read in one place only; nothing could be asked for twice.")
    told = []
    for name, others in _told_otherwise(held).items():
        places = ", ".join(sorted({place for place, _ in others}))
        numbers = [held.numbers[name], *(number for _, number in others)]
        withheld = [number is None for number in numbers]
        what = "is withheld in one place and shown in another" if any(withheld) else "is shown differently"
        told.append((name, f"{what} ({places})"))
    return outcome("averaging", sum(name in held.numbers for copy in held.copies for name in copy.numbers), told)


def unions_and_complements(worked: Worked, rng: np.random.Generator, *, tries: int = TRIES) -> Outcome:
    """Add up random categories, and take the rest from their whole; do it with and without one category, and compare.

    Where figures are frozen, every such pair differs by the same number and asking more tells no more. Where places answer differently, the
    answers are drawn from all of them, and averaged.
    """
    held, implied = worked.held, worked.implied
    listed = worked.listed
    rows, shown = listed.rows, listed.shown
    sizes = np.diff(rows.starts)
    usable = rows.complete & (sizes > 1) & (shown[rows.whole] != ABSENT) & (shown[rows.whole] != WITHHELD)
    usable &= listed.adding_up(agrees=implied.agrees, only_sure=True)
    if not usable.any():
        return not_tried("unions and complements", "No whole is shown whose parts are known.")
    low, high = _ends_by_place(worked)
    usable &= (rows.over_parts(low) <= high[rows.whole]) & (rows.over_parts(high) >= low[rows.whole])
    chosen = np.flatnonzero(usable & (low[rows.whole] >= 0) & (rows.over_parts(low < 0) == 0))
    if not len(chosen):
        return not_tried("unions and complements", "No sum of this release can hold.")
    told: list[tuple[Name, str]] = []
    for drawn, times in zip(*np.unique(rng.integers(len(chosen), size=tries), return_counts=True), strict=True):
        place = chosen[drawn]
        parts = rows.parts[rows.starts[place] : rows.starts[place + 1]]
        targets = rng.integers(len(parts), size=times)
        whole = (int(low[rows.whole[place]]), int(high[rows.whole[place]]))
        least, most = _differences(np.stack([low[parts], high[parts]], axis=1), targets, whole, rng)
        found = (least < SMALL) & (most - least < implied.width) & (shown[parts[targets]] == WITHHELD)
        names = held.sums[place].parts if found.any() else ()
        told += [(names[target], "is the difference of two unions") for target in np.unique(targets[found]).tolist()]
    told += _averaged(held, [held.sums[place] for place in chosen.tolist()] if held.copies else (), rng, tries)
    return outcome("unions and complements", tries, told)


def _ends_by_place(worked: Worked) -> tuple[Counts, Counts]:
    """What is surely known of each number by its place in the list; below 0 of one that no sum tells of."""
    found, places = worked.sure_puzzle, worked.listed.places
    low, high = (np.full(len(places), -1, dtype=np.int64) for _ in range(2))
    told = np.flatnonzero(found.told & (found.laid.shown != ABSENT))
    at = np.array([places.of[found.laid.names[each]] for each in told.tolist()], dtype=np.int64)
    low[at], high[at] = found.narrowed[0][told], found.narrowed[1][told]
    return low, high


def _differences(ends: Counts, targets: Counts, whole: Interval, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """What parts may be, each from a random union with it and the rest without it, both told by their own parts and by the whole."""
    times, rows = len(targets), np.arange(len(targets))
    chosen = rng.random((times, len(ends))) < rng.random((times, 1))
    chosen[rows, targets] = False
    others = ~chosen
    others[rows, targets] = False
    inside, around = chosen @ ends, others @ ends
    low = np.maximum(whole[0] - inside[:, 1] - around[:, 1], np.maximum(ends[targets, 0], 0))
    high = np.minimum(whole[1] - inside[:, 0] - around[:, 0], ends[targets, 1])
    return low, high


def _averaged(held: Held, usable: Sequence[Sum], rng: np.random.Generator, tries: int) -> Iterator[tuple[Name, str]]:
    """Guesses at single parts where places differ: unions with and without them, each number drawn from any place that shows it."""
    differing = _told_otherwise(held)
    open_ = [(each, part) for each in usable for part in each.parts if part in differing]
    for each, target in open_:
        times = max(tries // len(open_), 2)
        guesses = np.zeros(times)
        for name, sign in ((each.whole, 1), *((part, -1) for part in each.parts if part != target)):
            answers = [held.numbers[name], *(number for _, number in differing.get(name, ()))]
            numbers = [number for number in answers if number is not None]
            if not numbers:
                break
            guesses += sign * rng.choice(np.array(numbers, dtype=float), size=times)
        else:
            error = CONFIDENT * guesses.std(ddof=1) / np.sqrt(times)
            if guesses.std() > 0 and 2 * error < ENOUGH:
                yield target, "comes out of the mean of many unions"


def percentages(held: Held, implied: Implied) -> Outcome:
    """Turn percentages, rates and their intervals back to counts, and see whether they were made of anything but the numbers shown."""
    told: list[tuple[Name, str]] = []
    of_shown: dict[int, list[HeldRatio]] = defaultdict(list)
    for ratio in held.ratios:
        part, whole = (held.numbers.get(name) for name in (ratio.part, ratio.whole))
        if part is None or not whole:
            told.append((ratio.part, "has a percentage or rate, though a number that it is made of is not shown"))
        else:
            of_shown[ratio.shown.per].append(ratio)
    for per, ratios in of_shown.items():
        parts, wholes = (np.array([held.numbers[getattr(each, side)] for each in ratios], dtype=np.float64) for side in ("part", "whole"))
        for ratio, made in zip(ratios, ratios_of(parts, wholes, per), strict=True):
            if _differs(ratio.shown.value, made.value) or _differs(ratio.shown.low, made.low) or _differs(ratio.shown.high, made.high):
                told.append((ratio.part, _back_to_counts(ratio, held, implied)))
    for name, between in held.ranges.items():
        shown = held.numbers.get(name)
        if shown is None:
            told.append((name, "has a range, though the number is not shown"))
        elif (between.high - shown) % implied.base or (between.low and (shown - between.low) % implied.base):
            told.append((name, "has a range whose ends were not made from the number shown"))
    return outcome("percentages", len(held.ratios) + len(held.ranges), told)


def _differs(shown: float | None, made: float | None) -> bool:
    """Whether a number is not the one that shown numbers give, to as many decimals as it has."""
    if shown is None or made is None:
        return False
    decimals = len(repr(float(shown)).partition(".")[2])
    half = 0.5 * 10.0**-decimals if decimals < 6 else _SAME * max(abs(made), 1.0)
    return abs(shown - made) > half + _SAME


def _back_to_counts(ratio: HeldRatio, held: Held, implied: Implied) -> str:
    part, whole = (implied.interval(held.numbers.get(name)) for name in (ratio.part, ratio.whole))
    parts = np.arange(part[0], min(part[1], part[0] + 100) + 1)[:, None]
    wholes = np.arange(max(whole[0], 1), min(whole[1], whole[0] + 100) + 1)[None, :]
    made = parts * ratio.shown.per / wholes
    fits = np.abs(made - ratio.shown.value) <= max(_SAME, 1e-6 * ratio.shown.value)
    if int(fits.any(axis=1).sum()) == 1:
        return "has a percentage or rate that gives its count exactly"
    return "has a percentage or rate that was not made from the numbers shown"


# Pairs of releases


def release_pairs(worked: Worked, earlier: Sequence[Worked]) -> Outcome:
    """Put earlier releases beside this one: of the same counts, what one withholds the other must not show; of others, no small change
    may be read exactly."""
    if not earlier:
        return not_tried("release pairs", "No earlier release was given.")
    told: list[tuple[Name, str]] = []
    tried = 0
    new = worked.held
    for old in earlier:
        both = [name for name in new.numbers if name in old.held.numbers]
        tried += len(both)
        found = _same_counts if new.generation and new.generation == old.held.generation else _changes
        told += found(worked, old, both)
    return outcome("release pairs", tried, told)


def _same_counts(now: Worked, before: Worked, both: Sequence[Name]) -> Iterator[tuple[Name, str]]:
    new, old = now.held, before.held
    for name in both:
        if new.numbers[name] is None and old.numbers[name] is not None and old.method != TABLES:
            yield name, f"is withheld and was shown in {old.title}, of the same records"
    known = {name: before.placed.get(name, before.implied.interval(old.numbers[name])) for name in both}
    for name, (low, high) in puzzle(new, now.implied, known=known, listed=now.listed).placed.items():
        # What one of the two tells by itself, as a table of exact numbers does, is not told by both together.
        apart = min(most - least for least, most in (now.placed.get(name, (0, UNBOUNDED)), known.get(name, (0, UNBOUNDED))))
        if low < SMALL and name in new.numbers and 0 <= high - low < now.implied.width <= apart:
            yield name, f"can be worked out together with {old.title}, of the same records"


def _changes(now: Worked, before: Worked, both: Sequence[Name]) -> Iterator[tuple[Name, str]]:
    """Changes of fewer than ten that are told exactly: whoever was added, or belonged to a return that was withdrawn."""
    new, old = now.held, before.held
    moved: dict[Name, Interval] = {}
    for name in both:
        low, high = now.placed.get(name, now.implied.interval(new.numbers[name]))
        least, most = before.placed.get(name, before.implied.interval(old.numbers[name]))
        moved[name] = (max(low - most, -UNBOUNDED), min(high - least, UNBOUNDED))
    for name, (low, high) in _narrowed_changes(now, moved).items():
        if high - low < now.implied.width and 0 < abs(low) < SMALL:
            yield name, f"shows exactly how few were added or taken away since {old.title}"


def _narrowed_changes(now: Worked, moved: Mapping[Name, Interval]) -> dict[Name, Interval]:
    """Changes of wholes are the sums of the changes of their parts."""
    there = (each for each in now.held.sums if each.complete and each.whole in moved and all(part in moved for part in each.parts))
    same = [each for each in there if adds_up(each, now.held, now.implied, only_sure=True)]
    return {**moved, **Puzzle.of(same, moved).placed}
