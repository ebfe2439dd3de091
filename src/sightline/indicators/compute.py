"""Count every indicator for every quarter and category of one generation.

The counting is SQL on the engine, a few group-bys for each distinct measure whatever the number of quarters; what comes back is small. Here
it is laid out so that every category that exists has a cell: zero where nothing happened, absent with its reason where nobody could count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.definitions.indicators import Catalogue, Counted, Indicator, Residents
from sightline.engine import Engine
from sightline.indicators.availability import Covered, NotAgreed, Sources, find_sources, reason_for_none
from sightline.indicators.categories import Categories, categories
from sightline.indicators.plausible import check_shares
from sightline.indicators.tallies import TOTAL, Job, Numbers, Tallies, Tally, Whole
from sightline.model.figures import RESIDENTS, Absent, Cell
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
        pa.field("value", pa.string()),
        pa.field("median", pa.float64()),
        pa.field("median_low", pa.float64()),
        pa.field("median_high", pa.float64()),
        pa.field("source", pa.string()),
        pa.field("out_source", pa.string()),
        pa.field("out_breakdown", pa.string()),
    ]
)
"""Cells as a table. ``reason`` is filled, and the counts are not, where nobody could count; ``low`` and ``high``, the range that linkage
leaves the numerator, are filled by `sightline.indicators.ranges`; ``value`` says what the medians are measured in."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Scope:
    """What to count: these quarters, with what each agency's returns cover (None: everything) and the first quarter of records.

    ``modes`` says how much each agency of the partnership shares (None: all of them records); ``not_agreed`` are datasets that may not be
    used, with the reason.
    """

    quarters: tuple[Quarter, ...]
    covered: Covered | None = None
    first: Quarter | None = None
    modes: Mapping[str, str] | None = None
    not_agreed: Mapping[tuple[str, str], NotAgreed] | None = None


def prepare(engine: Engine, catalogue: Catalogue) -> None:
    """Make the derived tables that measures share; the engine needs them before any measure is counted."""
    for table in catalogue.derived.values():
        engine.materialise(table.name, table.sql)


def count_indicators(engine: Engine, catalogue: Catalogue, scope: Scope, *, progress: Progress | None = None) -> pa.Table:
    """Count every indicator; the engine holds the tables of one generation (common model, people, population, lists).

    Returns:
        A table with `CELL_SCHEMA`: for each indicator and quarter the total, then every category of each breakdown.

    Raises:
        MoreThanAll: If a part of any indicator is more than the whole it is a percentage of.
    """
    prepare(engine, catalogue)
    known = categories(engine, catalogue.breakdowns)
    sources = find_sources(engine, scope.covered, scope.modes, scope.not_agreed)
    tallies = Tallies(engine, catalogue, known, list(map(str, scope.quarters)))
    parts = []
    for position, indicator in enumerate(catalogue.indicators):
        if progress is not None:
            progress("Counting indicators", position, len(catalogue.indicators))
        parts.append(_Run(tallies, catalogue, indicator, sources, scope, known).table())
    if progress is not None:
        progress("Counting indicators", len(catalogue.indicators), len(catalogue.indicators))
    table = pa.concat_tables(parts) if parts else CELL_SCHEMA.empty_table()
    check_shares(table, catalogue)
    return table


def cells_from_table(table: pa.Table) -> list[Cell | Absent]:
    """Cells as objects, in the table's order."""
    rows = zip(*(table.column(part.name).to_pylist() for part in fields(Cell)), strict=True)
    return [
        Cell(*row) if reason is None else Absent(row[0], row[1], row[2], row[3], reason, row[_PER], row[_VALUE])
        for row, reason in zip(rows, table.column("reason").to_pylist(), strict=True)
    ]


_PER, _VALUE = (next(place for place, part in enumerate(fields(Cell)) if part.name == name) for name in ("per", "value"))

Missing = tuple[Whole, NDArray[np.bool_]]
"""Numbers, and where there are none."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The cells of one breakdown: arrays with a row for each quarter and a column for each category."""

    breakdown: str
    codes: Sequence[str]
    numerator: Whole
    contributors: Whole
    denominator: Missing
    out_breakdown: str
    medians: tuple[Numbers, ...] = ()


