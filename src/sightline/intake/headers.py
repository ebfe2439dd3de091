"""Find which table a grid is, and in which of its rows the headers stand: by what the headers say, helped by the sheet's or file's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache

import polars as pl

from sightline.definitions.mappings import Find, Format, Table
from sightline.errors import Place
from sightline.intake.causes import Report, quoted
from sightline.intake.cells.codes import normalise
from sightline.intake.fixes import nearest_headers
from sightline.intake.melted import melt
from sightline.intake.reading.grid import Grid
from sightline.intake.sheets import ROW, Sheet, letter_of

SEARCHED_ROWS = 30
ENOUGH = 0.5
"""Agreement between a header row and a table from which an unnamed sheet is taken to be that table."""
ENOUGH_WHEN_NAMED = 0.2
CERTAIN = 0.8
"""Agreement at which the search for a better header row ends."""


@dataclass(frozen=True)
class Match:
    """A grid seen as one table: ``columns`` maps positions in the grid to the mapping's columns."""

    table_id: str
    header_row: int
    columns: dict[int, str]
    repeated: tuple[int, ...]
    agreement: float
    named: bool

    @property
    def score(self) -> float:
        return self.agreement + (0.5 if self.named else 0.0)


@lru_cache(maxsize=4096)
def pattern(text: str) -> re.Pattern[str] | None:
    """The compiled pattern of ``/…/`` or ``/…/i``; None for a plain text."""
    match = re.fullmatch(r"/(.+)/(i?)", text, re.DOTALL)
    return re.compile(match[1], re.IGNORECASE if match[2] else 0) if match else None


def is_named(name: str, wanted: Iterable[str]) -> bool:
    """Whether a sheet's or file's name is one of those a mapping lists (texts, texts with ``*``, patterns)."""
    for text in wanted:
        compiled = pattern(text)
        if compiled is not None:
            if compiled.search(name):
                return True
        elif fnmatchcase(name.lower(), text.lower()) or normalise(name) == normalise(text):
            return True
    return False


def _name_fits(grid: Grid, find: Find) -> bool:
    """The sheet's name in a workbook; for a CSV its file's name, with or without the ending, since a sheet is often saved as one."""
    if grid.sheet is not None and find.sheet:
        return is_named(grid.sheet, find.sheet)
    stem = grid.file.rsplit(".", 1)[0]
    return is_named(grid.file, find.file) or is_named(stem, (*find.file, *find.sheet))


class TableHeaders:
    """The headers of one table, ready to be recognised."""

    def __init__(self, table: Table) -> None:
        self.exact: dict[str, str] = {}
        self.patterns: list[tuple[re.Pattern[str], str]] = []
        for name, column in table.columns.items():
            for header in column.headers:
                compiled = pattern(header)
                if compiled is None:
                    self.exact.setdefault(normalise(header), name)
                else:
                    self.patterns.append((compiled, name))
        self.melts = table.melt is not None
        self.wanted = {name for name, column in table.columns.items() if not column.optional} or set(table.columns)

    def recognise(self, header: str) -> str | None:
        known = self.exact.get(normalise(header))
        if known is None:
            known = next((name for compiled, name in self.patterns if compiled.search(header)), None)
        return known


def match_row(cells: list[str], headers: TableHeaders) -> tuple[dict[int, str], tuple[int, ...], float]:
    """The columns a row of cells names, repeated ones, and how well row and table agree (0 to 1)."""
    columns: dict[int, str] = {}
    repeated = []
    for position, text in enumerate(cells):
        name = headers.recognise(text) if text else None
        if name is None:
            continue
        if name in columns.values():
            repeated.append(position)
        else:
            columns[position] = name
    filled = sum(1 for text in cells if text)
    found = len(headers.wanted & set(columns.values()))
    if not filled or not columns:
        return {}, (), 0.0
    # In a table that is melted every header that is not known is a measure.
    precision, recall = 1.0 if headers.melts else len(columns) / filled, found / len(headers.wanted)
    return columns, tuple(repeated), 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def best_match(grid: Grid, format: Format, known: dict[str, TableHeaders]) -> Match | None:
    """The table that a grid agrees with best, if it agrees enough; at equal agreement the earlier row wins."""
    best: Match | None = None
    rows = [grid.row(position) for position in range(min(SEARCHED_ROWS, grid.cells.height))]
    named = {table_id: _name_fits(grid, format.tables[table_id].find) for table_id in known}
    for position in range(len(rows)):
        for table_id, headers in known.items():
            if not _may_hold_headers(format.tables[table_id].find, position):
                continue
            columns, repeated, agreement = match_row(rows[position], headers)
            match = Match(table_id, position, columns, repeated, agreement, named[table_id])
            if _is_enough(match, headers) and (best is None or match.score > best.score + 1e-9):
                best = match
        if best is not None and best.agreement >= CERTAIN and (best.named or not any(named.values())):
            break
    return best


def _may_hold_headers(find: Find, position: int) -> bool:
    return find.header_row == "auto" or position == int(find.header_row) - 1


def _is_enough(match: Match, headers: TableHeaders) -> bool:
    if len(match.columns) < min(2, len(headers.wanted)):
        return False
    return match.agreement >= (ENOUGH_WHEN_NAMED if match.named else ENOUGH)


def headers_of(format: Format) -> dict[str, TableHeaders]:
    """The headers of every table that is found by headers (not by an XML path)."""
    return {
        name: TableHeaders(table) for name, table in format.tables.items() if table.find.path is None or table.find.sheet or table.find.file
    }


