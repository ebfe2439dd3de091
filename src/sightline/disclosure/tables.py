"""The gate for the tables of analyses: true counts go in, rows that may be shown come out.

The rules are those of `sightline.disclosure.gate`: all rounded to multiples of 5 together, statistics from shown numbers only. All tables
of a release pass at once, because what two tables both count is one number.

Method page: docs/methods/analyses.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sightline.disclosure.gate import Guarded, enough, pass_counts, protect_median, protect_range, ratios_of, rounded
from sightline.disclosure.linked import Linked, Name, name_of
from sightline.disclosure.withholding import THRESHOLD
from sightline.model.analyses import AnalysisRow, PairAgreement, RateRatio
from sightline.model.counted_tables import Codes, CountedAnalysis, CountedRow, CountedTable
from sightline.model.figures import NotAvailable, Ratio, Released, Shown, Withheld
from sightline.stats.agreement import cohen_kappa
from sightline.stats.comparisons import rate_ratio_p_values, words_for
from sightline.stats.intervals import rate_ratio_interval

LEAST_FLOW = 20
"""The least multiple of 5 that stands for 10 or more however it was rounded: a few numbers of a release lie 9 from the true one."""
_BOTH, _FIRST, _SECOND, _NEITHER = "both", "first", "second", "neither"


class ShownTable(Protocol):
    """A table as readers have it."""

    @property
    def total(self) -> Shown | None: ...
    @property
    def rows(self) -> tuple[AnalysisRow, ...]: ...
    @property
    def margins(self) -> tuple[AnalysisRow, ...]: ...


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """What may be shown of one table."""

    total: Guarded
    rows: tuple[AnalysisRow, ...]
    margins: tuple[AnalysisRow, ...]
    agreement: tuple[PairAgreement, ...]


def protect_tables(analyses: Sequence[CountedAnalysis], *, key: bytes) -> dict[tuple[str, str], ProtectedTable]:
    """Turn true counts into what may be shown, by analysis and table. Give all tables of a release at once.

    Raises:
        ReleaseUnsafe: If the auditor could place a small count too closely.
    """
    linked = Linked()
    add_tables(linked, analyses)
    return tables_of(analyses, pass_counts(linked, key=key).shown)


def protect_table(table: CountedTable, *, key: bytes) -> ProtectedTable:
    """One table on its own, as it may be shown."""
    (protected,) = protect_tables([CountedAnalysis("", (table,))], key=key).values()
    return protected


def tables_of(analyses: Sequence[CountedAnalysis], shown: Mapping[Name, Guarded]) -> dict[tuple[str, str], ProtectedTable]:
    """The tables, made of what is shown of their numbers."""
    return {(analysis.id, table.id): _Showing(table, shown).table() for analysis in analyses for table in analysis.tables}


def is_shown_flow(count: Shown) -> bool:
    """Whether a flow may be shown: where the number shown says that it is 10 at the least, whichever way it was rounded.

    It is decided by the number that would be shown and never by the true one, so that what is withheld tells less than what would be shown.
    """
    return isinstance(count, Released) and count.value >= LEAST_FLOW


def _own(table: CountedTable, codes: Codes) -> Name:
    return name_of(table.source, *zip(table.dimensions[: len(codes)], codes, strict=True))


def _row_name(table: CountedTable, row: CountedRow) -> Name:
    if table.is_of_sets:
        return name_of(f"{table.source} exactly", *((table.dimensions[0], code) for code in row.categories))
    return _own(table, row.categories)


def _out(table: CountedTable, codes: Codes) -> Name:
    places = [place for place in table.out_places if place < len(codes)]
    return name_of(table.out_source, *((table.dimensions[place], codes[place]) for place in places))


def add_tables(linked: Linked, analyses: Sequence[CountedAnalysis]) -> None:
    """Take in every number of every table, and every whole with its parts."""
    for analysis in analyses:
        for table in analysis.tables:
            _add_numbers(linked, table)
            _add_families(linked, table)
        _link_pairs(linked, analysis)


def _add_numbers(linked: Linked, table: CountedTable) -> None:
    linked.add(_own(table, ()), table.total.count, table.total.contributors)
    for row in table.margins:
        linked.add(_own(table, row.categories), row.count, row.contributors)
    for row in table.rows:
        linked.add(_row_name(table, row), row.count, row.contributors)
    if _is_out_of_others(table):
        _add_wholes(linked, table)


def _add_wholes(linked: Linked, table: CountedTable) -> None:
    """What rows are out of, where that is counted apart: a whole of its own, and something each row lies inside."""
    told = [row for row in table.rows if row.out_of is not None]
    for row in (table.total, *table.margins, *told):
        if row.out_of is not None:
            own = _row_name(table, row) if len(row.categories) == len(table.dimensions) else _own(table, row.categories)
            linked.inside(linked.add(_out(table, row.categories), row.out_of), own)
    if table.total.out_of is not None:
        linked.family(_out(table, ()), (_out(table, row.categories) for row in told))


def _is_out_of_others(table: CountedTable) -> bool:
    """Whether rows are out of something counted apart, not of the table's own numbers."""
    return bool(table.out_source) and table.out_source != table.source


