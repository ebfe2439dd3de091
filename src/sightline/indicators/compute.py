"""Count every indicator for every quarter and category of one generation.

The counting is SQL on the engine, a few group-bys for each measure whatever the number of quarters; what comes back is small and is laid
out here so that every category that exists has a cell: zero where nothing happened, absent with its reason where nobody could count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from sightline.definitions.indicators import Catalogue, Counted, Indicator, Residents
from sightline.engine import Engine
from sightline.indicators.availability import NO_RETURN, Covered, Sources, find_sources, reason_for_none
from sightline.indicators.people import counted_rows_sql, counts_sql, residents_sql
from sightline.model.codes import CODE_LISTS, NOT_RECORDED
from sightline.model.figures import Absent, Cell
from sightline.model.periods import Quarter

CELL_SCHEMA = pa.schema(
    [
        pa.field("indicator", pa.string(), nullable=False),
        pa.field("period", pa.string(), nullable=False),
        pa.field("breakdown", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("numerator", pa.int64()),
        pa.field("denominator", pa.int64()),
        pa.field("contributors", pa.int64()),
        pa.field("per", pa.int64()),
        pa.field("reason", pa.string()),
        pa.field("low", pa.int64()),
        pa.field("high", pa.int64()),
    ]
)
"""Cells as a table. ``reason`` is filled, and the counts are not, where nobody could count; ``low`` and ``high``, the range that linkage
leaves the numerator, are filled by `sightline.indicators.ranges`."""

OF_EVENTS = frozenset({"agency", "referral_source"})
"""Breakdowns of what happened, which residents do not have."""
NOT_KNOWN_WARD = "Not known, or outside the area"
Progress = Callable[[str, int, int], None]
Categories = Mapping[str, Sequence[tuple[str, str]]]
Whole = Callable[[str, str, str], int | None]
Counts = Mapping[tuple[str, str, str], tuple[int, int]]
"""(period, breakdown, category) → (children, events)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What to count: these quarters, with what each agency's returns cover (None: everything) and the first quarter of records."""

    quarters: tuple[Quarter, ...]
    covered: Covered | None = None
    first: Quarter | None = None


def categories(engine: Engine) -> dict[str, tuple[tuple[str, str], ...]]:
    """Every category of each breakdown with its words, in order; ``not_recorded`` last."""
    wards = engine.query("select ward, ward_name from ward order by ward").to_pylist()
    agencies = engine.query("select agency_id, agency_name from agency").to_pylist()
    return {
        "ward": (*((row["ward"], row["ward_name"]) for row in wards), (NOT_RECORDED, NOT_KNOWN_WARD)),
        "age_band": (*CODE_LISTS["age_band"].items(), (NOT_RECORDED, "Not recorded")),
        "sex": tuple(CODE_LISTS["sex"].items()),
        "ethnicity": tuple(CODE_LISTS["ethnicity"].items()),
        "agency": tuple((row["agency_id"], row["agency_name"]) for row in agencies),
        "referral_source": tuple(CODE_LISTS["referral_source"].items()),
    }


def prepare(engine: Engine, catalogue: Catalogue) -> None:
    """Make the derived tables that measures share; the engine needs them before any measure is counted."""
    for table in catalogue.derived.values():
        engine.materialise(table.name, table.sql)


def count_indicators(engine: Engine, catalogue: Catalogue, scope: Scope, *, progress: Progress | None = None) -> pa.Table:
    """Count every indicator; the engine holds the tables of one generation (common model, people, population, lists).

    Returns:
        A table with `CELL_SCHEMA`: for each indicator and quarter the total, then every category of each breakdown.
    """
    prepare(engine, catalogue)
    known = categories(engine)
    sources = find_sources(engine, scope.covered)
    rows: list[dict[str, object]] = []
    for position, indicator in enumerate(catalogue.indicators):
        if progress is not None:
            progress("Counting indicators", position, len(catalogue.indicators))
        rows.extend(_indicator_rows(_Run(engine, catalogue, indicator, sources), scope, known))
    if progress is not None:
        progress("Counting indicators", len(catalogue.indicators), len(catalogue.indicators))
    return pa.Table.from_pylist(rows, schema=CELL_SCHEMA)


