"""Every different value of every column of a file, whether a mapping knows the column or not.

`sightline prepare` looks for these values in what is about to leave. They are read here once more, apart from how rows are made of them, so
that a mistake made there is found. Runs in the reading process only; `prepared` asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa
from lxml import etree

from sightline.definitions.mappings import Format
from sightline.errors import Place
from sightline.intake.causes import Report
from sightline.intake.headers import TableHeaders, best_match, headers_of
from sightline.intake.open import content_of
from sightline.intake.reading.grid import Grid
from sightline.intake.reading.json import json_as_xml
from sightline.intake.reading.kinds import kind_of
from sightline.intake.reading.text import read_csv
from sightline.intake.reading.workbook import read_workbook
from sightline.intake.reading.xml import local_name
from sightline.intake.sheets import letter_of

SCHEMA = pa.schema([("file", pa.string()), ("sheet", pa.string()), ("column", pa.string()), ("value", pa.string())])
_NO_NAME = "(no header)"

Seen = dict[tuple[str, str | None, str], set[str]]


def source_values(files: Sequence[Path], format: Format) -> pa.Table:
    """File, sheet, column and value, each once, in order; a column without a value has one row whose value is null."""
    seen: Seen = {}
    known = headers_of(format)
    for path in files:
        _look_into(path, format, known, seen)
    nothing: list[str | None] = [None]
    rows = [(*place, value) for place, values in seen.items() for value in (sorted(values) or nothing)]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=SCHEMA)


def _look_into(path: Path, format: Format, known: dict[str, TableHeaders], seen: Seen) -> None:
    place = Place(file=path.name)
    content = content_of(path, place, Report())
    if content is None:
        return
    kind, _ = kind_of(content)
    if kind == "json":
        # The names given to the elements around the records are no columns: nothing in them is a leaf.
        content, kind = json_as_xml(content, root="records", record="record", file=path.name, report=Report()) or b"", "xml"
    if kind == "xml" and content:
        _look_into_xml(content, path.name, seen)
    elif kind == "workbook":
        for grid in read_workbook(content, path.name, Report()):
            _look_into_grid(grid, format, known, seen)
    elif kind == "csv":
        _look_into_grid(read_csv(content, format.read, path.name, Report()), format, known, seen)


def _look_into_grid(grid: Grid, format: Format, known: dict[str, TableHeaders], seen: Seen) -> None:
    """The columns of one sheet. Where no table is recognised nobody knows which row holds headers, and the first may hold people."""
    match = best_match(grid, format, known)
    headers = grid.row(match.header_row) if match else []
    for position, name in enumerate(grid.cells.columns):
        values = grid.cells[name].slice(match.header_row + 1 if match else 0).unique().to_list()
        header = (headers[position] or _NO_NAME) if match else f"column {letter_of(position)} of a table nobody asked for"
        _add(seen, (grid.file, grid.sheet, header), values)


def _look_into_xml(content: bytes, file: str, seen: Seen) -> None:
    reading = etree.iterparse(
        BytesIO(content), events=("end",), resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_pis=True
    )
    for _, element in reading:
        if not isinstance(element.tag, str):
            continue
        text = (element.text or "").strip()
        if len(element) == 0 and text:
            _add(seen, (file, None, local_name(element)), [text])
        for name, value in element.attrib.items():
            _add(seen, (file, None, str(name)), [str(value)])
        element.clear(keep_tail=False)


def _add(seen: Seen, place: tuple[str, str | None, str], values: Iterable[str | None]) -> None:
    seen.setdefault(place, set()).update(value for value in values if value)