def _add_families(linked: Linked, table: CountedTable) -> None:
    total = _own(table, ())
    if table.is_of_sets:
        linked.family(total, (_row_name(table, row) for row in table.rows))
        for margin in table.margins:
            (member,) = margin.categories
            linked.family(_own(table, margin.categories), (_row_name(table, row) for row in table.rows if member in row.categories))
        linked.family(total, (_own(table, margin.categories) for margin in table.margins))
        return
    if not table.margins:
        linked.family(total, (_own(table, row.categories) for row in table.rows))
        return
    linked.family(total, (_own(table, margin.categories) for margin in table.margins))
    parts: dict[Codes, list[Name]] = defaultdict(list)
    for row in table.rows:
        parts[row.categories[: table.leading]].append(_own(table, row.categories))
    for codes, names in parts.items():
        linked.family(_own(table, codes), names)


def _link_pairs(linked: Linked, analysis: CountedAnalysis) -> None:
    """Children whom both of a pair hold a concern about are the sum of the sets that both belong to."""
    for sets in (table for table in analysis.tables if table.is_of_sets):
        for pairs in (table for table in analysis.tables if table.is_of_pairs):
            for row in pairs.rows:
                *pair, answer = row.categories
                if answer == _BOTH:
                    linked.family(
                        _own(pairs, row.categories), (_row_name(sets, each) for each in sets.rows if set(pair) <= set(each.categories))
                    )


def shown_in_tables(table: CountedTable, before: ShownTable) -> Iterator[tuple[Name, Shown | None]]:
    """What an earlier release showed of a table's numbers, by their names; a row that is left out where it is small it showed as 0 to 4."""
    rows = {row.categories: row for row in before.rows}
    yield _own(table, ()), before.total
    for each in table.rows:
        row = rows.get(each.categories)
        if row is None:
            if (table.only_shown or table.is_of_sets) and not table.is_of_flows:
                yield _row_name(table, each), Released(0)
        else:
            yield _row_name(table, each), row.count
            if _is_out_of_others(table) and each.out_of is not None:
                yield _out(table, each.categories), row.out_of
    margins = {row.categories: row for row in before.margins}
    for each in table.margins:
        if each.categories in margins:
            yield _own(table, each.categories), margins[each.categories].count