def cells_from_table(table: pa.Table) -> list[Cell | Absent]:
    """Cells as objects, in the table's order."""
    return [_cell(row) for row in table.to_pylist()]


def _cell(row: Mapping[str, object]) -> Cell | Absent:
    fields = dict(row)
    if fields["reason"] is not None:
        return Absent(**{name: fields[name] for name in ("indicator", "period", "breakdown", "category", "reason", "per")})  # type: ignore[arg-type]
    fields.pop("reason")
    return Cell(**fields)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Run:
    """One indicator's counting: where, by what, and what is known of its sources."""

    engine: Engine
    catalogue: Catalogue
    indicator: Indicator
    sources: Sources

    @property
    def unit(self) -> int:
        """Place of the counted unit in `Counts`."""
        return 0 if self.indicator.unit == "children" else 1

    def count(self, part: Counted) -> Counts:
        measure = self.catalogue.measures[part.measure]
        returned = {"agency": "agency_id" in measure.columns, "referral_source": "referral_source" in measure.columns}
        breakdowns = tuple(breakdown for breakdown in self.indicator.breakdowns if returned.get(breakdown, True))
        rows = counted_rows_sql(measure, part.values, self.indicator.ages)
        answer = self.engine.query(counts_sql(rows, breakdowns)).to_pylist()
        counts = {}
        for row in answer:
            by, category = next(((each, row[each]) for each in breakdowns if row[each] is not None), ("all", "all"))
            counts[row["period"], by, category] = (row["children"], row["events"])
        return counts

    def whole(self) -> Whole:
        """What a cell is out of. A breakdown that the denominator does not have is out of the total."""
        match self.indicator.denominator:
            case Counted() as part:
                counts = self.count(part)
                has = {breakdown for _, breakdown, _ in counts}
                return lambda period, breakdown, category: counts.get(
                    (period, breakdown, category) if breakdown in has else (period, "all", "all"), (0, 0)
                )[self.unit]
            case Residents() as residents:
                rows = self.engine.query(residents_sql(residents.resident_age_bands)).to_pylist()
                living = {(row["breakdown"], row["category"]): int(row["children"] or 0) for row in rows}
                return lambda _, breakdown, category: living.get(("all", "all") if breakdown in OF_EVENTS else (breakdown, category))
        return lambda _period, _breakdown, _category: None


def _listed(run: _Run, known: Categories, counts: Counts) -> dict[str, Sequence[str]]:
    """The categories that exist, by breakdown. An agency exists for an indicator if it ever counted there, or is needed for it."""
    listed: dict[str, Sequence[str]] = {"all": ("all",)}
    for breakdown in run.indicator.breakdowns:
        listed[breakdown] = [code for code, _ in known[breakdown]]
    if "agency" in listed:
        holding = {category for _, breakdown, category in counts if breakdown == "agency"} | set(run.indicator.agencies_needed)
        listed["agency"] = [code for code in listed["agency"] if code in holding]
    return listed


def _indicator_rows(run: _Run, scope: Scope, known: Categories) -> Iterator[dict[str, object]]:
    indicator = run.indicator
    entities = run.catalogue.measures[indicator.numerator.measure].entities
    counts = run.count(indicator.numerator)
    whole = run.whole()
    listed = _listed(run, known, counts)
    for quarter in scope.quarters:
        period = str(quarter)
        none = reason_for_none(indicator, entities, quarter, scope.first, run.sources)
        for breakdown, codes in listed.items():
            for category in codes:
                row: dict[str, object] = {"indicator": indicator.id, "period": period, "breakdown": breakdown, "category": category}
                row["per"] = indicator.per
                silent = breakdown == "agency" and run.sources.agency_is_silent(category, entities, period)
                if none is not None or silent:
                    row["reason"] = none or NO_RETURN
                else:
                    count = counts.get((period, breakdown, category), (0, 0))
                    row |= {"numerator": count[run.unit], "contributors": count[0], "denominator": whole(period, breakdown, category)}
                yield row
