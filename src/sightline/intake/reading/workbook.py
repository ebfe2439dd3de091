"""Read workbooks (xlsx, xls, ods) with calamine, sheet by sheet, every cell as the text a CSV of it would hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from sightline.errors import Place
from sightline.intake.causes import Report
from sightline.intake.reading.extents import Extent
from sightline.intake.reading.grid import Grid, grid_from_columns
from sightline.intake.reading.packed import is_safe_to_unpack


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


_TO_TEXT: dict[type, Callable[[Any], str]] = {
    float: _number,
    int: str,
    bool: lambda value: "true" if value else "false",
    date: date.isoformat,
    datetime: lambda value: value.isoformat(sep=" ", timespec="seconds"),
    time: lambda value: value.isoformat(timespec="minutes"),
    timedelta: str,
}


def column_of_text(values: list[Any]) -> pl.Series:
    """Cells of one column as text; numbers without a needless ``.0``, dates in ISO form."""
    kinds = set(map(type, values))
    if kinds <= {str}:
        return pl.Series(values, dtype=pl.String)
    return pl.Series([value if type(value) is str else _TO_TEXT.get(type(value), str)(value) for value in values], dtype=pl.String)


def read_workbook(content: bytes, file: str, report: Report) -> list[Grid]:
    """Read every sheet that holds anything; a workbook that cannot be opened safely becomes a finding."""
    place = Place(file=file)
    if not is_safe_to_unpack(content, place, report):
        return []
    grids: list[Grid] = []
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        for name in workbook.sheet_names:
            columns = _columns(workbook.get_sheet_by_name(name), Place(file=file, sheet=name), report)
            if columns:
                grids.append(grid_from_columns(file, name, columns))
    except PasswordError:
        report.add("SL-INT-004", place, why="it is protected by a password")
        return []
    except (CalamineError, OSError, ValueError) as error:
        protected = "password" in str(error).lower() or "encrypt" in str(error).lower()
        report.add("SL-INT-004", place, why="it is protected by a password" if protected else f"it is damaged ({type(error).__name__})")
        return []
    except BaseException as error:
        # A panic of the reader's own code is no Exception; it says no more than that the file is not what it should be.
        if type(error).__name__ != "PanicException":
            raise
        report.add("SL-INT-004", place, why="it is damaged in a way that its reader did not expect")
        return []
    if not grids and not report.refused:
        report.add("SL-INT-003", place)
    return grids


def _columns(sheet: CalamineSheet, place: Place, report: Report) -> list[pl.Series]:
    """The cells of a sheet, by column; none, with a finding, where they reach so far that they would not fit into memory."""
    extent = Extent(sheet.total_height, sheet.total_width)
    why = extent.too_far
    if why is not None:
        report.add("SL-INT-064", place, cell=extent.corner, cells=f"{extent.cells:,}", why=why)
        return []
    rows = sheet.to_python(skip_empty_area=True)
    if not rows or not rows[0]:
        return []
    # What lies before the first used cell is laid out by the column, not by the cell: one cell may stand in the last row of a million.
    top, left = sheet.start or (0, 0)
    above = pl.repeat("", top, dtype=pl.String, eager=True)
    used = [pl.concat([above, column_of_text(list(column))]) for column in zip(*rows, strict=True)]
    return [pl.repeat("", len(used[0]), dtype=pl.String, eager=True)] * left + used
