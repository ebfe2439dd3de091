"""What readers hold of a release: its numbers, which of them add up to which, and everything else that is shown. No truth is here.

Read from the same figures and tables whether they come from a release, from an exported file or from a page, so that one set of attacks
fits all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations as combinations_of

import numpy as np
from numpy.typing import NDArray

from sightline.definitions.breakdowns import AREAS_OF_A_WARD, OF_THE_CHILD, ONE
from sightline.disclosure.blackbox.outcome import Name
from sightline.model.analyses import AnalysisRow, AnalysisTable
from sightline.model.figures import Figure, Median, NotAvailable, Range, Ratio, Released, Shown
from sightline.model.releases import Combination

TOTAL = "all"
COUNT, OUT_OF = "count", "out of"
OF_ONE_CHILD = frozenset({*OF_THE_CHILD, *AREAS_OF_A_WARD})
"""Breakdowns in which a child stands once."""
SETS = "agency_sets"
MOST_MEMBERS = 8
"""With more members than that, sets that nobody shows are not written down one by one."""
_BETWEEN = " / "
Rows = Mapping[tuple[str, str], str]
"""Indicator and breakdown → in how many of its rows one may stand, where the release says so."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A whole and its parts. Where they are not ``complete``, parts that nobody shows may be missing.

    ``rows`` is what the release says of them: each that is counted is in exactly one (`ONE`) or may be in more (`SEVERAL`); empty where it
    says nothing.
    """

    whole: Name
    parts: tuple[Name, ...]
    complete: bool = True
    rows: str = ONE

    @property
    def sure(self) -> bool:
        """Whether a reader takes the parts for ones that do not overlap: told so, or of the child, who lives in one place."""
        return self.rows == ONE or (not self.rows and OF_ONE_CHILD.issuperset(self.parts[0][3].split(_BETWEEN)[-1:]))


@dataclass(frozen=True, slots=True)
class HeldRatio:
    """A percentage, rate or ratio as it is shown, and the two numbers that it is said to be made of."""

    part: Name
    whole: Name
    shown: Ratio


@dataclass(frozen=True, slots=True)
class Copy:
    """The numbers of one place where they are shown again: a file, a page, a second answer to the same question."""

    place: str
    numbers: Mapping[Name, int | None]


@dataclass(frozen=True, slots=True)
class Text:
    """Words with numbers in them, and where they stand."""

    where: str
    text: str


@dataclass(frozen=True, eq=False)
class Timed:
    """Questions that a server answers with the same numbers, and how long it took over each, round by round.

    In every round each question is asked once, in an order that is drawn: whatever else keeps the server busy falls on all alike.

    Args:
        about: What is asked, in words.
        seconds: A row for each round, a column for each question.
    """

    about: str
    seconds: NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """One release as its readers hold it; ``numbers`` are as shown, None where withheld.

    ``blanks`` are numbers whose place is told as something else: an empty cell, a reason. ``units`` are the words for what is counted.
    """

    title: str
    method: str
    number: int | None = None
    generation: str = ""
    numbers: Mapping[Name, int | None] = field(default_factory=dict)
    sums: tuple[Sum, ...] = ()
    ratios: tuple[HeldRatio, ...] = ()
    ranges: Mapping[Name, Range] = field(default_factory=dict)
    medians: tuple[tuple[Name, float], ...] = ()
    copies: tuple[Copy, ...] = ()
    texts: tuple[Text, ...] = ()
    drawings: tuple[Text, ...] = ()
    pages: tuple[Text, ...] = ()
    maps: tuple[Text, ...] = ()
    blanks: tuple[tuple[Name, str], ...] = ()
    answered: int = 0
    """So many answers of a server had their ``headers`` looked at: those that nothing explains are kept."""
    headers: tuple[Text, ...] = ()
    errors: tuple[Text, ...] = ()
    """What a server said where it gave no answer."""
    timed: tuple[Timed, ...] = ()
    untimed: str = "Only a running server takes time over an answer; here were files."
    """Why nothing was timed; empty where something was."""
    units: frozenset[str] = frozenset()
    same_numbers: tuple[tuple[Name, Name], ...] = ()
    """Numbers that two tables both count, as the queries they name tell."""
    nested: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    """Breakdown by area → area → the finest areas in it, where readers can know."""


def number_of(shown: Shown | None) -> tuple[bool, int | None]:
    """Whether there is a number at all, shown or withheld; and the number, None where it is withheld."""
    if shown is None or isinstance(shown, NotAvailable):
        return False, None
    return True, shown.value if isinstance(shown, Released) else None


@dataclass(frozen=True)
class Numbers:
    """Numbers, sums and ratios gathered from figures and tables."""

    numbers: dict[Name, int | None]
    sums: list[Sum]
    ratios: list[HeldRatio]
    ranges: dict[Name, Range]
    blanks: list[tuple[Name, str]]
    same: list[tuple[Name, Name]]
    medians: list[tuple[Name, float]]

    @classmethod
    def empty(cls) -> Numbers:
        return cls({}, [], [], {}, [], [], [])

    def take(self, name: Name, shown: Shown | None) -> bool:
        """Hold a number; whether there is one."""
        there, number = number_of(shown)
        if there:
            self.numbers[name] = number
        elif isinstance(shown, NotAvailable):
            self.blanks.append((name, shown.reason))
        return there


def hold_figures(into: Numbers, figures: Iterable[Figure], rows: Rows) -> None:
    """The figures of indicators: each breakdown's categories are the parts of all together."""
    parts: dict[tuple[str, str, str, str], list[Name]] = defaultdict(list)
    for figure in figures:
        place = (figure.indicator, figure.period, figure.breakdown, figure.category)
        count, out_of = (COUNT, *place), (OUT_OF, *place)
        for name, shown in ((count, figure.count), (out_of, figure.out_of)):
            if into.take(name, shown) and figure.breakdown != TOTAL:
                parts[name[:4]].append(name)
        if isinstance(figure.statistic, Ratio):
            into.ratios.append(HeldRatio(count, out_of, figure.statistic))
        elif isinstance(figure.statistic, Median):
            into.medians.append((count, figure.statistic.value))
        if figure.range is not None:
            into.ranges[count] = figure.range
    for (kind, indicator, period, breakdown), names in parts.items():
        whole = (kind, indicator, period, TOTAL, TOTAL)
        if whole in into.numbers:
            into.sums.append(Sum(whole, tuple(names), rows=_of_kind(kind, rows.get((indicator, breakdown), ""))))


