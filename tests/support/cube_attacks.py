"""What readers of a declared cube try, each way by itself, without the truth: they hold what is told, and say what they conclude.

For tests of the auditor (`sightline.disclosure.audit`), which decides whether a cube may go out and must be at least as strong as every
attack here that reasons on sums. Whole releases are attacked by `sightline.disclosure.blackbox`, the one place of attackers in the product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sightline.disclosure.cubes import CellName, Cube, KnownTotal, atoms_of, cells, hidden
from sightline.disclosure.knowledge import UNBOUNDED, Changes, Counts, Earlier, Mask, Told
from sightline.disclosure.narrowing import Sums
from sightline.disclosure.system import System, alone, pair, reading

WIDTH = 5
TRIES = 10_000
CONFIDENT = 2.0
"""An attacker who averages believes what lies within so many standard errors."""

Ask = Callable[[Mask], Counts]
"""A server: sets of atoms (one row each) in, one shown number for each out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a reader concludes of a cell: that it lies from ``low`` to ``high``. Not ``sure`` where it rests on averages."""

    attack: str
    cell: CellName
    low: int
    high: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Percentage:
    """A percentage as it is shown, of two cells by their place in the flat order."""

    part: int
    whole: int
    shown: float
    decimals: int = 0


def without_truth(told: Told) -> Told:
    """The same release as its readers hold it: no counts, and not which cells matter."""
    cube = told.cube
    blind = Cube(cube.id, cube.dimensions, np.zeros_like(cube.atoms), None, cube.served, cube.zeros)
    return replace(told, cube=blind, protected=np.zeros_like(told.protected))


def _narrowed(told: Told, outside: Iterable[KnownTotal] = ()) -> tuple[System, Counts, Counts]:
    system = alone(reading([without_truth(told)], tuple(outside), width=WIDTH))
    found = Sums(system.equations).narrow(system.low, system.high)
    return system, found.low, found.high


# On sums


def subtraction(told: Told, *, outside: Iterable[KnownTotal] = (), width: int = WIDTH) -> list[Claim]:
    """Take parts from wholes until nothing changes: cells told less closely than this places them, and closer than the width."""
    system, low, high = _narrowed(told, outside)
    closer = (high - low < width) & (high - low < system.high - system.low)
    return [Claim("subtraction", system.named(cell)[0], int(low[cell]), int(high[cell])) for cell in np.flatnonzero(closer).tolist()]


def whole_groups(told: Told) -> list[Claim]:
    """Groups all of whom are alike: in a sum of which one part must be everything, membership tells the rest (100%)."""
    system, low, high = _narrowed(told)
    matrix = system.equations
    found: dict[int, Claim] = {}
    for row in range(matrix.shape[0]):
        columns, signs = (each[matrix.indptr[row] : matrix.indptr[row + 1]] for each in (matrix.indices, matrix.data))
        parts, whole = columns[signs < 0], columns[signs > 0]
        possible = parts[high[parts] > 0]
        if len(parts) > 1 and len(possible) == 1 and low[whole[0]] > 0:
            part = int(possible[0])
            found[part] = Claim("groups of 100%", system.named(part)[0], int(low[part]), int(high[part]))
    return [found[part] for part in sorted(found)]


def presence(told: Told, *, small: int = 10) -> list[Claim]:
    """Finest combinations, and pieces of areas, that the release does not show and of which a reader knows: somebody is there, and few."""
    system, low, high = _narrowed(told)
    served = np.zeros(system.size, dtype=bool)
    served[: len(told.low)] = ~hidden(told.cube) & (told.low > 0)
    there = system.atoms[(low[system.atoms] > 0) & (high[system.atoms] < small) & ~served[system.atoms]]
    return [Claim("presence", system.named(cell)[0], int(low[cell]), int(high[cell])) for cell in there.tolist()]


def insiders(told: Told, contributors: Counts, truth: Counts, *, width: int = WIDTH, most: int = 200) -> list[Claim]:
    """Somebody who alone (or with siblings) makes up a withheld cell knows its count: what follows for other cells.

    Args:
        contributors: Distinct contributors of every cell, in the flat order.
        truth: Counts of every cell; only those of the insiders' own cells are read.
        most: So many insiders are tried, in order.
    """
    system, before_low, before_high = _narrowed(told)
    sums, found = Sums(system.equations), dict[int, Claim]()
    size = len(told.low)
    own_cells = np.flatnonzero((contributors == 1) & (before_low[:size] < before_high[:size]))[:most]
    for own in own_cells.tolist():
        low, high = before_low.copy(), before_high.copy()
        low[own] = high[own] = truth[own]
        after = sums.narrow(low, high)
        told_more = (after.high - after.low < width) & (after.high - after.low < before_high - before_low)
        told_more[own] = False
        for cell in np.flatnonzero(told_more).tolist():
            found.setdefault(cell, Claim("insiders", system.named(cell)[0], int(after.low[cell]), int(after.high[cell])))
    return [found[cell] for cell in sorted(found)]


def release_pairs(new: Told, old: Told, changes: Changes, *, width: int = WIDTH) -> list[Claim]:
    """Subtract an earlier release from this one: changes by less than the width that can be read exactly."""
    blind_new, blind_old = without_truth(new), without_truth(old)
    now = reading([blind_new], (), tables=blind_old.cube.served, width=width)
    system = pair(now, Earlier(blind_old, changes), width)
    found = Sums(system.equations).narrow(system.low, system.high)
    start = 2 * system.size
    low, high = found.low[start:], found.high[start:]
    exact = np.flatnonzero((low == high) & (low != 0) & (np.abs(low) < width))
    return [Claim("release pairs", system.named(cell)[0], int(low[cell]), int(high[cell])) for cell in exact.tolist()]


# On answers


def averaging(answers: NDArray[np.int64], told: Told, *, width: int = WIDTH) -> list[Claim]:
    """Ask the same many times and take the mean: where answers differ, noise averages out.

    Args:
        answers: One row for each time of asking, one column for each cell in the flat order.
    """
    listed = cells(told.cube)
    return [Claim("averaging", listed.name(cell), low, high, sure=False) for cell, low, high in _means(answers.T.astype(np.float64), width)]


def unions_and_complements(
    ask: Ask, cube: Cube, targets: Sequence[CellName], rng: np.random.Generator, *, tries: int = TRIES, width: int = WIDTH
) -> list[Claim]:
    """Ask for random unions with and without a target, and for what is left of everything; the differences are guesses at the target.

    Where every difference is the same number, the server adds up frozen figures, and asking more tells no more.
    """
    size = int(cube.atoms.size)
    each = max(tries // (2 * max(len(targets), 1)), 1)
    guesses = (
        np.stack([_differences(ask, atoms_of(cube, target), size, each, rng) for target in targets]) if targets else np.zeros((0, each))
    )
    return [
        Claim("unions and complements", targets[place], low, high, sure=False)
        for place, low, high in _means(guesses.astype(np.float64), width)
    ]


def _differences(ask: Ask, target: NDArray[np.intp], size: int, times: int, rng: np.random.Generator) -> Counts:
    without = rng.random((times, size)) < rng.random((times, 1))
    without[:, target] = False
    with_target = without.copy()
    with_target[:, target] = True
    half = times // 2
    inside = ask(with_target[:half]) - ask(without[:half])
    around = ask(~without[half:]) - ask(~with_target[half:])
    return np.concatenate([inside, around])


def _means(guesses: NDArray[np.float64], width: int) -> Iterator[tuple[int, int, int]]:
    """Rows whose guesses differ among themselves and whose mean is known more closely than the width."""
    if guesses.shape[1] < 2:
        return
    mean, spread = guesses.mean(axis=1), guesses.std(axis=1, ddof=1)
    error = CONFIDENT * spread / np.sqrt(guesses.shape[1])
    low, high = np.ceil(mean - error).astype(np.int64), np.floor(mean + error).astype(np.int64)
    low, high = np.minimum(low, np.rint(mean).astype(np.int64)), np.maximum(high, np.rint(mean).astype(np.int64))
    for place in np.flatnonzero((spread > 0) & (high - low < width)).tolist():
        yield place, int(low[place]), int(high[place])


def percentages(told: Told, shown: Sequence[Percentage], figures: Counts, *, width: int = WIDTH) -> list[Claim]:
    """Turn percentages back to counts: which counts, of the wholes that are possible, give the percentage that is shown.

    Where every percentage is what the shown figures give, readers conclude that it was made of those, and learn nothing from it.

    Args:
        figures: The number shown for every cell, in the flat order; below 0 where none is.
    """
    if all(_is_of(each, figures) for each in shown):
        return []
    listed, found = cells(told.cube), []
    for each in shown:
        counts = _counts_with(each, told)
        if len(counts) and counts[1] - counts[0] < min(width, told.high[each.part] - told.low[each.part]):
            found.append(Claim("percentages", listed.name(each.part), int(counts[0]), int(counts[1])))
    return found


def _is_of(percentage: Percentage, figures: Counts) -> bool:
    part, whole = int(figures[percentage.part]), int(figures[percentage.whole])
    if part < 0 or whole <= 0:
        return False
    return abs(100 * part / whole - percentage.shown) <= _half(percentage)


def _half(percentage: Percentage) -> float:
    """How far a percentage may be from what it was rounded from."""
    return 0.5 * 10.0**-percentage.decimals + 1e-9


def _counts_with(percentage: Percentage, told: Told) -> Counts:
    """The least and the most of the part that fit; empty if none does."""
    whole_low, whole_high = (int(each[percentage.whole]) for each in (told.low, told.high))
    if whole_high >= UNBOUNDED or whole_high < 1:
        return np.zeros(0, dtype=np.int64)
    wholes = np.arange(max(whole_low, 1), whole_high + 1)
    half = _half(percentage)
    least = np.ceil((percentage.shown - half) * wholes / 100)
    most = np.floor((percentage.shown + half) * wholes / 100)
    least = np.maximum(least, told.low[percentage.part])
    most = np.minimum(np.minimum(most, wholes), told.high[percentage.part])
    fits = least <= most
    return np.array([least[fits].min(), most[fits].max()], dtype=np.int64) if fits.any() else np.zeros(0, dtype=np.int64)
