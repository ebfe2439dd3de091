"""Look at files nobody has described yet: their tables, headers, what kind of cells each column holds, and the codes in columns of codes.

Nothing personal leaves: of a column only its header, how much is filled, what kind its cells are and, where few texts come again and again,
those that a finding might quote.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from sightline.definitions.mappings import Read
from sightline.errors import Place
from sightline.intake.causes import Report
from sightline.intake.cells.dates import read_date
from sightline.intake.open import content_of
from sightline.intake.quoting import quotable_codes
from sightline.intake.reading.grid import Grid
from sightline.intake.reading.kinds import kind_of
from sightline.intake.reading.text import read_csv
from sightline.intake.reading.workbook import read_workbook

HEADERS_WITHIN = 15
LOOKED_AT = 400
MOST_CODES = 40
"""A column with more different texts than this is no column of codes."""
MOSTLY = 0.9


def survey(files: Sequence[Path]) -> list[dict[str, Any]]:
    """What each table of some files looks like, as plain JSON.

    Returns:
        For each table ``file``, ``sheet``, ``kind``, ``header_row`` (from 1), ``rows`` and ``columns``: ``header``, ``filled`` (0 to
        1), ``type`` (text, code, date, datetime, integer, number, boolean or empty), ``order`` of dates and ``codes``.
    """
    return [table for path in files for table in _of_file(path)]


def _of_file(path: Path) -> list[dict[str, Any]]:
    report = Report()
    content = content_of(path, Place(file=path.name), report)
    kind, _ = kind_of(content or b"")
    if content is None or kind not in {"csv", "workbook"}:
        return []
    grids = read_workbook(content, path.name, report) if kind == "workbook" else [read_csv(content, Read(kinds="csv"), path.name, report)]
    return [_of_grid(grid, kind) for grid in grids if grid.cells.height and grid.cells.width]


def _of_grid(grid: Grid, kind: str) -> dict[str, Any]:
    position = _header_row(grid)
    headers = grid.row(position)
    body = grid.cells.slice(position + 1)
    body = body.filter(~pl.all_horizontal(pl.all().is_null()))
    columns = [_column(header, body[f"c{place}"]) for place, header in enumerate(headers) if header]
    return {
        "file": grid.file,
        "sheet": grid.sheet,
        "kind": kind,
        "header_row": position + 1,
        "rows": body.height,
        "columns": columns,
    }


def _header_row(grid: Grid) -> int:
    """The first row with most of its cells filled by texts that differ and are no numbers or dates."""

    def likeness(position: int) -> float:
        cells = [cell for cell in grid.row(position) if cell]
        words = [cell for cell in cells if not _is_number(cell) and read_date(cell, "day_first", False) is None]
        return len(set(words)) / max(grid.cells.width, 1)

    return max(range(min(HEADERS_WITHIN, grid.cells.height)), key=lambda position: (round(likeness(position), 2), -position))


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def _column(header: str, cells: pl.Series) -> dict[str, Any]:
    given = cells.drop_nulls()
    distinct = given.unique(maintain_order=True)
    kind, order = _kind_of_cells(distinct.head(LOOKED_AT).to_list(), len(distinct), len(given))
    codes: list[str] = []
    if kind in {"code", "boolean"}:
        rows = list(range(len(given)))
        codes = sorted(quotable_codes(distinct.to_list(), given.to_list(), rows))
    filled = len(given) / len(cells) if len(cells) else 0.0
    return {"header": header, "filled": round(filled, 3), "type": kind, "order": order, "codes": codes}


def _kind_of_cells(texts: list[str], distinct: int, given: int) -> tuple[str, str]:
    """The type that nearly all texts of a column fit, and the order of its dates."""
    if not texts:
        return "empty", ""
    day_first = sum(read_date(text, "day_first", False) is not None and not _is_number(text) for text in texts)
    month_first = sum(read_date(text, "month_first", False) is not None and not _is_number(text) for text in texts)
    if max(day_first, month_first) >= MOSTLY * len(texts):
        return ("datetime" if sum(":" in text for text in texts) > len(texts) / 2 else "date"), (
            "month_first" if month_first > day_first else "day_first"
        )
    if {text.lower() for text in texts} <= {"y", "n", "yes", "no", "true", "false", "0", "1", "not known", "unknown"}:
        return "boolean", ""
    if distinct <= MOST_CODES and given >= 2 * distinct:
        return "code", ""
    numbers = sum(_is_number(text) for text in texts)
    if numbers >= MOSTLY * len(texts):
        return ("number" if any("." in text for text in texts) else "integer"), ""
    return "text", ""