def _of_kind(kind: str, rows: str) -> str:
    """What is told of the rows is told of what they count. Of what they are out of it promises nothing: residents are of some ages."""
    return rows if kind == COUNT or rows != ONE else ""


def hold_table(into: Numbers, analysis: str, period: str, table: AnalysisTable) -> None:
    """A table of an analysis: its total, the margins of its leading dimensions, and its rows."""
    name = f"{analysis}/{table.id}"
    total = (COUNT, name, period, TOTAL, TOTAL)
    into.take(total, table.total)
    margins = [_row(into, name, period, table, row) for row in table.margins]
    if table.chart == "upset":
        members = {margin.categories[0]: of for margin, of in zip(table.margins, margins, strict=True)}
        exactly = {row.categories: (COUNT, name, period, "exactly", "+".join(row.categories)) for row in table.rows}
        for row in table.rows:
            into.take(exactly[row.categories], row.count)
        _sets_of(into, members, exactly, total)
        return
    rows = [(row, _row(into, name, period, table, row)) for row in table.rows]
    complete = not table.only_shown
    by = [dimension.id for dimension in table.dimensions]
    leading = len(table.margins[0].categories) if table.margins else 0
    if margins:
        into.sums.append(Sum(total, tuple(margins), complete=complete, rows=table.in_rows(*by[:leading])))
    within: dict[Name, list[Name]] = defaultdict(list)
    for row, each in rows:
        whole = _name(COUNT, name, period, table, row.categories[:leading]) if leading else total
        within[whole].append(each)
    rows_within = table.in_rows(*by[leading:])
    into.sums.extend(Sum(whole, tuple(parts), complete=complete, rows=rows_within) for whole, parts in within.items())


def _row(into: Numbers, name: str, period: str, table: AnalysisTable, row: AnalysisRow) -> Name:
    count, out_of = (_name(kind, name, period, table, row.categories) for kind in (COUNT, OUT_OF))
    into.take(count, row.count)
    into.take(out_of, row.out_of)
    if isinstance(row.ratio, Ratio):
        into.ratios.append(HeldRatio(count, out_of, row.ratio))
    if row.range is not None:
        into.ranges[count] = row.range
    return count


def _name(kind: str, name: str, period: str, table: AnalysisTable, codes: Sequence[str]) -> Name:
    dimensions = [dimension.id for dimension in table.dimensions][: len(codes)]
    return (kind, name, period, _BETWEEN.join(dimensions), _BETWEEN.join(codes))


def hold_sets(into: Numbers, period: str, agencies: Sequence[Combination], combinations: Sequence[Combination]) -> None:
    """Children known to each agency, and to exactly each combination of agencies; combinations that are not shown may be anything."""
    for each in agencies:
        into.take((COUNT, SETS, period, "agency", each.agencies[0]), each.children)
    for each in combinations:
        into.take((COUNT, SETS, period, "exactly", "+".join(each.agencies)), each.children)
    members = {each.agencies[0]: (COUNT, SETS, period, "agency", each.agencies[0]) for each in agencies}
    _sets_of(into, members, {each.agencies: (COUNT, SETS, period, "exactly", "+".join(each.agencies)) for each in combinations})


def _sets_of(into: Numbers, members: Mapping[str, Name], shown: Mapping[tuple[str, ...], Name], total: Name | None = None) -> None:
    """Each member's number is the sum of the exact sets it is in. Sets that are not shown are withheld or empty: nobody can tell which."""
    names = {frozenset(codes): name for codes, name in shown.items()}
    everything = len(members) <= MOST_MEMBERS and bool(members)
    if everything:
        kind, what, when = next(iter(members.values()))[:3]
        for size in range(1, len(members) + 1):
            for codes in combinations_of(members, size):
                if frozenset(codes) not in names:
                    names[frozenset(codes)] = name = (kind, what, when, "exactly", "+".join(codes))
                    into.numbers[name] = None
    for member, whole in members.items():
        if whole in into.numbers:
            into.sums.append(Sum(whole, tuple(name for codes, name in names.items() if member in codes), complete=everything))
    if total is not None and total in into.numbers:
        into.sums.append(Sum(total, tuple(names.values()), complete=everything))


def link_tables(into: Numbers, queries: Iterable[tuple[str, str, Name]]) -> None:
    """Note totals that are made by the same query: a reader sees it beside both, and takes them for one number.

    Args:
        queries: For each total: its query, what it is out of, its name.
    """
    first: dict[tuple[str, str], Name] = {}
    for query, unit, name in queries:
        if query and name in into.numbers:
            other = first.setdefault((query, unit), name)
            if other != name:
                into.same.append((other, name))


def every_name(sums: Iterable[Sum]) -> Iterator[Name]:
    """Every name that a sum mentions, wholes first."""
    for each in sums:
        yield each.whole
        yield from each.parts
