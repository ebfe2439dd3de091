"""A return beside the one before it: rows that halved or doubled, tables and columns that vanished, codes that ceased.

A return that is whole in itself may still be half of what it should be, because a filter was left on or a team was not exported. Only
counts of rows are compared. The thresholds are explained in `docs/methods/against-the-last-return.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from sightline.errors import Place
from sightline.intake.causes import Report, quoted
from sightline.model.codes import NOT_RECORDED
from sightline.model.findings import Finding, NotChecked

WHAT = "totals against the last return"
FACTOR = 2.0
"""Rows of an entity that fell to half or less, or grew to twice or more, are told."""
FEWEST_ROWS = 20
"""Entities, columns and codes with fewer rows before and after vary by chance alone."""
FILLED_BEFORE = 0.2
"""A column filled at least this far in the last return and not at all in this one has vanished."""
FILL_HALVED = 0.5
OFTEN = 0.02
"""A code that at least this share of rows had, and none has now, has ceased."""
_LINEAGE = frozenset(
    {"local_id", "identity_id", "source_file", "source_row", "return_id", "agency_id", "dataset", "mapping_version", "retracted"}
)
_SHARES = (
    (0.05, "hardly any of"),
    (0.14, "a tenth of"),
    (0.22, "a fifth of"),
    (0.29, "a quarter of"),
    (0.42, "a third of"),
    (0.51, "half of"),
)


@dataclass(frozen=True)
class Held:
    """What a return holds, counted: rows of each entity, filled cells of each column, rows of each common code."""

    rows: dict[str, int] = field(default_factory=dict)
    filled: dict[tuple[str, str], int] = field(default_factory=dict)
    codes: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)


def count_held(tables: Mapping[str, pa.Table]) -> Held:
    """Count a return's tables; columns of lineage and keyed ids are left out."""
    held = Held()
    for entity, table in tables.items():
        held.rows[entity] = table.num_rows
        names = set(table.column_names)
        for name in table.column_names:
            if name in _LINEAGE or name.endswith(("_id", "_precision", "_local")):
                continue
            values = table[name]
            if f"{name}_local" in names and pa.types.is_string(values.type):
                counted = {
                    str(one["values"]): int(one["counts"]) for one in pc.value_counts(values).to_pylist() if one["values"] is not None
                }
                unknown = counted.pop(NOT_RECORDED, 0)
                held.codes[entity, name] = counted
                held.filled[entity, name] = table.num_rows - values.null_count - unknown
            else:
                held.filled[entity, name] = table.num_rows - values.null_count
    return held


def compare_with_last(
    now: Held, before: Held | None, *, earlier: str, reason: str = ""
) -> tuple[tuple[Finding, ...], tuple[NotChecked, ...]]:
    """What changed more than chance and an ordinary quarter explain.

    Args:
        now: What this return holds.
        before: What the last accepted return of the dataset held; None where there is nothing to compare with.
        earlier: The period of that return.
        reason: Why there is nothing to compare with.
    """
    if before is None:
        return (), (NotChecked(WHAT, reason or "there is no earlier return of this dataset"),)
    report = Report()
    for entity, rows_before in before.rows.items():
        rows_now = now.rows.get(entity, 0)
        if max(rows_before, rows_now) >= FEWEST_ROWS:
            _compare_entity(entity, now, before, earlier, report)
    return report.in_order(), ()


def _compare_entity(entity: str, now: Held, before: Held, earlier: str, report: Report) -> None:
    rows_now, rows_before = now.rows.get(entity, 0), before.rows[entity]
    name = entity.replace("_", " ")
    if rows_now == 0:
        what = f"The table of {name} rows"
        report.add("SL-INT-085", Place(), what=what, earlier=earlier, values=(f"0 rows, was {rows_before:,}",))
        return
    share = share_in_words(rows_now, rows_before)
    if share:
        values = (f"{rows_now:,}, was {rows_before:,}",)
        report.add("SL-INT-084", Place(), entity=name, share=share, now=rows_now, before=rows_before, earlier=earlier, values=values)
    if rows_before >= FEWEST_ROWS and rows_now >= FEWEST_ROWS:
        _compare_fill(entity, now, before, earlier, report)
        _compare_codes(entity, now, before, earlier, report)


def share_in_words(now: int, before: int) -> str:
    """How many rows there are beside the last return's; empty where the difference is ordinary.

    >>> share_in_words(412, 845), share_in_words(900, 845), share_in_words(1700, 845)
    ('half of', '', 'twice')
    """
    if before == 0:
        return ""
    ratio = now / before
    if ratio >= FACTOR:
        return "twice" if ratio < 2.5 else f"{ratio:.0f} times"
    return next((words for most, words in _SHARES if ratio <= most), "") if ratio <= 1 / FACTOR + 0.01 else ""


def _compare_fill(entity: str, now: Held, before: Held, earlier: str, report: Report) -> None:
    for (owner, column), filled_before in before.filled.items():
        if owner != entity:
            continue
        share_before = filled_before / before.rows[entity]
        share_now = now.filled.get((entity, column), 0) / now.rows[entity]
        what = f"{entity.replace('_', ' ')}: {column.replace('_', ' ')}"
        values = (f"{share_now:.0%} filled, was {share_before:.0%}",)
        if share_before >= FILLED_BEFORE and share_now == 0:
            report.add("SL-INT-085", Place(), what=f"“{what}”", earlier=earlier, values=values)
        elif share_before >= 2 * FILLED_BEFORE and share_now <= share_before * FILL_HALVED:
            report.add(
                "SL-INT-086", Place(), what=what, earlier=earlier, now=f"{share_now:.0%}", before=f"{share_before:.0%}", values=values
            )


def _compare_codes(entity: str, now: Held, before: Held, earlier: str, report: Report) -> None:
    for (owner, column), codes_before in before.codes.items():
        if owner != entity or not now.filled.get((entity, column), 0):
            continue
        codes_now, total = now.codes.get((entity, column), {}), sum(codes_before.values())
        ceased = sorted(code for code, rows in codes_before.items() if rows >= max(FEWEST_ROWS, OFTEN * total) and code not in codes_now)
        if ceased:
            shown = [code.replace("_", " ") for code in ceased]
            what = f"“{entity.replace('_', ' ')}: {column.replace('_', ' ')}”"
            report.add("SL-INT-087", Place(), what=what, earlier=earlier, codes=quoted(shown), values=shown)
