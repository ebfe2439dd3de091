"""The one gate: true counts go in, figures that may be shown come out.

Method ``additive-5/1``: all counts of a release are rounded to multiples of 5 together, so that every total is the sum of the parts shown
beside it, and each lies within 4 of the truth; 0 is printed "0 to 4". Counts of ten or more that fewer than ten children made are withheld,
and what subtraction would tell them by. Percentages, rates, ratios and medians are withheld where too few are shown to stand behind them.
An auditor attacks the whole release before it is let out (`sightline.disclosure.release_audit`).

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.disclosure.linked import Linked, Name, code_in, name_of
from sightline.disclosure.linked_rounding import round_linked
from sightline.disclosure.linked_trees import BASE
from sightline.disclosure.release_audit import Interval, ReleaseAudit, audit_linked
from sightline.disclosure.withholding import few_behind, under, withhold_with
from sightline.model.codes import NOT_RECORDED
from sightline.model.figures import RESIDENTS, Absent, Cell, Figure, Median, NotAvailable, Range, Ratio, Released, Shown, Withheld
from sightline.model.units import DECIMALS, GRID
from sightline.stats.intervals import rate_intervals, wilson_intervals

METHOD = "additive-5/1"
TOTAL = "all"
PERCENT = 100
SENSITIVE = 0.05
"""A count that linkage alone may move by more than this share of itself is marked."""
ENOUGH = 10
"""Ratios, comparisons and ranges are made of numbers shown as at least this."""
ENOUGH_VALUES = 15
"""A median is shown where its count is shown as at least this, so that at least eleven stand behind it; a lower limit on the true count
would tell, by a median that is missing, more of the count than its rounding does."""

TOLD_BY_OTHERS = (
    "Nothing was released. Together with totals that others publish (known_totals.csv) the release would tell these counts, however they "
    "are rounded: leave out the breakdowns named, or wait until more is counted."
)
Guarded = Released | Withheld
Areas = Mapping[str, Mapping[str, str]]
"""Breakdown of areas → ward → area."""
WARD = "ward"


@dataclass(frozen=True)
class Passed:
    """What of some counts may be shown, by name, and what the auditor said."""

    shown: Mapping[Name, Guarded]
    audit: ReleaseAudit
    wide: frozenset[Name] = frozenset()
    """Counts that may err by up to twice the base, less one; public."""


def pass_counts(
    linked: Linked,
    *,
    key: bytes,
    earlier: Mapping[Name, int] | None = None,
    same: Collection[Name] | None = None,
    kept: Mapping[Name, int] | None = None,
    threshold: int = 0,
    known: Mapping[Name, Interval] | None = None,
) -> Passed:
    """Round counts together, withhold what must be, and have the outcome attacked.

    Args:
        key: Secret and kept, so that what did not change is rounded as before.
        earlier: What the release before showed, by name.
        same: Counts that are what they were then; None where nobody knows.
        kept: What crossed tables show of some counts already.
        threshold: Counts under it, or that fewer people made, are withheld, zero too; for whoever promised so.
        known: Between what counts lie by what others publish.

    Raises:
        ReleaseUnsafe: If the auditor could place a small count too closely.
    """
    families = linked.families()
    rounded = round_linked(linked, families, key=key, earlier=earlier, same=same, kept=kept)
    primary = few_behind(linked) | under(linked, threshold) | rounded.impossible
    gone = withhold_with(primary, rounded.shown, families)
    audit = audit_linked(linked, families, rounded.shown, withheld=gone, wide=rounded.wide)
    audit.insist()
    if known:
        audit = audit_linked(linked, families, rounded.shown, withheld=gone, wide=rounded.wide, known=known)
        audit.insist(hint=TOLD_BY_OTHERS)
    shown = {name: Withheld.WITHHELD if name in gone else Released(value) for name, value in rounded.shown.items()}
    return Passed(shown, audit, frozenset(rounded.wide))


def rounded(count: int) -> int:
    """The nearest multiple of 5, for numbers that are no counts of anybody.

    >>> [rounded(number) for number in (10, 12, 13, 17)]
    [10, 10, 15, 15]
    """
    return (count + BASE // 2) // BASE * BASE


def protect_count(count: int, *, key: bytes, name: str, contributors: int | None = None, earlier: Shown | None = None) -> Guarded:
    """One count on its own, as it may be shown.

    Args:
        count: The true count.
        key: Secret and kept.
        name: What is counted: the same count under the same name is always rounded alike.
        contributors: How many children made it; the count itself when omitted.
        earlier: As what it was shown before.
    """
    linked = Linked()
    linked.add(name, count, contributors)
    before = {name: earlier.value} if isinstance(earlier, Released) else {}
    return pass_counts(linked, key=key, earlier=before).shown[name]


def protect(cells: Iterable[Cell | Absent], *, key: bytes, threshold: int = 0) -> list[Figure]:
    """Turn true counts into figures that may be shown, in the same order.

    Give all cells that readers will have side by side at once; what is given apart cannot be made to agree.

    Raises:
        ReleaseUnsafe: If the auditor could place a small count too closely.
    """
    given = list(cells)
    linked = Linked()
    add_cells(linked, given)
    return figures_of(given, pass_counts(linked, key=key, threshold=threshold).shown)


def add_cells(linked: Linked, cells: Iterable[Cell | Absent], areas: Areas | None = None) -> None:
    """Take in the two sides of every figure, the breakdowns of each total, and that parts lie inside what they are out of.

    Args:
        areas: Breakdown → ward → the area of that breakdown it lies in: figures of areas are sums of those of their wards.
    """
    sides: dict[Name, dict[str, list[Name]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        if isinstance(cell, Absent):
            continue
        count = linked.add(count_name(cell), cell.numerator, cell.contributors)
        sides[_total(cell)][cell.breakdown].append(count)
        if cell.denominator is not None:
            out_of = linked.add(out_name(cell), cell.denominator)
            sides[_total_out(cell)][cell.out_breakdown or cell.breakdown].append(out_of)
            linked.inside(out_of, count)
    for total, breakdowns in sides.items():
        for breakdown, parts in breakdowns.items():
            if breakdown != TOTAL and total in linked.counts:
                linked.family(total, parts)
        for area in breakdowns.keys() & (areas or {}).keys() if WARD in breakdowns else ():
            _add_areas(linked, breakdowns[area], breakdowns[WARD], area, (areas or {})[area])


def _add_areas(linked: Linked, wholes: Sequence[Name], wards: Sequence[Name], area: str, area_of: Mapping[str, str]) -> None:
    """A count by area and the same count by ward, told apart by their codes."""
    of: dict[str, list[Name]] = defaultdict(list)
    for ward in dict.fromkeys(wards):
        of[area_of.get(code_in(ward, WARD), NOT_RECORDED)].append(ward)
    for whole in dict.fromkeys(wholes):
        linked.family(whole, of[code_in(whole, area)])


def count_name(cell: Cell) -> Name:
    """What a cell counts, by name: indicators that count the same thing share it."""
    return name_of(cell.source or cell.indicator, ("quarter", cell.period), *_told(cell.breakdown, cell.category))


def out_name(cell: Cell) -> Name:
    """What a cell is out of, by name. Residents are the same in every quarter, and in analyses."""
    return name_of(*_out_of(cell), *_told(cell.out_breakdown or cell.breakdown, cell.category))


def _total(cell: Cell) -> Name:
    return name_of(cell.source or cell.indicator, ("quarter", cell.period))


def _total_out(cell: Cell) -> Name:
    return name_of(*_out_of(cell))


def _out_of(cell: Cell) -> tuple[str, *tuple[tuple[str, str], ...]]:
    source = cell.out_source or f"{cell.indicator} is out of"
    return (source,) if source.startswith(RESIDENTS) else (source, ("quarter", cell.period))


def _told(breakdown: str, category: str) -> tuple[tuple[str, str], ...]:
    return () if breakdown == TOTAL else ((breakdown, category),)


def figures_of(cells: Sequence[Cell | Absent], shown: Mapping[Name, Guarded]) -> list[Figure]:
    """The figures of some cells, in the same order, made of what is shown of their two sides."""
    sides = [
        (cell, shown[count_name(cell)], shown[out_name(cell)] if cell.denominator is not None else None)
        for cell in cells
        if isinstance(cell, Cell)
    ]
    ratios = iter(_ratios(sides))
    counted = iter(sides)
    return [_absent(cell) if isinstance(cell, Absent) else _figure(*next(counted), next(ratios)) for cell in cells]


def _absent(cell: Absent) -> Figure:
    nothing = NotAvailable(cell.reason)
    out_of: Shown | None = nothing if cell.per is not None else None
    statistic = nothing if cell.per is not None or cell.value is not None else None
    return Figure(cell.indicator, cell.period, cell.breakdown, cell.category, nothing, out_of, statistic)


def _figure(cell: Cell, count: Guarded, out_of: Guarded | None, ratio: Ratio | None) -> Figure:
    statistic: Ratio | Median | Withheld | NotAvailable | None = None
    if cell.value is not None:
        statistic = protect_median(count, (cell.median, cell.median_low, cell.median_high), cell.value)
    elif cell.per is not None:
        statistic = NotAvailable("not applicable") if out_of is None else ratio or Withheld.WITHHELD
    between = (cell.low, cell.high) if cell.low is not None and cell.high is not None else None
    left_open = protect_range(cell.numerator, between, count)
    return Figure(cell.indicator, cell.period, cell.breakdown, cell.category, count, out_of, statistic, left_open)


def enough(shown: Shown | None) -> bool:
    """Whether a number is shown that statistics may be made of."""
    return isinstance(shown, Released) and shown.value >= ENOUGH


def protect_median(count: Shown, values: tuple[float | None, float | None, float | None], unit: str) -> Median | Withheld:
    """A median and its interval, rounded; withheld where too few are shown to stand behind it.

    The ends of the interval are the values of two children, out at the edges where few others are: each is moved outward to the next step
    of a coarser grid, so that it says between which steps a value lies and no more, and the interval covers what it covered.

    Args:
        count: The count of those it is taken of, as it is shown.
        values: Median, lower and upper end.
        unit: What it is measured in, which says how it is rounded.
    """
    median, low, high = values
    if not isinstance(count, Released) or count.value < ENOUGH_VALUES or median is None or low is None or high is None:
        return Withheld.WITHHELD
    decimals = DECIMALS.get(unit, 0)
    step = GRID.get(unit, 1)
    return Median(round(median, decimals), math.floor(low / step) * step, math.ceil(high / step) * step, unit)


def _ratios(sides: Sequence[tuple[Cell, Guarded, Guarded | None]]) -> list[Ratio | None]:
    """The ratios of shown parts, with intervals made from the shown parts only; None where a part is not shown, or too few."""
    found: list[Ratio | None] = [None] * len(sides)
    by_per: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for place, (cell, count, out_of) in enumerate(sides):
        if cell.per is not None and isinstance(count, Released) and isinstance(out_of, Released) and enough(count) and enough(out_of):
            by_per[cell.per].append((place, count.value, out_of.value))
    for per, rows in by_per.items():
        parts, wholes = (np.array([row[side] for row in rows], dtype=np.float64) for side in (1, 2))
        for (place, _, _), ratio in zip(rows, ratios_of(parts, wholes, per), strict=True):
            found[place] = ratio
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
    """How far linkage may move a shown count, laid about the number as shown; None for a count that is not shown, or small, or no range.

    Only the distances below and above the true count are used, each rounded outwards: laid about the true count itself, the ends would tell
    what rounding took away.
    """
    if between is None or not isinstance(shown, Released) or not enough(shown):
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
    combinations: Mapping[frozenset[str], int], *, agencies: Sequence[str], key: bytes
) -> tuple[dict[str, Guarded], dict[frozenset[str], Released]]:
    """Children known to each agency, and to exactly each combination of agencies, as they may be shown.

    Args:
        combinations: True counts of children by the exact set of agencies that know them.
        agencies: Every agency, in order.
        key: Secret and kept.
    """
    linked = Linked()
    add_sets(linked, combinations, agencies)
    return sets_of(agencies, combinations, pass_counts(linked, key=key).shown)


def add_sets(linked: Linked, combinations: Mapping[frozenset[str], int], agencies: Sequence[str]) -> None:
    """Take in children by exactly who knows them, and each agency's own as the sum of the combinations that it is part of.

    Only combinations that some child is in: there are as many as children at most, however many agencies. One that no child is in could
    be shown as nothing but 0 to 4, and so is not listed either; whether one that is not listed has a few children or none, nobody can tell.
    """
    occurring = _occurring(combinations)
    for known in occurring:
        linked.add(_exactly(known), combinations[known])
    for agency in agencies:
        parts = [known for known in occurring if agency in known]
        linked.add(_known_to(agency), sum(combinations[known] for known in parts))
        linked.family(_known_to(agency), map(_exactly, parts))


def sets_of(
    agencies: Sequence[str], combinations: Mapping[frozenset[str], int], shown: Mapping[Name, Guarded]
) -> tuple[dict[str, Guarded], dict[frozenset[str], Released]]:
    """What is shown of each agency and of each combination; one that is shown as 0 to 4 is left out, with those that no child is in."""
    sets = {agency: shown[_known_to(agency)] for agency in agencies}
    every = {known: shown[_exactly(known)] for known in _occurring(combinations)}
    return sets, {known: each for known, each in every.items() if isinstance(each, Released) and each.value}


def shown_of_sets(
    combinations: Mapping[frozenset[str], int], agencies: Mapping[str, Shown], exactly: Mapping[frozenset[str], Shown]
) -> Iterator[tuple[Name, Shown]]:
    """What an earlier release showed of each agency and combination, by name; a combination that it did not list it showed as 0 to 4."""
    for agency, shown in agencies.items():
        yield _known_to(agency), shown
    for known in _occurring(combinations):
        yield _exactly(known), exactly.get(known, Released(0))


def _occurring(combinations: Mapping[frozenset[str], int]) -> list[frozenset[str]]:
    """Combinations that some child is in, in an order of their own: a set of words has none."""
    return sorted((known for known, count in combinations.items() if known and count), key=lambda known: (len(known), sorted(known)))


def _known_to(agency: str) -> Name:
    return name_of("children known", ("agency", agency))


def _exactly(known: frozenset[str]) -> Name:
    return name_of("children known to exactly", *(("agency", agency) for agency in known))
