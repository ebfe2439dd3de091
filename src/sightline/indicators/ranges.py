"""How far every count may be off because people were linked wrongly, or not linked: each is made again for other, equally likely linkages.

Only people whom a replicate changes are counted again, as they are linked and as they might be; the difference is added to the count of
everybody. The engine holds their rows under person ids that begin with the replicate and the side: ``12-:…`` as linked, ``12+:…`` as they
might be (`sightline.linkage.uncertainty`).

Not worked out: medians, which a few children wrongly joined hardly move; and what joins people to one another (``linkage_range: false``),
which cannot be counted from changed people alone. Counts of what is about nobody are as sure as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.definitions.indicators import Catalogue, Indicator
from sightline.definitions.measures import EVENT, PERSON
from sightline.engine import Engine
from sightline.indicators.categories import categories
from sightline.indicators.compute import CELL_SCHEMA, prepare
from sightline.indicators.people import Ways, counted_rows_sql, replicate_counts_sql
from sightline.indicators.tallies import TOTAL, Job, jobs_of
from sightline.stats.replicates import replicate_intervals

Progress = Callable[[str, int, int], None]
_Place = tuple[str, str, str]
"""(period, breakdown, category)."""
_Key = tuple[str, str, str, str]
"""(indicator, period, breakdown, category)."""


def with_ranges(engine: Engine, catalogue: Catalogue, cells: pa.Table, *, replicates: int, progress: Progress | None = None) -> pa.Table:
    """Fill ``low`` and ``high`` of every counted cell whose range can be worked out.

    Args:
        engine: Holds the tables of one generation, restricted to changed people under their replicates' ids.
        catalogue: What was counted.
        cells: CELL_SCHEMA.
        replicates: How many were drawn; a replicate that changes nobody leaves every count as it is.
        progress: Told the step, how many are done, and how many there are.

    Returns:
        The cells with their ranges: 95% intervals of the numerator.
    """
    prepare(engine, catalogue)
    jobs = jobs_of(catalogue, categories(engine, catalogue.breakdowns), numerators_only=True)
    counted: dict[tuple[Job, str], dict[_Place, np.ndarray]] = {}
    changes: dict[_Key, np.ndarray] = {}
    for place, indicator in enumerate(catalogue.indicators):
        if progress is not None:
            progress("Weighing other linkages", place, len(catalogue.indicators))
        if not moves_with_linkage(catalogue, indicator):
            continue
        job = Job.of(catalogue, indicator, indicator.numerator)
        unit = PERSON if indicator.unit == "children" else EVENT
        if (job, unit) not in counted:
            measure = catalogue.measures[job.measure]
            rows = counted_rows_sql(measure, dict(job.values), job.ages, jobs[job], residents_only=job.residents_only)
            counted[job, unit] = _changes(engine.query(replicate_counts_sql(rows, jobs[job], unit=unit)), jobs[job], replicates)
        asked = {TOTAL, *indicator.breakdowns}
        changes |= {(indicator.id, *where): change for where, change in counted[job, unit].items() if where[1] in asked}
    if progress is not None:
        progress("Weighing other linkages", len(catalogue.indicators), len(catalogue.indicators))
    ranged = [each.id for each in catalogue.indicators if has_range(catalogue, each)]
    return _filled(cells, changes, replicates, ranged)


def has_range(catalogue: Catalogue, indicator: Indicator) -> bool:
    """Whether what linkage leaves open about an indicator's counts can be told."""
    return moves_with_linkage(catalogue, indicator) or not catalogue.measures[indicator.numerator.measure].knows_people


def moves_with_linkage(catalogue: Catalogue, indicator: Indicator) -> bool:
    """Whether its counts can be made again for changed people alone."""
    is_about_people = catalogue.measures[indicator.numerator.measure].is_about_people
    return is_about_people and indicator.linkage_range and indicator.statistic != "median"


def _changes(answer: pa.Table, ways: Ways, replicates: int) -> dict[_Place, np.ndarray]:
    """How much more each count would be, by replicate; counts that no replicate changes are left out."""
    changes: dict[_Place, np.ndarray] = {}
    for row in answer.to_pylist():
        by, category = next(((each, row[each]) for each in ways if row[each] is not None), (TOTAL, TOTAL))
        replicate, side = int(row["replicate"][:-1]), row["replicate"][-1]
        changes.setdefault((row["period"], by, category), np.zeros(replicates))[replicate] += (
            row["counted"] if side == "+" else -row["counted"]
        )
    return changes


def _filled(cells: pa.Table, changes: dict[_Key, np.ndarray], replicates: int, ranged: Iterable[str]) -> pa.Table:
    """Where no replicate changes a count, its range is the count itself."""
    is_ranged = pc.and_(
        pc.is_in(cells.column("indicator"), value_set=pa.array(ranged, pa.string())), pc.is_valid(cells.column("numerator"))
    )
    counts = pc.if_else(is_ranged, cells.column("numerator"), None).combine_chunks()
    low, high = (counts.fill_null(0).to_numpy().copy() for _ in range(2))
    keys = list(zip(*(cells.column(name).to_pylist() for name in ("indicator", "period", "breakdown", "category")), strict=True))
    moved = [place for place, key in enumerate(keys) if key in changes]
    if moved:
        interval = replicate_intervals(low[moved][:, np.newaxis] + np.stack([changes[keys[place]] for place in moved]))
        low[moved], high[moved] = interval.lower.astype(np.int64), interval.upper.astype(np.int64)
    nothing = counts.is_null().to_numpy(zero_copy_only=False)
    for name, values in (("low", low), ("high", high)):
        cells = cells.set_column(CELL_SCHEMA.get_field_index(name), CELL_SCHEMA.field(name), pa.array(values, pa.int64(), mask=nothing))
    return cells
