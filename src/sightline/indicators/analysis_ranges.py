"""How far the counts of analyses may be off because people were linked wrongly, or not linked.

What `sightline.indicators.ranges` does for indicators.

The engine holds only those whom another linkage would change, under person ids that begin with the replicate and its side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sightline.definitions.analyses import Analyses, AnalysisDefinition, TableDefinition
from sightline.definitions.measures import EVENT, PERSON
from sightline.engine import Engine
from sightline.indicators.analyses import PERSONS, Counting, TableCount, YearScope, for_one_year
from sightline.indicators.people import of_replicate
from sightline.model.counted_tables import Codes, CountedAnalysis, CountedRow, CountedTable
from sightline.stats.replicates import replicate_intervals

EXACTLY = "exactly"
Changes = dict[Codes, np.ndarray]
"""By codes, how much each replicate adds to a count or takes away."""


def tables_with_ranges(
    engine: Engine, analyses: Analyses, scope: YearScope, counted: Sequence[CountedAnalysis], *, replicates: int
) -> tuple[CountedAnalysis, ...]:
    """Fill ``low`` and ``high`` of every row and margin; the derived tables must have been made of the changed people.

    Tables that join people to one another, or are about nobody, stay without.
    """
    with for_one_year(engine, scope.quarter):
        counting = Counting(engine, analyses, scope)
        return tuple(
            replace(each, tables=tuple(_ranged(counting, analyses.analysis(each.id), each, table, replicates) for table in each.tables))
            for each in counted
        )


def _ranged(
    counting: Counting, analysis: AnalysisDefinition, counted: CountedAnalysis, table: CountedTable, replicates: int
) -> CountedTable:
    definition = next(each for each in analysis.tables if each.id == table.id)
    dimensions = [counting.analyses.dimension(analysis, id) for id in definition.by]
    codes = {id: counted.categories[f"{table.id}.{id}"] for id in definition.by}
    count = TableCount(counting, analysis, definition, dimensions, codes)
    if not definition.linkage_range or not count.measure.is_about_people or not all(codes.values()):
        return table
    changes = _changes_of_sets(count, replicates) if definition.sets else _changes(count, definition, replicates)
    keys = [(EXACTLY, *row.categories) if definition.sets else row.categories for row in table.rows]
    rows = _filled((*table.rows, *table.margins), [*keys, *(row.categories for row in table.margins)], changes, replicates)
    return replace(table, rows=rows[: len(table.rows)], margins=rows[len(table.rows) :])


def _changes(count: TableCount, definition: TableDefinition, replicates: int) -> Changes:
    names = tuple(count.ways)
    groups = {names, names[: definition.leading]}
    sets = ", ".join(f"({', '.join(('replicate', *group))})" for group in sorted(groups, key=len))
    unit = PERSON if definition.unit in PERSONS else EVENT
    answer = count.counting.engine.query(
        f"with rows_counted as (select *, {of_replicate(PERSON)} as replicate from ({count.rows_sql()}) as of_replicates)"
        f" select replicate, {', '.join(names)}, count(distinct {unit}) as counted from rows_counted group by grouping sets ({sets})"
    )
    return _added(
        [(row["replicate"], tuple(row[name] for name in names if row[name] is not None), row["counted"]) for row in answer.to_pylist()],
        replicates,
    )


def _changes_of_sets(count: TableCount, replicates: int) -> Changes:
    """Of every set and, under its own code alone, of each member whatever else its people are in."""
    (dimension,) = count.dimensions
    members = [code for code, _ in count.codes[dimension.id]]
    replicate = of_replicate(PERSON)
    found = []
    for row in count.counting.engine.query(count.sets_sql(f"{replicate} as replicate, ", f"{replicate}, ")).to_pylist():
        together = tuple(code for place, code in enumerate(members) if int(row["bits"]) >> place & 1)
        found.append((row["replicate"], (EXACTLY, *together), row["people"]))
        found += [(row["replicate"], (member,), row["people"]) for member in together]
    return _added(found, replicates)


def _added(found: Sequence[tuple[str, Codes, int]], replicates: int) -> Changes:
    still = np.zeros(replicates)
    changes: Changes = defaultdict(still.copy)
    for replicate, codes, counted in found:
        changes[codes][int(replicate[:-1])] += counted if replicate[-1] == "+" else -counted
    return changes


def _filled(rows: Sequence[CountedRow], keys: Sequence[Codes], changes: Changes, replicates: int) -> tuple[CountedRow, ...]:
    if not rows:
        return ()
    still = np.zeros(replicates)
    draws = np.stack([row.count + changes.get(key, still) for row, key in zip(rows, keys, strict=True)])
    found = replicate_intervals(draws)
    ends = zip(found.lower.astype(int).tolist(), found.upper.astype(int).tolist(), strict=True)
    return tuple(replace(row, low=low, high=high) for row, (low, high) in zip(rows, ends, strict=True))
