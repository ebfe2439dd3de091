"""The one gate: true counts go in, figures that may be shown come out.

Method ``threshold-10-round-5/2``: a count under 10, or one made by fewer than 10 children, is withheld, zero too; every other number,
totals included, is rounded to the nearest 5; percentages, rates and ratios are made from the rounded parts only, their intervals too,
and withheld if either part is. A median is shown, rounded, only where the count of those it is taken of is shown. One more part is
withheld where subtraction would tell a withheld one (`sightline.disclosure.subtraction`). Whatever the reason, the public word is the same.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sightline.definitions.breakdowns import AREAS_OF_A_WARD, OF_THE_CHILD
from sightline.disclosure.subtraction import BASE, THRESHOLD, Family, withhold_what_subtraction_tells
from sightline.model.figures import Absent, Cell, Figure, Median, NotAvailable, Range, Ratio, Released, Shown, Withheld
from sightline.model.units import DECIMALS, GRID
from sightline.stats.intervals import rate_intervals, wilson_intervals

METHOD = "threshold-10-round-5/2"
OF_ONE_CHILD = frozenset({*OF_THE_CHILD, *AREAS_OF_A_WARD})
"""Breakdowns in which a child stands once. In all others a child may stand several times, or not: both are protected against, because a
reader may know which it is."""

TOTAL = "all"
PERCENT = 100
SENSITIVE = 0.05
"""A count that linkage alone may move by more than this share of itself is marked."""


def rounded(count: int) -> int:
    """The nearest multiple of 5; no count lies half way.

    >>> [rounded(count) for count in (10, 12, 13, 17)]
    [10, 10, 15, 15]
    """
    return (count + BASE // 2) // BASE * BASE


def protect_count(count: int, *, contributors: int | None = None) -> Released | Withheld:
    """One count on its own, as it may be shown.

    Args:
        count: The true count.
        contributors: How many children made it; the count itself when omitted.
    """
    if count < THRESHOLD or (contributors is not None and contributors < THRESHOLD):
        return Withheld.WITHHELD
    return Released(rounded(count))


def protect(cells: Iterable[Cell | Absent]) -> list[Figure]:
    """Turn true counts into figures that may be shown, in the same order.

    Cells of one indicator and period belong together: those of a breakdown are the parts of the total in "all". Give all of them at once;
    what is given apart cannot be protected against each other.
    """
    given = list(cells)
    counts = _protected_side([(cell, cell.numerator, cell.contributors) for cell in given if isinstance(cell, Cell)])
    outs = _protected_side([(cell, cell.denominator, None) for cell in given if isinstance(cell, Cell) and cell.denominator is not None])
    ratios = _ratios([(cell, counts[_key(cell)], outs.get(_key(cell))) for cell in given if isinstance(cell, Cell)])
    return [
        _absent(cell) if isinstance(cell, Absent) else _figure(cell, counts[_key(cell)], outs.get(_key(cell)), ratios.get(_key(cell)))
        for cell in given
    ]


Key = tuple[str, str, str, str]


def _key(cell: Cell) -> Key:
    return (cell.indicator, cell.period, cell.breakdown, cell.category)


def _protected_side(side: Sequence[tuple[Cell, int, int | None]]) -> dict[Key, Released | Withheld]:
    """One side of the ratios (all counts, or all they are out of): each alone first, then each family together."""
    shown = {_key(cell): protect_count(count, contributors=contributors) for cell, count, contributors in side}
    groups: dict[tuple[str, str], list[Key]] = defaultdict(list)
    for key in shown:
        groups[key[:2]].append(key)
    for keys in groups.values():
        for key in _told_by_subtraction(keys, shown):
            shown[key] = Withheld.WITHHELD
    return shown


def _told_by_subtraction(keys: Sequence[Key], shown: Mapping[Key, Released | Withheld]) -> list[Key]:
    names = {f"{breakdown}\x1f{category}": (indicator, period, breakdown, category) for indicator, period, breakdown, category in keys}
    total = f"{TOTAL}\x1f{TOTAL}"
    if total not in names:
        return []
    parts: dict[str, list[str]] = defaultdict(list)
    for name, key in names.items():
        if key[2] != TOTAL:
            parts[key[2]].append(name)
    families = [Family(total, tuple(members)) for members in parts.values()]
    families += [Family(total, tuple(members), overlapping=True) for breakdown, members in parts.items() if breakdown not in OF_ONE_CHILD]
    numbers = {name: _number(shown[key]) for name, key in names.items()}
    return [names[name] for name in withhold_what_subtraction_tells(numbers, families)]


def _number(shown: Released | Withheld) -> int | None:
    return shown.value if isinstance(shown, Released) else None


def _absent(cell: Absent) -> Figure:
    nothing = NotAvailable(cell.reason)
    out_of: Shown | None = nothing if cell.per is not None else None
    statistic = nothing if cell.per is not None or cell.value is not None else None
    return Figure(cell.indicator, cell.period, cell.breakdown, cell.category, nothing, out_of, statistic)


def _figure(cell: Cell, count: Released | Withheld, out_of: Released | Withheld | None, ratio: Ratio | None) -> Figure:
    statistic: Ratio | Median | Withheld | NotAvailable | None = None
    if cell.value is not None:
        statistic = protect_median(count, (cell.median, cell.median_low, cell.median_high), cell.value)
    elif cell.per is not None:
        statistic = NotAvailable("not applicable") if out_of is None else ratio or Withheld.WITHHELD
    between = (cell.low, cell.high) if cell.low is not None and cell.high is not None else None
    left_open = protect_range(cell.numerator, between, count)
    return Figure(cell.indicator, cell.period, cell.breakdown, cell.category, count, out_of, statistic, left_open)


def protect_median(count: Shown, values: tuple[float | None, float | None, float | None], unit: str) -> Median | Withheld:
    """A median and its interval, rounded; withheld where the count of those it is taken of is.

    The ends of the interval are the values of two children, out at the edges where few others are: each is moved outward to the next step
    of a coarser grid, so that it says between which steps a value lies and no more, and the interval covers what it covered.

    Args:
        count: That count, as it is shown.
        values: Median, lower and upper end.
        unit: What it is measured in, which says how it is rounded.
    """
    median, low, high = values
    if not isinstance(count, Released) or median is None or low is None or high is None:
        return Withheld.WITHHELD
    decimals = DECIMALS.get(unit, 0)
    step = GRID.get(unit, 1)
    return Median(round(median, decimals), math.floor(low / step) * step, math.ceil(high / step) * step, unit)


def _ratios(cells: Sequence[tuple[Cell, Released | Withheld, Released | Withheld | None]]) -> dict[Key, Ratio]:
    """The ratios of shown parts, with intervals made from the shown parts only."""
    found: dict[Key, Ratio] = {}
    by_per: dict[int, list[tuple[Key, int, int]]] = defaultdict(list)
    for cell, count, out_of in cells:
        if cell.per is not None and isinstance(count, Released) and isinstance(out_of, Released):
            by_per[cell.per].append((_key(cell), count.value, out_of.value))
    for per, rows in by_per.items():
        parts, wholes = (np.array([row[place] for row in rows], dtype=np.float64) for place in (1, 2))
        for (key, _, _), ratio in zip(rows, ratios_of(parts, wholes, per), strict=True):
            found[key] = ratio
    return found


def ratios_of(parts: NDArray[np.float64], wholes: NDArray[np.float64], per: int) -> list[Ratio]:
    """Ratios of shown numbers: of proportions with Wilson's interval, of rates and ratios with Byar's (the exact one below ten).

    Raises:
        ValueError: If a part is more than the whole it is a percentage of: no share over 100% is ever shown.
    """
    if per == PERCENT:
        low, high = (end * per for end in wilson_intervals(parts, wholes))
    else:
        low, high = rate_intervals(parts, wholes, per=per)
    values = (parts * per / wholes).tolist()
    return [Ratio(value, per, *ends) for value, ends in zip(values, zip(low.tolist(), high.tolist(), strict=True), strict=True)]


def protect_range(count: int, between: tuple[int, int] | None, shown: Shown) -> Range | None:
    """How far linkage may move a shown count, laid about the number as shown; None for a count that is not shown, or no range.

    Only the distances below and above the true count are used, each rounded outwards: laid about the true count itself, the ends would tell
    what rounding took away.
    """
    if between is None or not isinstance(shown, Released):
        return None
    below, above = count - between[0], between[1] - count
    lowest, highest = shown.value - _outwards(below), shown.value + _outwards(above)
    return Range(max(lowest, 0), highest, sensitive=max(abs(below), abs(above)) > SENSITIVE * shown.value)


def _outwards(distance: int) -> int:
    """The next multiple of 5 that is not smaller; a negative distance (the range lies beyond the count) comes nearer.

    >>> _outwards(3), _outwards(0), _outwards(-7)
    (5, 0, -5)
    """
    return -(-distance // BASE) * BASE


def protect_sets(
    combinations: Mapping[frozenset[str], int], *, agencies: Sequence[str]
) -> tuple[dict[str, Released | Withheld], dict[frozenset[str], Released]]:
    """Children known to each agency, and to exactly each combination of agencies, as they may be shown.

    A combination that is withheld is left out, as is one that no child is in: which of the two it is must not show.

    Args:
        combinations: True counts of children by the exact set of agencies that know them.
        agencies: Every agency, in order.
    """
    totals = {agency: sum(count for known, count in combinations.items() if agency in known) for agency in agencies}
    shown: dict[str, Released | Withheld] = {f"agency {agency}": protect_count(count) for agency, count in totals.items()}
    names = {known: "only " + " ".join(sorted(known)) for known in _every_combination(agencies)}
    shown |= {name: protect_count(combinations.get(known, 0)) for known, name in names.items()}
    families = [Family(f"agency {agency}", tuple(name for known, name in names.items() if agency in known)) for agency in agencies]
    for name in withhold_what_subtraction_tells({name: _number(each) for name, each in shown.items()}, families):
        shown[name] = Withheld.WITHHELD
    sets = {agency: shown[f"agency {agency}"] for agency in agencies}
    exact = {known: each for known, name in names.items() if isinstance(each := shown[name], Released)}
    return sets, exact


def _every_combination(agencies: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(agency for place, agency in enumerate(agencies) if bits >> place & 1) for bits in range(1, 1 << len(agencies))]
