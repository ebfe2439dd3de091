"""Count the tables of analyses for the twelve months to the end of a quarter.

A table is one or two group-bys; what comes back is laid out here so that every combination of categories that exists has a row, zero where
nothing happened. What comes out are true counts: they go through the gate (`sightline.disclosure.tables`) and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from sightline.definitions.analyses import QUARTERS, SCHOOLS, TOOLS, TOTAL, Analyses, AnalysisDefinition, TableDefinition
from sightline.definitions.breakdowns import AGENCIES, WARDS, Breakdown
from sightline.definitions.indicators import Ages, Counted, Residents
from sightline.definitions.measures import EVENT, PERSON, VALUE, Measure
from sightline.engine import Engine
from sightline.indicators.availability import COUNTS_ONLY, TOO_EARLY, Sources
from sightline.indicators.categories import NONE_RECORDED, Category, categories
from sightline.indicators.people import Ways, counted_rows_sql, residents_sql, with_values
from sightline.indicators.plausible import MoreThanAll
from sightline.model.codes import CODE_LISTS, COUNTED_LISTS, NOT_RECORDED
from sightline.model.counted_tables import Codes, CountedAnalysis, CountedRow, CountedTable
from sightline.model.figures import RESIDENTS
from sightline.model.periods import Quarter
from sightline.stats.medians import median_intervals

NOT_HELD = "no agency's records hold it"
ADULTS = Ages.model_validate({"from": 18, "under": 120})
PERSONS = frozenset({"children", "people"})
PERCENT = 100
_FROM_RECORDS = {
    SCHOOLS: "select distinct school as code from school_spell",
    TOOLS: "select distinct concat(tool, coalesce(concat(', ', tool_version), '')) as code from screening",
}
Progress = Callable[[str, int, int], None]
Counts = Mapping[Codes, tuple[int, int]]
"""Codes of some leading dimensions → (people, events)."""


@dataclass(frozen=True, slots=True)
class YearScope:
    """Which twelve months: those to the end of ``quarter``; who sent what; and the first quarter of records."""

    quarter: Quarter
    sources: Sources
    first: Quarter | None = None


def count_analyses(
    engine: Engine, analyses: Analyses, scope: YearScope, *, progress: Progress | None = None
) -> tuple[CountedAnalysis, ...]:
    """Count every table of every analysis; the derived tables must have been made (`sightline.indicators.prepare`).

    Raises:
        MoreThanAll: If a part is more than the whole it is a percentage of.
    """
    with for_one_year(engine, scope.quarter):
        counting = Counting(engine, analyses, scope)
        found = []
        for place, analysis in enumerate(analyses.analyses):
            if progress is not None:
                progress("Counting analyses", place, len(analyses.analyses))
            found.append(counting.analysis(analysis))
        if progress is not None:
            progress("Counting analyses", len(analyses.analyses), len(analyses.analyses))
    return tuple(found)


@contextmanager
def for_one_year(engine: Engine, quarter: Quarter) -> Iterator[None]:
    """Leave one quarter in the list of quarters for a while: what is counted by quarter is then counted once, not sixteen times."""
    every_quarter = engine.query("select period, start_on, end_on from quarter")
    engine.register_table("quarter", engine.query(f"select period, start_on, end_on from quarter where period = '{quarter}'"))
    try:
        yield
    finally:
        engine.register_table("quarter", every_quarter)


class Counting:
    """Counts on one engine for one year."""

    def __init__(self, engine: Engine, analyses: Analyses, scope: YearScope) -> None:
        self.engine, self.analyses, self.scope = engine, analyses, scope
        self.sources = scope.sources
        self.known = categories(engine, analyses.breakdowns)
        self.lists = {**{name: tuple(codes.items()) for name, codes in (CODE_LISTS | COUNTED_LISTS).items()}, WARDS: self.known["ward"]}
        self._made: dict[tuple[str, tuple[tuple[str, int], ...], int], Measure] = {}

    def measure(self, name: str, values: Mapping[str, int], months: int) -> Measure:
        """What a table counts, run once for all tables that count it, and only for these months."""
        key = (name, tuple(sorted(values.items())), months)
        if key not in self._made:
            measure = self.analyses.measures[name]
            made = f"counted_{len(self._made)}"
            columns = ", ".join(f"counted.{column}" for column in measure.columns)
            day = f"counted.happened_on > quarter.end_on - interval {months} month and counted.happened_on <= quarter.end_on"
            same = "quarter.period = counted.period" if "period" in measure.columns else day
            self.engine.materialise(made, f"select {columns} from ({with_values(measure.sql, values)}) as counted join quarter on {same}")
            sql = f"select {', '.join(f'{made}.{column}' for column in measure.columns)} from {made}"
            self._made[key] = replace(measure, sql=sql, parameters=frozenset())
        return self._made[key]

    def analysis(self, analysis: AnalysisDefinition) -> CountedAnalysis:
        """Every table of one analysis that can be counted, and why the others cannot."""
        found = CountedAnalysis(analysis.id, ())
        tables = []
        for table in analysis.tables:
            measures = self.analyses.measures_of(table)
            entities = frozenset().union(*(measure.entities for measure in measures))
            found.missing[table.id] = _silent(self.sources, entities, str(self.scope.quarter))
            reason = self._reason(table, entities)
            if reason is not None:
                found.reasons[table.id] = reason
                continue
            dimensions = [self.analyses.dimension(analysis, id) for id in table.by]
            codes = {each.id: self._categories(analysis, table, each) for each in dimensions}
            found.categories.update({f"{table.id}.{id}": listed for id, listed in codes.items()})
            tables.append(TableCount(self, analysis, table, dimensions, codes).counted())
        return replace(found, tables=tuple(tables))

    def _reason(self, table: TableDefinition, entities: frozenset[str]) -> str | None:
        quarter, first = self.scope.quarter, self.scope.first
        if first is not None and quarter < first.plus(table.quarters_of_records - 1):
            return TOO_EARLY
        modes = self.sources.modes or {}
        if any(modes.get(agency) == "aggregate_only" for agency in table.agencies_needed):
            return COUNTS_ONLY
        if self.sources.covered is not None and not any(self.sources.filled[entity] for entity in entities):
            return NOT_HELD
        year = [str(quarter.plus(-back)) for back in range(4)]
        for agency in table.agencies_needed:
            if all(self.sources.agency_is_silent(agency, entities, each) for each in year):
                return self.sources.why_silent(agency, entities)
        return None

    def _categories(self, analysis: AnalysisDefinition, table: TableDefinition, dimension: Breakdown) -> tuple[Category, ...]:
        """The categories of a dimension in one table, in order."""
        own = analysis.dimensions.get(dimension.id)
        if own is not None and own.categories:
            return tuple(own.categories.items())
        if dimension.list == AGENCIES:
            return self._agencies(table, dimension)
        if own is None:
            return _within(table, dimension, self.known[dimension.id])
        if own.list in self.lists:
            return self.lists[own.list]
        return self._told(own.list, table, dimension)

    def _told(self, listed: str | None, table: TableDefinition, dimension: Breakdown) -> tuple[Category, ...]:
        """The categories that the records and the time looked back on give."""
        if listed == QUARTERS:
            quarters = [self.scope.quarter.plus(-back) for back in reversed(range(table.months // 3))]
            return tuple((str(each), each.title) for each in quarters if self.scope.first is None or each >= self.scope.first)
        if listed in _FROM_RECORDS:
            return self._listed(_FROM_RECORDS[listed])
        return (*self._listed(self._codes_sql(table, dimension)), NONE_RECORDED)

    def _codes_sql(self, table: TableDefinition, dimension: Breakdown) -> str:
        sql = self.measure(table.measure, table.values, table.months).sql
        return f"select distinct counted.{dimension.column} as code from ({sql}) as counted"

    def _listed(self, sql: str) -> tuple[Category, ...]:
        codes = sorted(code for code in self.engine.query(sql).column("code").to_pylist() if code not in (None, NOT_RECORDED))
        return tuple((code, code) for code in codes)

    def _agencies(self, table: TableDefinition, dimension: Breakdown) -> tuple[Category, ...]:
        """Those of which there is anything to count: not every agency refers, or marks a concern."""
        holding = set(self.engine.query(self._codes_sql(table, dimension)).column("code").to_pylist())
        return tuple((code, words) for code, words in self.known["agency"] if code in holding)


def _silent(sources: Sources, entities: frozenset[str], period: str) -> tuple[str, ...]:
    feeding = {agency for entity in entities for agency, _ in sources.filled.get(entity, ())}
    return tuple(sorted(agency for agency in feeding if sources.agency_is_silent(agency, entities, period)))


def _within(table: TableDefinition, dimension: Breakdown, listed: tuple[Category, ...]) -> tuple[Category, ...]:
    """Age bands that residents are counted by, where the table is out of residents of some ages."""
    if dimension.id != "age_band" or not isinstance(table.denominator, Residents):
        return listed
    return tuple(each for each in listed if each[0] in table.denominator.resident_age_bands)


@dataclass(frozen=True, slots=True)
class TableCount:
    """One table being counted: by these dimensions, with these codes."""

    counting: Counting
    analysis: AnalysisDefinition
    table: TableDefinition
    dimensions: Sequence[Breakdown]
    codes: Mapping[str, tuple[Category, ...]]

    @property
    def measure(self) -> Measure:
        return self.counting.measure(self.table.measure, self.table.values, self.table.months)

    @property
    def unit(self) -> int:
        """Place of what is counted in `Counts`."""
        return 0 if self.table.unit in PERSONS else 1

    @property
    def ages(self) -> Ages | None:
        return {"children": self.table.ages, "adults": ADULTS}.get(self.table.people)

    @property
    def of_residents(self) -> bool:
        return isinstance(self.table.denominator, Residents)

    def counted(self) -> CountedTable:
        table = self.table
        if table.sets:
            return self._sets()
        counts, wholes = self._counts(), self._wholes()
        medians = self._medians() if table.value is not None else {}
        out_of = wholes or self._own_wholes(counts)
        rows = tuple(self._row(codes, counts, out_of, medians) for codes in self._combinations(len(table.by)))
        margins = tuple(self._row(codes, counts, out_of, {}) for codes in self._combinations(table.leading)) if table.leading else ()
        counted = self._laid_out(self._row((), counts, out_of, {}), rows, margins)
        self._check(counted)
        return counted

    def _laid_out(self, total: CountedRow, rows: tuple[CountedRow, ...], margins: tuple[CountedRow, ...]) -> CountedTable:
        table = self.table
        return CountedTable(
            id=table.id,
            dimensions=table.by,
            source=self._source(table.measure, table.values, with_residents=self.of_residents),
            total=total,
            rows=rows,
            margins=margins,
            leading=table.leading,
            out_source=self._out_source(),
            out_places=self._out_places(),
            per=table.per or (PERCENT if table.out_of != "none" else None),
            value=table.value,
            is_of_sets=table.sets,
            is_of_pairs=table.agreement,
            is_compared=table.compared is not None,
            is_expected=table.expected,
            is_of_flows=table.flows,
            only_shown=table.rows == "shown",
        )

    def _source(self, measure: str, values: Mapping[str, int], *, with_residents: bool) -> str:
        whose = self.table.people if self.ages is None else self.ages.model_dump_json()
        return f"{measure} {sorted(values.items())} {self.unit} {whose} {with_residents} {self.table.months}"

    def _out_source(self) -> str:
        match self.table.denominator:
            case Counted() as part:
                return self._source(part.measure, part.values, with_residents=False)
            case Residents() as part:
                return f"{RESIDENTS} {part.resident_age_bands}"
        return self._source(self.table.measure, self.table.values, with_residents=False) if self.table.out_of != "none" else ""

    def _out_places(self) -> tuple[int, ...]:
        """Which dimensions tell apart what a row is out of."""
        table = self.table
        match table.denominator:
            case Counted() as part:
                columns = self.counting.analyses.measures[part.measure].columns
                return tuple(place for place, each in enumerate(self.dimensions) if each.column is None or each.column in columns)
            case Residents():
                return tuple(place for place, each in enumerate(self.dimensions) if each.column is None)
        return tuple(range(table.leading)) if table.out_of not in {"none", TOTAL} else ()

    def _ways(self, measure: Measure, places: Sequence[int]) -> Ways:
        chosen = [self.dimensions[place] for place in places]
        return {
            each.id: (each, [code for code, _ in self.codes[each.id]] or [NOT_RECORDED])
            for each in chosen
            if each.column is None or each.column in measure.columns
        }

    def _rows_sql(self, measure: Measure, ways: Ways, *, residents: bool = False, value: bool = False) -> str:
        year_to = str(self.counting.scope.quarter)
        return counted_rows_sql(
            measure, {}, self.ages, ways, residents_only=residents, with_value=value, year_to=year_to, months=self.table.months
        )

    def _counts(self) -> Counts:
        ways = self.ways
        return self._grouped(self.rows_sql(), self.measure, [tuple(ways)[:kept] for kept in {0, self.table.leading, len(ways)}])

    def _grouped(self, rows: str, measure: Measure, groups: Sequence[tuple[str, ...]]) -> Counts:
        """People and events by some groups of dimensions; a row of the answer has its codes in front and nothing after."""
        names = max(groups, key=len)
        sets = ", ".join(f"({', '.join(group)})" for group in groups)
        people = PERSON if measure.is_about_people else EVENT
        counts = [f"count(distinct {people}) as people"]
        # Telling events apart costs as much as telling people apart: only where they are asked for.
        counts += [f"count(distinct {EVENT}) as events"] if self.unit and measure.is_about_people else []
        chosen = ", ".join((*names, *counts))
        sql = f"with rows_counted as ({rows}) select {chosen} from rows_counted group by grouping sets ({sets})"
        answer = self.counting.engine.query(sql).to_pylist()
        return {
            tuple(row[name] for name in names if row[name] is not None): (row["people"], row.get("events", row["people"])) for row in answer
        }

    def _wholes(self) -> Callable[[Codes], int | None] | None:
        """What a row is out of, where something else is counted for it."""
        places = self._out_places()
        match self.table.denominator:
            case Counted() as part:
                measure = self.counting.measure(part.measure, part.values, self.table.months)
                ways = self._ways(measure, places)
                groups = {tuple(ways)[:kept] for kept in range(len(ways) + 1)}
                counts = self._grouped(self._rows_sql(measure, ways), measure, sorted(groups, key=len))
                return lambda codes: counts.get(tuple(code for _, code in _told(codes, places)), (0, 0))[self.unit]
            case Residents() as part:
                rows = self.counting.engine.query(residents_sql(part.resident_age_bands)).to_pylist()
                living = {(row["breakdown"], row["category"]): int(row["children"] or 0) for row in rows}
                return lambda codes: living.get(
                    next(((self.dimensions[place].id, code) for place, code in _told(codes, places)), ("all", "all"))
                )
        return None

    def _own_wholes(self, counts: Counts) -> Callable[[Codes], int | None]:
        kept = self.table.leading if self.table.out_of not in {"none", TOTAL} else 0
        if self.table.out_of == "none":
            return lambda codes: None
        return lambda codes: counts.get(codes[:kept], (0, 0))[self.unit]

    def _medians(self) -> Mapping[Codes, tuple[float | None, float | None, float | None, int]]:
        """Of each full combination: median, lower and upper end, and how many people's values they are of."""
        ways = self.ways
        rows = self._rows_sql(self.measure, ways, residents=self.of_residents, value=True)
        names = ", ".join(ways)
        sql = (
            f"select {names}, {EVENT}, {PERSON}, min({VALUE}) as {VALUE} from ({rows}) as rows_counted group by {names}, {EVENT}, {PERSON}"
        )
        answer = self.counting.engine.query(sql)
        keys = list(zip(*(answer.column(name).to_pylist() for name in ways), strict=True))
        place_of = {codes: place for place, codes in enumerate(dict.fromkeys(keys))}
        groups = np.array([place_of[codes] for codes in keys], dtype=np.int64)
        people: dict[Codes, set[str]] = {codes: set() for codes in place_of}
        for codes, person in zip(keys, answer.column(PERSON).to_pylist(), strict=True):
            people[codes].add(person)
        found = median_intervals(answer.column(VALUE).to_numpy(), groups, group_count=len(place_of))
        ends = zip(
            *([None if np.isnan(end) else end for end in each.tolist()] for each in (found.median, found.low, found.high)), strict=True
        )
        return {codes: (*numbers, len(people[codes])) for codes, numbers in zip(place_of, ends, strict=True)}

    def _row(
        self,
        codes: Codes,
        counts: Counts,
        out_of: Callable[[Codes], int | None],
        medians: Mapping[Codes, tuple[float | None, float | None, float | None, int]],
    ) -> CountedRow:
        people, events = counts.get(codes, (0, 0))
        median, low, high, valued = medians.get(codes, (None, None, None, 0))
        return CountedRow(codes, (people, events)[self.unit], people, out_of(codes), median, low, high, valued)

    def _combinations(self, kept: int) -> Iterator[Codes]:
        """Every combination of the first dimensions' codes that can be, in order."""
        listed = [[code for code, _ in self.codes[each.id]] for each in self.dimensions[:kept]]
        for codes in product(*listed):
            if self.table.apart and kept > 1 and codes[0] == codes[1]:
                continue
            if self.table.agreement and kept > 1 and codes[0] >= codes[1]:
                continue
            yield codes

    def _sets(self) -> CountedTable:
        """People by exactly which categories they are in: every set there can be, and the total of each category."""
        (dimension,) = self.dimensions
        members = [code for code, _ in self.codes[dimension.id]]
        if not members:
            return self._laid_out(CountedRow((), 0, 0), (), ())
        answer = self.counting.engine.query(self.sets_sql("", "")).to_pylist()
        counts = {int(row["bits"]): row["people"] for row in answer if row["bits"]}
        exact = {
            tuple(code for place, code in enumerate(members) if bits >> place & 1): counts.get(bits, 0)
            for bits in range(1, 1 << len(members))
        }
        each = {code: sum(count for codes, count in exact.items() if code in codes) for code in members}
        return self._laid_out(
            CountedRow((), sum(exact.values()), sum(exact.values())),
            tuple(CountedRow(codes, count, count) for codes, count in exact.items()),
            tuple(CountedRow((code,), count, count) for code, count in each.items()),
        )

    def sets_sql(self, chosen: str, by: str) -> str:
        """People by the set of categories they are in, a bit for each; by something ``chosen`` of each person too."""
        (dimension,) = self.dimensions
        bits = " ".join(f"when '{code}' then {1 << place}" for place, (code, _) in enumerate(self.codes[dimension.id]))
        return f"""
            with rows_counted as (select distinct {PERSON}, {dimension.id} as member from ({self.rows_sql()}) as counted_rows),
            by_person as (select {PERSON}, sum(case member {bits} else 0 end) as bits from rows_counted group by {PERSON})
            select {chosen}bits, count(*) as people from by_person group by {by}bits
        """

    def rows_sql(self) -> str:
        """One row for each counted thing, with its code in each dimension."""
        return self._rows_sql(self.measure, self.ways, residents=self.of_residents)

    @property
    def ways(self) -> Ways:
        return self._ways(self.measure, range(len(self.dimensions)))

    def _check(self, counted: CountedTable) -> None:
        if counted.per == PERCENT and any(row.out_of is not None and row.count > row.out_of for row in (*counted.rows, counted.total)):
            raise MoreThanAll(f"The table {self.table.id} of {self.analysis.id} counts more than what it is out of.")


def _told(codes: Codes, places: Sequence[int]) -> list[tuple[int, str]]:
    """The codes at some places, as far as there are so many."""
    return [(place, codes[place]) for place in places if place < len(codes)]
