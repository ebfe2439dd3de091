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
from numpy.typing import NDArray

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
    moving = {each.id: _counted_for(catalogue, each) for each in catalogue.indicators if moves_with_linkage(catalogue, each)}
    answers = engine.query_each([_changes_sql(catalogue, job, unit, jobs[job]) for job, unit in dict.fromkeys(moving.values())])
    counted: dict[tuple[Job, str], dict[_Place, np.ndarray]] = {}
    changes: dict[_Key, np.ndarray] = {}
    for place, indicator in enumerate(catalogue.indicators):
        if progress is not None:
            progress("Weighing other linkages", place, len(catalogue.indicators))
        if indicator.id not in moving:
            continue
        key = moving[indicator.id]
        if key not in counted:
            counted[key] = _changes(next(answers), jobs[key[0]], replicates)
        asked = {TOTAL, *indicator.breakdowns}
        changes |= {(indicator.id, *where): change for where, change in counted[key].items() if where[1] in asked}
    next(answers, None)
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


def _counted_for(catalogue: Catalogue, indicator: Indicator) -> tuple[Job, str]:
    """What is counted again for an indicator: the job, and the column that names what is counted."""
    return Job.of(catalogue, indicator, indicator.numerator), PERSON if indicator.unit == "children" else EVENT


def _changes_sql(catalogue: Catalogue, job: Job, unit: str, ways: Ways) -> str:
    rows = counted_rows_sql(catalogue.measures[job.measure], dict(job.values), job.ages, ways, residents_only=job.residents_only)
    return replicate_counts_sql(rows, ways, unit=unit)


def _changes(answer: pa.Table, ways: Ways, replicates: int) -> dict[_Place, np.ndarray]:
    """How much more each count would be, by replicate; counts that no replicate changes are left out."""
    drawn, sides = _coded(answer.column("replicate"))
    number = np.array([int(side[:-1]) for side in sides], dtype=np.int64)[drawn]
    added = answer.column("counted").to_numpy() * np.array([1 if side[-1] == "+" else -1 for side in sides], dtype=np.int64)[drawn]
    quarter, periods = _coded(answer.column("period"))
    changes: dict[_Place, np.ndarray] = {}
    left = np.ones(answer.num_rows, dtype=bool)
    for by in (*ways, TOTAL):
        category, codes = (np.zeros(answer.num_rows, dtype=np.int64), [TOTAL]) if by == TOTAL else _coded(answer.column(by))
        here = np.flatnonzero(left & (category >= 0))
        left[here] = False
        groups, group = np.unique(quarter[here] * len(codes) + category[here], return_inverse=True)
        size = len(groups) * replicates
        by_replicate = np.bincount(group * replicates + number[here], weights=added[here], minlength=size).reshape(-1, replicates)
        for each, change in zip(groups.tolist(), by_replicate, strict=True):
            changes[periods[each // len(codes)], by, codes[each % len(codes)]] = change
    return changes


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """A column as places in the list of its values; -1 where it is empty."""
    coded = pc.dictionary_encode(column.combine_chunks())
    return coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()


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
