"""How far every count may be off because people were linked wrongly, or not linked: each is made again for other, equally likely linkages.

Only people whom a replicate changes are counted again, as they are linked and as they might be; the difference is added to the count of
everybody. The engine holds their rows under person ids that begin with the replicate and the side: ``12-:…`` as linked, ``12+:…`` as they
might be (`sightline.linkage.uncertainty`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from sightline.definitions.indicators import Catalogue, Indicator
from sightline.engine import Engine
from sightline.indicators.compute import CELL_SCHEMA, prepare
from sightline.indicators.people import counted_rows_sql, replicate_counts_sql
from sightline.stats.replicates import replicate_intervals

Progress = Callable[[str, int, int], None]
_Key = tuple[str, str, str, str]


def with_ranges(engine: Engine, catalogue: Catalogue, cells: pa.Table, *, replicates: int, progress: Progress | None = None) -> pa.Table:
    """Fill ``low`` and ``high`` of every counted cell.

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
    changes: dict[_Key, np.ndarray] = {}
    for place, indicator in enumerate(catalogue.indicators):
        if progress is not None:
            progress("Weighing other linkages", place, len(catalogue.indicators))
        _add_changes(engine, catalogue, indicator, replicates, changes)
    if progress is not None:
        progress("Weighing other linkages", len(catalogue.indicators), len(catalogue.indicators))
    return _filled(cells, changes, replicates)


def _add_changes(engine: Engine, catalogue: Catalogue, indicator: Indicator, replicates: int, changes: dict[_Key, np.ndarray]) -> None:
    measure = catalogue.measures[indicator.numerator.measure]
    returned = {"agency": "agency_id" in measure.columns, "referral_source": "referral_source" in measure.columns}
    breakdowns = tuple(breakdown for breakdown in indicator.breakdowns if returned.get(breakdown, True))
    unit = "children" if indicator.unit == "children" else "events"
    rows = counted_rows_sql(measure, indicator.numerator.values, indicator.ages)
    for row in engine.query(replicate_counts_sql(rows, breakdowns)).to_pylist():
        by, category = next(((each, row[each]) for each in breakdowns if row[each] is not None), ("all", "all"))
        key = (indicator.id, row["period"], by, category)
        replicate, side = int(row["replicate"][:-1]), row["replicate"][-1]
        changes.setdefault(key, np.zeros(replicates))[replicate] += row[unit] if side == "+" else -row[unit]


def _filled(cells: pa.Table, changes: dict[_Key, np.ndarray], replicates: int) -> pa.Table:
    keys = list(zip(*(cells.column(name).to_pylist() for name in ("indicator", "period", "breakdown", "category")), strict=True))
    counts = cells.column("numerator").to_pylist()
    places = [place for place, count in enumerate(counts) if count is not None]
    low, high = [None] * len(keys), [None] * len(keys)
    if places:
        still = np.zeros(replicates)
        draws = np.stack([counts[place] + changes.get(keys[place], still) for place in places])
        interval = replicate_intervals(draws)
        for place, lower, upper in zip(places, interval.lower.astype(int).tolist(), interval.upper.astype(int).tolist(), strict=True):
            low[place], high[place] = lower, upper
    for name, values in (("low", low), ("high", high)):
        cells = cells.set_column(CELL_SCHEMA.get_field_index(name), CELL_SCHEMA.field(name), pa.array(values, pa.int64()))
    return cells
