"""The gate for the tables of analyses: true counts go in, rows that may be shown come out.

The rules are those of `sightline.disclosure.gate`: under 10 withheld, everything else rounded to the nearest 5, one more number withheld
where subtraction would tell a withheld one, statistics from shown numbers only. All tables of a release pass at once, because
what two tables both count is one number: withheld in one of them, it must not be read off the other.

Method page: docs/methods/analyses.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sightline.disclosure.gate import protect_count, protect_median, protect_range, ratios_of, rounded
from sightline.disclosure.subtraction import THRESHOLD, Family, withhold_what_subtraction_tells
from sightline.model.analyses import AnalysisRow, PairAgreement, RateRatio
from sightline.model.counted_tables import Codes, CountedAnalysis, CountedRow, CountedTable
from sightline.model.figures import NotAvailable, Ratio, Released, Withheld
from sightline.stats.agreement import cohen_kappa
from sightline.stats.comparisons import rate_ratio_p_values, words_for
from sightline.stats.intervals import rate_ratio_interval

_BOTH, _FIRST, _SECOND, _NEITHER = "both", "first", "second", "neither"
Name = str
Guarded = Released | Withheld


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """What may be shown of one table."""

    total: Guarded
    rows: tuple[AnalysisRow, ...]
    margins: tuple[AnalysisRow, ...]
    agreement: tuple[PairAgreement, ...]


def protect_tables(analyses: Sequence[CountedAnalysis]) -> dict[tuple[str, str], ProtectedTable]:
    """Turn true counts into what may be shown, by analysis and table. Give all tables of a release at once."""
    tables = [(analysis.id, table) for analysis in analyses for table in analysis.tables]
    shown = _shown([table for _, table in tables], _linked(analyses))
    return {(analysis, table.id): _Showing(table, shown).table() for analysis, table in tables}


def protect_table(table: CountedTable) -> ProtectedTable:
    """One table on its own, as it may be shown."""
    (protected,) = protect_tables([CountedAnalysis("", (table,))]).values()
    return protected


def _name(source: str, dimensions: Sequence[str], codes: Codes) -> Name:
    """The name of a number: what is counted, and the category in each dimension, in whatever order a table has them."""
    return "\x1f".join((source, *sorted(f"{dimension}\x1e{code}" for dimension, code in zip(dimensions, codes, strict=True))))


def _own(table: CountedTable, codes: Codes) -> Name:
    return _name(table.source, table.dimensions[: len(codes)], codes)


def _exactly(table: CountedTable, codes: Codes) -> Name:
    return "\x1f".join((table.source, "exactly", *sorted(codes)))


def _row_name(table: CountedTable, row: CountedRow) -> Name:
    return _exactly(table, row.categories) if table.is_of_sets else _own(table, row.categories)


def _out(table: CountedTable, codes: Codes) -> Name:
    places = [place for place in table.out_places if place < len(codes)]
    return _name(table.out_source, [table.dimensions[place] for place in places], tuple(codes[place] for place in places))


def _shown(tables: Sequence[CountedTable], linked: Sequence[Family]) -> dict[Name, Guarded]:
    numbers = {name: protect_count(count, contributors=contributors) for table in tables for name, count, contributors in _numbers(table)}
    families = list(dict.fromkeys((*(family for table in tables for family in _families(table)), *linked)))
    known = {name: shown.value if isinstance(shown, Released) else None for name, shown in numbers.items()}
    for part in _apart(families):
        names = {name for family in part for name in (family.total, *family.parts)}
        for name in withhold_what_subtraction_tells({name: known[name] for name in names}, part):
            numbers[name] = Withheld.WITHHELD
    return numbers


def _numbers(table: CountedTable) -> Iterator[tuple[Name, int, int | None]]:
    yield _own(table, ()), table.total.count, table.total.contributors
    for row in table.margins:
        yield _own(table, row.categories), row.count, row.contributors
    for row in table.rows:
        yield _row_name(table, row), row.count, row.contributors
    if table.out_source and table.out_source != table.source:
        for row in (table.total, *table.margins, *table.rows):
            if row.out_of is not None:
                yield _out(table, row.categories), row.out_of, None


def _families(table: CountedTable) -> Iterator[Family]:
    """Every total with its parts. Parts may overlap or not, and a reader may know which: both are guarded against."""
    total = _own(table, ())
    if table.is_of_sets:
        yield Family(total, tuple(_row_name(table, row) for row in table.rows))
        for margin in table.margins:
            (member,) = margin.categories
            yield Family(_own(table, margin.categories), tuple(_row_name(table, row) for row in table.rows if member in row.categories))
        yield from _both_ways(total, [_own(table, margin.categories) for margin in table.margins])
        return
    if table.margins:
        yield from _both_ways(total, [_own(table, margin.categories) for margin in table.margins])
        parts: dict[Codes, list[Name]] = defaultdict(list)
        for row in table.rows:
            parts[row.categories[: table.leading]].append(_own(table, row.categories))
        for codes, names in parts.items():
            yield from _both_ways(_own(table, codes), names)
    else:
        yield from _both_ways(total, [_own(table, row.categories) for row in table.rows])
    if table.out_source and table.out_source != table.source and table.total.out_of is not None:
        yield from _both_ways(
            _out(table, ()), list(dict.fromkeys(_out(table, row.categories) for row in table.rows if row.out_of is not None))
        )


def _both_ways(total: Name, parts: Sequence[Name]) -> Iterator[Family]:
    others = tuple(part for part in parts if part != total)
    if others:
        yield Family(total, others)
        yield Family(total, others, overlapping=True)


def _linked(analyses: Iterable[CountedAnalysis]) -> list[Family]:
    """Children whom both of a pair hold a concern about are the sum of the sets that both belong to."""
    found: list[Family] = []
    for analysis in analyses:
        for sets in (table for table in analysis.tables if table.is_of_sets):
            for pairs in (table for table in analysis.tables if table.is_of_pairs):
                for row in pairs.rows:
                    *pair, answer = row.categories
                    together = tuple(_row_name(sets, each) for each in sets.rows if set(pair) <= set(each.categories))
                    if answer == _BOTH and together:
                        found.extend(_both_ways(_own(pairs, row.categories), together))
    return found


def _apart(families: Sequence[Family]) -> Iterator[list[Family]]:
    """Families that share no number can be looked at apart, which is much less work."""
    group_of: dict[Name, int] = {}
    groups: dict[int, list[Family]] = {}
    for number, family in enumerate(families):
        names = (family.total, *family.parts)
        met = sorted({group_of[name] for name in names if name in group_of})
        joined = [family]
        for other in met:
            joined = groups.pop(other) + joined
        groups[number] = joined
        for each in joined:
            for name in (each.total, *each.parts):
                group_of[name] = number
    yield from groups.values()


@dataclass(frozen=True, slots=True)
class _Showing:
    """One table, and what may be shown of every number."""

    table_: CountedTable
    shown: dict[Name, Guarded]

    def table(self) -> ProtectedTable:
        table = self.table_
        rows = self._with_comparison([self._row(row) for row in table.rows])
        if table.only_shown or table.is_of_sets:
            rows = [row for row in rows if isinstance(row.count, Released)]
        return ProtectedTable(
            total=self.shown[_own(table, ())],
            rows=tuple(rows),
            margins=tuple(self._margin(row) for row in table.margins),
            agreement=tuple(self._agreement()) if table.is_of_pairs else (),
        )

    def _row(self, row: CountedRow) -> AnalysisRow:
        table, count = self.table_, self.shown[_row_name(self.table_, row)]
        out_of = self.shown[_out(table, row.categories)] if row.out_of is not None else None
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
            case Released(part), Released(whole):
                return ratios_of(np.array([part], dtype=np.float64), np.array([whole], dtype=np.float64), per)[0]
            case _:
                return Withheld.WITHHELD

    def _expected(self, out_of: Guarded | None) -> Released | Withheld:
        """What the count would be at the rate of the whole table."""
        table = self.table_
        total, whole = self.shown[_own(table, ())], self.shown.get(_out(table, ()))
        if isinstance(total, Released) and isinstance(whole, Released) and isinstance(out_of, Released):
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
                case Released(count), Released(out_of), Released(everything), Released(everybody) if everybody > out_of:
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
        """From the four numbers of each pair as they are shown; where one is withheld, what needs it is not told."""
        table = self.table_
        pairs = list(dict.fromkeys(row.categories[:2] for row in table.rows))
        for first, second in pairs:
            cells = {answer: self.shown.get(_own(table, (first, second, answer))) for answer in (_BOTH, _FIRST, _SECOND, _NEITHER)}
            known = {answer: cell.value for answer, cell in cells.items() if isinstance(cell, Released)}
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
