"""Files that grow block by block: separated text, and workbooks. Memory stays bounded however many children there are.

Workbooks are written here rather than with a library because the cells of a whole block can be joined into XML as columns, some ten times
faster than cell by cell; and because a fixed clock inside the archive makes the same seed give the same bytes.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

ROW_LIMIT = 1_048_576
"""Rows that a sheet of a workbook can have."""

ARCHIVE_CLOCK = (2026, 5, 1, 9, 0, 0)
EXCEL_EPOCH = 25569
"""Excel's number for 1 January 1970."""

GENERAL, DATE, MOMENT = 0, 1, 2


def append_csv(path: Path, frame: pl.DataFrame, *, separator: str = ",", encoding: str = "utf-8") -> None:
    """Add rows to a text file, with the header if the file is new."""
    fresh = not path.exists()
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
    if encoding == "utf-8":
        with path.open("ab") as stream:
            frame.write_csv(stream, include_header=fresh, separator=separator)
        return
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=fresh, separator=separator, line_terminator="\r\n")
    with path.open("ab") as stream:
        stream.write(buffer.getvalue().decode("utf-8").encode(encoding, errors="replace"))


@dataclass(slots=True)
class _Sheet:
    name: str
    part: Path
    rows: int


class Workbook:
    """One workbook built by appending tables to its sheets; numbered parts follow when a sheet is full.

    Args:
        path: Where the workbook goes, for example ``annex_a.xlsx``.
        workroom: A folder for the pieces until `finish`.
        sheets: Each sheet's name, the lines above its header, and its header.
    """

    def __init__(
        self, path: Path, workroom: Path, sheets: Sequence[tuple[str, Sequence[str], Sequence[str]]], row_limit: int = ROW_LIMIT
    ) -> None:
        self._path, self._workroom, self._plan, self._row_limit = path, workroom, tuple(sheets), row_limit
        self._finished: list[Path] = []
        self._parts = 0
        self._sheets: dict[str, _Sheet] = {}
        self._start_part()

    def _start_part(self) -> None:
        self._parts += 1
        self._workroom.mkdir(parents=True, exist_ok=True)
        for number, (name, above, header) in enumerate(self._plan, start=1):
            sheet = _Sheet(name, self._workroom / f"part{self._parts}-sheet{number}.xml", 0)
            self._sheets[name] = sheet
            lines = [[line] for line in above] + [list(header)]
            sheet.part.write_bytes("".join(_text_row(cells) for cells in lines).encode())
            sheet.rows = len(lines)

    def append(self, sheet_name: str, frame: pl.DataFrame, styles: dict[str, int] | None = None) -> None:
        """Add a table's rows to a sheet; date columns become date cells, ``styles`` overrides how a column is shown."""
        start = 0
        while start < frame.height:
            sheet = self._sheets[sheet_name]
            room = self._row_limit - sheet.rows
            if room == 0:
                self._finish_part()
                self._start_part()
                continue
            self._write(sheet, frame.slice(start, room), styles or {})
            start += room

    def _write(self, sheet: _Sheet, frame: pl.DataFrame, styles: dict[str, int]) -> None:
        with sheet.part.open("ab") as stream:
            stream.write(rows_xml(frame, styles).encode())
        sheet.rows += frame.height

    def _finish_part(self) -> None:
        path = self._path if self._parts == 1 else self._path.with_stem(f"{self._path.stem}_part{self._parts}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, text in _frame_of_workbook([sheet.name for sheet in self._sheets.values()]).items():
                archive.writestr(_entry(name), text)
            for number, sheet in enumerate(self._sheets.values(), start=1):
                with (
                    archive.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as target,
                    sheet.part.open("rb") as source,
                ):
                    target.write(SHEET_START.encode())
                    shutil.copyfileobj(source, target, 1 << 20)
                    target.write(SHEET_END.encode())
                sheet.part.unlink()
        self._finished.append(path)

    def finish(self) -> tuple[Path, ...]:
        """Write the last part and give the paths of all."""
        self._finish_part()
        return tuple(self._finished)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ARCHIVE_CLOCK)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _text_row(cells: Sequence[str]) -> str:
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in cells) + "</row>"


def rows_xml(frame: pl.DataFrame, styles: dict[str, int]) -> str:
    """The XML of a table's rows; every column has a cell in every row, so that neither needs to say where it is."""
    row = _row(tuple(frame.schema.items()), tuple(styles.items()))
    return "".join(frame.select(row).to_series().to_list())


@lru_cache(maxsize=64)
def _row(columns: tuple[tuple[str, pl.DataType], ...], styles: tuple[tuple[str, int], ...]) -> pl.Expr:
    """How a row is put together; the same for every quarter, and slow enough to make that it is kept."""
    shown = dict(styles)
    return pl.concat_str(pl.lit("<row>"), *(_cell(name, kind, shown.get(name)) for name, kind in columns), pl.lit("</row>"))


def _cell(name: str, kind: pl.DataType, style: int | None) -> pl.Expr:
    """One column's cells; an empty one where the value is missing."""
    value = pl.col(name)
    if kind == pl.String:
        safe = value.str.replace_all("&", "&amp;", literal=True).str.replace_all("<", "&lt;", literal=True)
        return pl.concat_str(pl.lit('<c t="inlineStr"><is><t>'), safe, pl.lit("</t></is></c>")).fill_null("<c/>")
    if kind == pl.Date:
        value, style = value.to_physical() + EXCEL_EPOCH, DATE if style is None else style
    return pl.concat_str(pl.lit(f'<c s="{style or GENERAL}"><v>'), value.cast(pl.String), pl.lit("</v></c>")).fill_null("<c/>")


XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET_START = f'{XML}<worksheet xmlns="{MAIN}"><sheetData>'
SHEET_END = "</sheetData></worksheet>"
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy hh:mm"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Arial"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def _frame_of_workbook(names: Sequence[str]) -> dict[str, str]:
    """Everything in the archive but the sheets themselves."""
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{TYPES}.worksheet+xml"/>'
        for number in range(1, len(names) + 1)
    )
    sheets = "".join(f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, start=1))
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(names) + 1)
    )
    return {
        "[Content_Types].xml": (
            f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/>{overrides}</Types>'
        ),
        "_rels/.rels": (
            f'{XML}<Relationships xmlns="{RELATIONS}">'
            f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'{XML}<Relationships xmlns="{RELATIONS}">{links}'
            f'<Relationship Id="rId{len(names) + 1}" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": STYLES,
    }