@dataclass(frozen=True, slots=True)
class _Run:
    """One indicator's counting: where, by what, and what is known of its sources."""

    tallies: Tallies
    catalogue: Catalogue
    indicator: Indicator
    sources: Sources
    scope: Scope
    known: Categories

    def table(self) -> pa.Table:
        """The indicator's cells, quarter by quarter: the total, then every category of each breakdown."""
        blocks = list(self._blocks())
        quarters, width = len(self.scope.quarters), sum(len(block.codes) for block in blocks)
        size = quarters * width
        reasons = self._reasons(blocks, width)
        absent = np.array([reason is not None for reason in reasons], dtype=bool)

        def numbers(parts: Sequence[NDArray[Any]], nothing: NDArray[np.bool_] | None = None) -> pa.Array:
            values = np.concatenate(parts, axis=1).reshape(-1) if parts else np.zeros(0)
            return pa.array(values, mask=absent if nothing is None else absent | nothing)

        def repeated(text: str | int | None, kind: pa.DataType) -> pa.Array:
            return pa.repeat(pa.scalar(text, kind), size)

        def tiled(words: Sequence[str]) -> pa.Array:
            return pa.array(np.tile(np.array(words, dtype=object), quarters), pa.string())

        without = np.concatenate([block.denominator[1] for block in blocks], axis=1).reshape(-1)
        columns = {
            "indicator": repeated(self.indicator.id, pa.string()),
            "period": pa.array(np.repeat(np.array(list(map(str, self.scope.quarters)), dtype=object), width), pa.string()),
            "breakdown": tiled([block.breakdown for block in blocks for _ in block.codes]),
            "category": tiled([code for block in blocks for code in block.codes]),
            "numerator": numbers([block.numerator for block in blocks]),
            "denominator": numbers([block.denominator[0] for block in blocks], without),
            "contributors": numbers([block.contributors for block in blocks]),
            "per": repeated(self.indicator.per, pa.int64()),
            "reason": pa.array(reasons, pa.string()),
            "low": repeated(None, pa.int64()),
            "high": repeated(None, pa.int64()),
            "value": repeated(self.indicator.value, pa.string()),
            "source": repeated(self._source(self.indicator.numerator), pa.string()),
            "out_source": repeated(self._out_source(), pa.string()),
            "out_breakdown": tiled([block.out_breakdown for block in blocks for _ in block.codes]),
        }
        for place, name in enumerate(("median", "median_low", "median_high")):
            if self.indicator.value is None:
                columns[name] = repeated(None, pa.float64())
            else:
                values = np.concatenate([block.medians[place] for block in blocks], axis=1).reshape(-1)
                columns[name] = pa.array(values, mask=absent | np.isnan(values))
        return pa.table(columns, schema=CELL_SCHEMA)

    @property
    def _entities(self) -> frozenset[str]:
        return self.catalogue.measures[self.indicator.numerator.measure].entities

    @property
    def _entities_out_of(self) -> frozenset[str]:
        whole = self.indicator.denominator
        return self.catalogue.measures[whole.measure].entities if isinstance(whole, Counted) else frozenset()

    def _blocks(self) -> Iterator[_Block]:
        job = Job.of(self.catalogue, self.indicator, self.indicator.numerator)
        tally = self.tallies.of(job)
        for breakdown in (TOTAL, *self.indicator.breakdowns):
            if breakdown != TOTAL and breakdown not in self.tallies.wanted[job]:
                continue  # nothing tells of it here: no ward says which council it lies in
            codes: Sequence[str] = self.tallies.codes(breakdown)
            numerator, contributors = tally.of(self.indicator.unit, breakdown), tally.children[breakdown]
            out_breakdown = self._out_breakdown(breakdown)
            denominator = self._whole(out_breakdown, numerator.shape)
            medians: tuple[Numbers, ...] = tally.medians.get(breakdown, ())
            chosen = self._existing(breakdown, codes, tally)
            if chosen is not None:
                codes = [codes[place] for place in chosen]
                numerator, contributors = numerator[:, chosen], contributors[:, chosen]
                denominator = (denominator[0][:, chosen], denominator[1][:, chosen])
                medians = tuple(each[:, chosen] for each in medians)
            yield _Block(breakdown, codes, numerator, contributors, denominator, out_breakdown, medians)

    def _existing(self, breakdown: str, codes: Sequence[str], tally: Tally) -> list[int] | None:
        """Which agencies exist for an indicator: those that ever counted there, or in what it is out of, or are needed for it.

        None: all categories do.
        """
        if breakdown == TOTAL or not self._is_of_agencies(breakdown):
            return None
        counted = tally.children[breakdown].sum(axis=0)
        if isinstance(self.indicator.denominator, Counted):
            job = Job.of(self.catalogue, self.indicator, self.indicator.denominator)
            if breakdown in self.tallies.wanted[job]:
                counted = counted + self.tallies.of(job).children[breakdown].sum(axis=0)
        return [place for place, code in enumerate(codes) if counted[place] or code in self.indicator.agencies_needed]

    def _is_of_agencies(self, breakdown: str) -> bool:
        return self.catalogue.breakdowns[breakdown].list in {"agencies", "agency_pairs"}

    def _source(self, part: Counted) -> str:
        """What is counted, in words that are the same for every indicator that counts it."""
        job = Job.of(self.catalogue, self.indicator, part)
        unit = part.unit or self.indicator.unit
        return f"{job.measure} {job.values} {job.ages.model_dump_json()} {job.residents_only} {job.value_of} {unit == 'children'}"

    def _out_source(self) -> str:
        match self.indicator.denominator:
            case Counted() as part:
                return self._source(part)
            case Residents() as part:
                return f"{RESIDENTS} {part.resident_age_bands}"
        return ""

    def _out_breakdown(self, breakdown: str) -> str:
        """By what the denominator is told. A breakdown that it does not have is out of the total."""
        match self.indicator.denominator:
            case Counted() as part:
                return breakdown if breakdown in self.tallies.wanted[Job.of(self.catalogue, self.indicator, part)] else TOTAL
            case Residents():
                is_of_what_happened = breakdown != TOTAL and self.catalogue.breakdowns[breakdown].is_of_what_happened
                return TOTAL if is_of_what_happened else breakdown
        return TOTAL

    def _whole(self, breakdown: str, shape: tuple[int, ...]) -> Missing:
        """What the cells are out of."""
        match self.indicator.denominator:
            case Counted() as part:
                job = Job.of(self.catalogue, self.indicator, part)
                found = self.tallies.of(job).of(part.unit or self.indicator.unit, breakdown)
                return np.broadcast_to(found, shape), np.zeros(shape, dtype=bool)
            case Residents() as residents:
                living, is_known = self.tallies.residents(residents, breakdown)
                return np.broadcast_to(living, shape), ~np.broadcast_to(is_known, shape)
        return np.zeros(shape, dtype=np.int64), np.ones(shape, dtype=bool)

    def _reasons(self, blocks: Sequence[_Block], width: int) -> list[str | None]:
        """Why each cell cannot be counted, in the table's order; None where it can."""
        reasons: list[str | None] = []
        entities, out_of = self._entities, self._entities_out_of
        for quarter in self.scope.quarters:
            none = reason_for_none(self.indicator, entities, quarter, self.scope.first, self.sources, out_of=out_of)
            if none is not None:
                reasons += [none] * width
                continue
            for block in blocks:
                if block.breakdown == TOTAL or self.catalogue.breakdowns[block.breakdown].column != "agency_id":
                    reasons += [None] * len(block.codes)
                else:
                    silent = ((agency, self.sources.agency_is_silent(agency, entities, str(quarter))) for agency in block.codes)
                    reasons += [self.sources.why_silent(agency, entities) if is_silent else None for agency, is_silent in silent]
        return reasons
