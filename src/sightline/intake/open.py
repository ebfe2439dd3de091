"""Open one file of a return and find the format's tables in it."""

from __future__ import annotations

import os
from pathlib import Path

from sightline.definitions.mappings import Format
from sightline.errors import Place
from sightline.intake.causes import Report
from sightline.intake.headers import TableHeaders, blank_out, recognise_sheet
from sightline.intake.reading.grid import tidy
from sightline.intake.reading.json import json_as_xml
from sightline.intake.reading.kinds import KIND_WORDS, kind_of, say_if_misnamed, what_is_not_a_file
from sightline.intake.reading.text import read_csv
from sightline.intake.reading.workbook import read_workbook
from sightline.intake.reading.xml import LINE, XmlTables, read_xml
from sightline.intake.sheets import ROW, Sheet

LARGEST_FILE = 2 << 30
_BEGINNING, _NOTHING = 1 << 12, b" \t\r\n\x00\xef\xbb\xbf"


def open_sheets(path: Path, format: Format, known: dict[str, TableHeaders], report: Report) -> list[Sheet]:
    """The tables of one file; what cannot be opened or recognised becomes findings."""
    place = Place(file=path.name)
    content = content_of(path, place, report)
    if content is None:
        return []
    if not content[:_BEGINNING].strip(_NOTHING) and not content.strip(_NOTHING):  # stripping the whole copies it
        report.add("SL-INT-003", place)
        return []
    kind, words = kind_of(content)
    if kind is None or kind not in format.read.kinds:
        expected = " or ".join(KIND_WORDS[one] for one in format.read.kinds)
        report.add("SL-INT-001", place, found=words, expected=expected)
        return []
    say_if_misnamed(path.name, kind, place, report)
    if kind == "json" and format.read.xml:
        made = json_as_xml(content, root=format.read.xml.root, record=format.read.xml.record, file=path.name, report=report)
        if made is None:
            return []
        content, kind = made, "xml"
    if kind == "xml":
        tables = read_xml(content, format, path.name, report)
        return _xml_sheets(tables, format, path.name, report) if tables else []
    grids = read_workbook(content, path.name, report) if kind == "workbook" else [read_csv(content, format.read, path.name, report)]
    found = [recognise_sheet(grid, format, known, report) for grid in grids]
    return [sheet for sheet in found if sheet is not None]


def content_of(path: Path, place: Place, report: Report) -> bytes | None:
    """The bytes of an ordinary file. A pipe or a device is not waited for; what it is was looked at after it was opened, not before."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        report.add("SL-INT-065", place, found=f"a file that cannot be opened ({error.strerror})")
        return None
    status = os.fstat(opened)
    unusual = what_is_not_a_file(status.st_mode)
    if unusual is not None:
        os.close(opened)
        report.add("SL-INT-065", place, found=unusual)
        return None
    with os.fdopen(opened, "rb") as file:
        if status.st_size > LARGEST_FILE:
            report.add("SL-INT-007", place, size=f"{status.st_size / 1e9:.1f} GB")
            return None
        return file.read(LARGEST_FILE + 1)


def _xml_sheets(tables: XmlTables, format: Format, file: str, report: Report) -> list[Sheet]:
    sheets = []
    said: set[str] = set()
    for name, found in tables.rows.items():
        if not found.height:
            continue
        table, columns = format.tables[name], list(format.tables[name].columns)
        frame = blank_out(tidy(found.select(columns)), format)
        present = [column for column in columns if frame[column].null_count() < frame.height]
        headers = {column: _element_name(table.columns[column].headers[0], table.find.path or "") for column in present}
        borrowed = frozenset(column for column in columns if table.columns[column].headers[-1].startswith(("/", "../")))
        for column, definition in table.columns.items():
            where = _from_the_record(definition.headers[0], table.find.path or ".")
            if definition.required and column not in headers and where not in said:
                said.add(where)
                report.add("SL-INT-011", Place(file=file), column=_element_name(definition.headers[0], table.find.path or ""))
        frame = frame.with_columns(found[LINE].alias(ROW))
        sheets.append(Sheet(name, table, file, None, frame, headers, borrowed=borrowed, rows_there=frame.height))
    _say_loose_ends(tables, format, file, report)
    return sheets


def _from_the_record(source: str, path: str) -> str:
    """Where an element stands, however a column names it: the tables of a record may all borrow one element, and lack it together."""
    if source.startswith("/") or path == ".":
        return f"/{source.removeprefix('/')}"
    return f"/{path.removeprefix('/')}/{source}"


def _element_name(source: str, path: str) -> str:
    """The name of the element itself, which is what a person looks for in the file."""
    return (path if source == "." else source).rsplit("/", 1)[-1]


def _say_loose_ends(tables: XmlTables, format: Format, file: str, report: Report) -> None:
    if tables.unknown:
        lines = sorted(line for found in tables.unknown.values() for line in found)
        report.add("SL-INT-021", Place(file=file), rows=len(lines), examples=lines, format=format.title, names=sorted(tables.unknown))
    if tables.loose:
        report.add("SL-INT-040", Place(file=file, line=tables.loose[0]), rows=len(tables.loose), examples=tables.loose)