@dataclass(frozen=True, slots=True)
class _Showing:
    """One table, and what may be shown of every number."""

    table_: CountedTable
    shown: Mapping[Name, Guarded]

    def table(self) -> ProtectedTable:
        table = self.table_
        rows = self._with_comparison([self._row(row) for row in table.rows])
        if table.only_shown or table.is_of_sets:
            rows = [row for row in rows if isinstance(row.count, Released) and row.count.value]
        return ProtectedTable(
            total=self.shown[_own(table, ())],
            rows=tuple(rows),
            margins=tuple(self._margin(row) for row in table.margins),
            agreement=tuple(self._agreement()) if table.is_of_pairs else (),
        )

    def _row(self, row: CountedRow) -> AnalysisRow:
        table, count = self.table_, self.shown[_row_name(self.table_, row)]
        out_of = self.shown[_out(table, row.categories)] if row.out_of is not None else None
        if table.is_of_flows and not is_shown_flow(count):
            count = Withheld.WITHHELD
        median = None
        if table.value is not None:
            values = (row.median, row.median_low, row.median_high) if row.valued >= THRESHOLD else (None, None, None)
            median = protect_median(count, values, table.value)
        between = (row.low, row.high) if row.low is not None and row.high is not None else None
        return AnalysisRow(
            row.categories,
            count,
            out_of,
            self._ratio(count, out_of),
            median,
            expected=self._expected(out_of) if table.is_expected else None,
            range=protect_range(row.count, between, count),
        )

    def _margin(self, row: CountedRow) -> AnalysisRow:
        table, count = self.table_, self.shown[_own(self.table_, row.categories)]
        out_of = self.shown[_out(table, row.categories)] if row.out_of is not None and table.out_source != table.source else None
        between = (row.low, row.high) if row.low is not None and row.high is not None else None
        ratio = self._ratio(count, out_of) if out_of is not None else None
        return AnalysisRow(row.categories, count, out_of, ratio, range=protect_range(row.count, between, count))

    def _ratio(self, count: Guarded, out_of: Guarded | None) -> Ratio | Withheld | NotAvailable | None:
        per = self.table_.per
        if per is None:
            return None
        match count, out_of:
            case _, None:
                return NotAvailable("not applicable")
            case Released(part), Released(whole) if enough(count) and enough(out_of):
                return ratios_of(np.array([part], dtype=np.float64), np.array([whole], dtype=np.float64), per)[0]
            case _:
                return Withheld.WITHHELD

    def _expected(self, out_of: Guarded | None) -> Released | Withheld:
        """What the count would be at the rate of the whole table."""
        table = self.table_
        total, whole = self.shown[_own(table, ())], self.shown.get(_out(table, ()))
        if isinstance(total, Released) and isinstance(whole, Released) and isinstance(out_of, Released) and enough(whole):
            return Released(rounded(round(out_of.value * total.value / whole.value)))
        return Withheld.WITHHELD

    def _with_comparison(self, rows: list[AnalysisRow]) -> list[AnalysisRow]:
        if not self.table_.is_compared:
            return rows
        groups: dict[Codes, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            groups[row.categories[: self.table_.leading]].append(place)
        compared = list(rows)
        for codes, places in groups.items():
            for place, beside in zip(places, self._beside(codes, [rows[place] for place in places]), strict=True):
                row = rows[place]
                compared[place] = AnalysisRow(
                    row.categories, row.count, row.out_of, row.ratio, row.median, beside=beside, expected=row.expected, range=row.range
                )
        return compared

    def _beside(self, codes: Codes, rows: Sequence[AnalysisRow]) -> list[RateRatio | Withheld | None]:
        """Each category held beside all others of its group, from shown numbers; a category that is out of nothing is not compared."""
        table = self.table_
        all_of, all_out = self.shown[_own(table, codes)], self.shown.get(_out(table, codes))
        found: dict[int, tuple[int, int, int, int]] = {}
        for place, row in enumerate(rows):
            match row.count, row.out_of, all_of, all_out:
                case Released(count), Released(out_of), Released(everything), Released(everybody) if (
                    everybody > out_of and enough(row.count) and enough(row.out_of)
                ):
                    found[place] = (count, out_of, everything - count, everybody - out_of)
        # With fewer others than may be shown there is nothing to hold a category beside: rounding alone may leave none of them.
        told = [place for place, numbers in found.items() if numbers[2] >= THRESHOLD]
        words = dict(zip(told, _words([found[place] for place in told]), strict=True))
        return [
            RateRatio(*rate_ratio_interval(*found[place]), words=words[place])
            if place in words
            else (None if row.out_of is None else Withheld.WITHHELD)
            for place, row in enumerate(rows)
        ]

    def _agreement(self) -> Iterator[PairAgreement]:
        """From the four numbers of each pair as they are shown; where one is small or withheld, what needs it is not told."""
        table = self.table_
        pairs = list(dict.fromkeys(row.categories[:2] for row in table.rows))
        for first, second in pairs:
            cells = {answer: self.shown.get(_own(table, (first, second, answer))) for answer in (_BOTH, _FIRST, _SECOND, _NEITHER)}
            known = {answer: cell.value for answer, cell in cells.items() if isinstance(cell, Released) and enough(cell)}
            either = [known.get(answer) for answer in (_BOTH, _FIRST, _SECOND)]
            jaccard = known[_BOTH] / sum(number for number in either if number is not None) if None not in either else None
            kappa = cohen_kappa([[known[_BOTH], known[_FIRST]], [known[_SECOND], known[_NEITHER]]]) if len(known) == len(cells) else None
            low, high = kappa.interval if kappa is not None else (None, None)
            yield PairAgreement(first, second, jaccard, kappa.kappa if kappa is not None else None, low, high)


def _words(rows: Sequence[tuple[int, int, int, int]]) -> list[str]:
    """What may be said of each category beside the others; corrected where there are many."""
    if not rows:
        return []
    count, out_of, other, other_out = np.array(rows, dtype=np.float64).T
    side = np.sign(count * other_out - other * out_of)
    return [str(word) for word in words_for(side, rate_ratio_p_values(count, out_of, other, other_out)).words]
