"""Counts that an agency makes of its own rows when counts are all it shares, protected as a release is before they leave.

The gate is that of figures that are published (`sightline.disclosure`), with a threshold besides: a count under ten is withheld, zero too,
the others are rounded so that sums agree, and more are withheld where sums would tell a withheld one. A mapping may ask for a higher
threshold, never for a lower.

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pyarrow as pa

from sightline.definitions import mappings
from sightline.definitions.local_counts import BREAKDOWNS, LocalCount, load_local_counts
from sightline.definitions.mappings import Format
from sightline.disclosure.gate import TOTAL, protect
from sightline.disclosure.linked_trees import BASE
from sightline.model.entities import ENTITIES
from sightline.model.figures import Cell, Figure, Released
from sightline.model.periods import Quarter, quarters_between
from sightline.privacy.local_rows import LocalRow, local_rows
from sightline.privacy.rules import RuleNotUnderstood

SOURCE = "counted at the agency"


def count_locally(tables: Mapping[str, pa.Table], *, mapping: Format, period: Quarter, agency: str) -> pa.Table:
    """Rows of ``aggregate_count``: rows and children of each kind the extract holds, by quarter and by the breakdowns agreed.

    Args:
        tables: Entity → rows as intake read them.
        mapping: Says which breakdowns and which threshold.
        period: The last quarter; the first is as far back as the mapping says a return reaches.
        agency: Who counts.

    Raises:
        RuleNotUnderstood: If the mapping asks for a breakdown that does not exist.
    """
    shared = (mapping.privacy or mappings.Privacy()).counts
    unknown = set(shared.breakdowns) - set(BREAKDOWNS)
    if unknown:
        raise RuleNotUnderstood(f"{', '.join(sorted(unknown))} is no breakdown; there are {', '.join(BREAKDOWNS)}.")
    quarters = quarters_between(period.plus(1 - max(mapping.covers_months // 3, 1)), period)
    cells: list[Cell] = []
    notes: dict[str, str] = {}
    told: dict[str, list[LocalRow]] = defaultdict(list)
    for id, count in load_local_counts().items():
        if count.entity in tables:
            rows = list(local_rows(tables, entity=count.entity, dated_by=count.dated_by))
            for row in rows:
                told[str(Quarter.containing(row.day))].append(row)
            cells += _cells(id, count, rows, quarters, shared)
            notes |= _notes(id, count, shared.threshold)
    shown = {
        place: figure
        for quarter in quarters
        for places in [[place for place, cell in enumerate(cells) if cell.period == str(quarter)]]
        for place, figure in zip(
            places,
            protect([cells[place] for place in places], key=_key(told[str(quarter)]), threshold=shared.threshold),
            strict=True,
        )
    }
    return _table([shown[place] for place in range(len(cells))], notes, agency)


def _notes(id: str, count: LocalCount, threshold: int) -> dict[str, str]:
    how = f"Counts under {threshold} are withheld, zero too; others are rounded to {BASE}, and sums agree. {_origin(count)}"
    return {f"{id}_rows": f"{count.says} {how}", f"{id}_children": f"Children in them, by this agency's own numbers. {count.says} {how}"}


def _origin(count: LocalCount) -> str:
    """Where the rows of a count come from, in words."""
    return f"Rows of {count.entity.replace('_', ' ')} of the common model."


def _cells(id: str, count: LocalCount, rows: Iterable[LocalRow], quarters: list[Quarter], shared: mappings.CountsShared) -> list[Cell]:
    by_quarter: dict[Quarter, list[LocalRow]] = defaultdict(list)
    for row in rows:
        by_quarter[Quarter.containing(row.day)].append(row)
    cells = []
    for quarter in quarters:
        found = by_quarter.get(quarter, [])
        for breakdown in ("all", *shared.breakdowns):
            for category, group in _grouped(found, breakdown).items():
                people = {row.person for row in group}
                contributors = len(group) if None in people else len(people)
                cells.append(Cell(f"{id}_rows", str(quarter), breakdown, category, len(group), None, contributors))
                if ENTITIES[count.entity].about_person:
                    cells.append(Cell(f"{id}_children", str(quarter), breakdown, category, contributors, None, contributors))
    return cells


def _key(rows: Iterable[LocalRow]) -> bytes:
    """An agency that only counts keeps no key: its rows of a quarter are what nobody else has, and the same rows give it again.

    So a quarter of which no row has changed is shown as before, however much of other quarters came late.
    """
    return hashlib.blake2b("\n".join(sorted(map(repr, rows))).encode()).digest()


def _grouped(rows: list[LocalRow], breakdown: str) -> dict[str, list[LocalRow]]:
    if breakdown == "all":
        return {TOTAL: rows}
    groups: dict[str, list[LocalRow]] = defaultdict(list)
    for row in rows:
        if breakdown in row.categories:
            groups[row.categories[breakdown]].append(row)
    return dict(sorted(groups.items()))


def _table(figures: list[Figure], notes: Mapping[str, str], agency: str) -> pa.Table:
    entity = ENTITIES["aggregate_count"]
    rows = [
        _row(figure, notes[figure.indicator], agency) | {"source_file": SOURCE, "source_row": at} for at, figure in enumerate(figures, 1)
    ]
    types = {name: entity.column(name).type for name in _OWN} | {"source_file": pa.string(), "source_row": pa.int64()}
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()})


_OWN = ("service", "measure", "period_start", "period_end", "breakdown", "category", "count", "withheld", "definition_note")


def _row(figure: Figure, note: str, agency: str) -> dict[str, object]:
    quarter = Quarter.parse(figure.period)
    shown = figure.count.value if isinstance(figure.count, Released) else None
    return {
        "service": agency,
        "measure": figure.indicator,
        "period_start": quarter.start,
        "period_end": quarter.end,
        "breakdown": figure.breakdown,
        "category": figure.category,
        "count": shown,
        "withheld": shown is None,
        "definition_note": note,
    }