def recognise_sheet(grid: Grid, format: Format, known: dict[str, TableHeaders], report: Report) -> Sheet | None:
    """Take a grid as one of the format's tables; None, with a finding, when it is none of them."""
    match = best_match(grid, format, known)
    place = Place(file=grid.file, sheet=grid.sheet)
    if match is None:
        _say_unknown(grid, format, place, report)
        return None
    header_cells = grid.row(match.header_row)
    for position in match.repeated:
        report.add("SL-INT-023", place, column=header_cells[position])
    _say_columns(match, header_cells, format, place, report)
    return _cut(grid, match, format, report)


def _say_unknown(grid: Grid, format: Format, place: Place, report: Report) -> None:
    for table_id, table in format.tables.items():
        if grid.sheet is not None and table.find.sheet and is_named(grid.sheet, table.find.sheet):
            report.add("SL-INT-010", place, table=table.title or table_id)
            return
    rows = max(grid.cells.height - 1, 0)
    report.add("SL-INT-020", place, names=[grid.name], format=format.title, rows_there=rows, rows=rows)


def _say_columns(match: Match, header_cells: list[str], format: Format, place: Place, report: Report) -> None:
    table, present = format.tables[match.table_id], set(match.columns.values())
    unknown = [
        text for position, text in enumerate(header_cells) if text and position not in match.columns and position not in match.repeated
    ]
    if unknown and not table.melt:
        report.add("SL-INT-021", place, format=format.title, names=unknown)
    absent = []
    for name, column in table.columns.items():
        if name in present or column.optional or (table.melt and name in {table.melt.name, table.melt.value}):
            continue
        if column.required:
            header = _plain_header(column.headers, name)
            report.add("SL-INT-011", place, expected=f'a column "{header}"', fix=nearest_headers([header], unknown), column=header)
        else:
            absent.append(_plain_header(column.headers, name))
    if absent:
        report.add("SL-INT-022", place, expected=f"columns {quoted(absent)}", fix=nearest_headers(absent, unknown), names=absent)


def _last_place(place: Place, header_cells: list[str]) -> Place:
    """The last header's place: where a row that is too long or too short goes wrong at the latest."""
    last = max((position for position, text in enumerate(header_cells) if text), default=None)
    return place if last is None else replace(place, column=header_cells[last], letter=letter_of(last))


def _plain_header(headers: tuple[str, ...], name: str) -> str:
    return next((header for header in headers if pattern(header) is None), name)


def _cut(grid: Grid, match: Match, format: Format, report: Report) -> Sheet:
    """The data rows below the headers, in the mapping's columns; blank rows and rows with too many cells left out."""
    header_cells = grid.row(match.header_row)
    headers = {name: header_cells[position] for position, name in match.columns.items()}
    table = format.tables[match.table_id]
    body = grid.cells.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64)).slice(match.header_row + 1)
    body = blank_out(body, format).filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))
    place = Place(file=grid.file, sheet=grid.sheet)
    too_long = _too_long(grid, body, header_cells)
    rows_there = body.height
    if len(too_long) > rows_there / 2:
        # Most rows are longer than the headers: either every cell has moved, which is told as that, or there is a column nobody named.
        report.add("SL-INT-021", place, format=format.title, names=["(after the last header)"], rows=len(too_long))
    elif too_long:
        body = body.filter(~pl.col(ROW).is_in(too_long))
        report.add("SL-INT-032", _last_place(place, header_cells), rows=rows_there - body.height, examples=too_long)
    short = [row for row in grid.too_short if row > match.header_row + 1]
    if short:
        report.add("SL-INT-033", _last_place(place, header_cells), rows=len(short), examples=short)
    cells = body.drop(ROW)
    columns = [body[f"c{position}"].alias(name) for position, name in match.columns.items()]
    absent = [pl.Series(name, [None] * body.height, dtype=pl.String) for name in table.columns if name not in headers]
    frame = pl.DataFrame([*columns, *absent, body[ROW]])
    if table.melt:
        measures = {f"c{position}": text for position, text in enumerate(header_cells) if text and position not in match.columns}
        frame = melt(pl.DataFrame([*frame, *(body[name] for name in measures)]), measures, table.melt)
        rows_there = frame.height
        # Its cells stand under many headers; what is wrong with one is told under the name of them all.
        headers |= {table.melt.value: "the measures"}
    return Sheet(
        table_id=match.table_id,
        table=table,
        file=grid.file,
        sheet=grid.sheet,
        frame=frame,
        headers=headers,
        neighbours=[match.columns.get(position) for position in range(cells.width)],
        cells=cells,
        rows_there=rows_there,
    )


def blank_out(frame: pl.DataFrame, format: Format) -> pl.DataFrame:
    """Cells that hold one of the words a format uses for "nothing" as nulls."""
    words = [word for word in format.read.null_values if word]
    return frame.with_columns(pl.when(~pl.col(pl.String).is_in(words)).then(pl.col(pl.String))) if words else frame


def _too_long(grid: Grid, body: pl.DataFrame, header_cells: list[str]) -> list[int]:
    """Rows of a CSV with cells beyond the last header: a separator inside a text has pushed them along."""
    rows = set(body[ROW].filter(body[ROW].is_in(list(grid.too_long))).to_list()) if grid.too_long else set()
    last = max((position for position, text in enumerate(header_cells) if text), default=-1)
    beyond = [f"c{position}" for position in range(last + 1, len(header_cells))]
    if grid.sheet is None and beyond:
        rows |= set(body.filter(pl.any_horizontal(pl.col(beyond).is_not_null()))[ROW].to_list())
    return sorted(rows)
