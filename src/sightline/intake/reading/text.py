"""Read CSV: its encoding, its separator, its rows. Polars reads clean files; a file it finds malformed is read row by row instead."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO
from itertools import islice

import numpy as np
import polars as pl

from sightline.definitions.mappings import Read
from sightline.errors import Place
from sightline.intake.causes import Report
from sightline.intake.reading.grid import Grid, tidy

_DELIMITERS = (",", ";", "\t", "|")
_NAMED_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_SAMPLE_LINES = 60
_SAMPLE_LETTERS = 1 << 18
_MOST_COLUMNS = 2000
_BLANK_END = re.compile(r"(?:^|\n|\r(?!\n))(?:\r?\n|\r)\Z")
_COUNTED_AT_ONCE = 1 << 18


def decode(content: bytes, encoding: str) -> tuple[str, str]:
    """The text of a file and the encoding it was read in.

    Without a byte-order mark, text that is valid UTF-8 is UTF-8: other encodings almost never are by accident. The rest is read as
    Windows-1252, in which every byte that Windows programs write has a meaning.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), "utf-16"
    if encoding != "auto":
        return content.decode(encoding, errors="replace"), encoding
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "cp1252"


def _head(text: str) -> StringIO:
    """The beginning of a text, to look at: a stream over the whole of it would copy it first."""
    return StringIO(text[:_SAMPLE_LETTERS], newline="")


def find_delimiter(text: str) -> str:
    """The separator that cuts the first lines into the most columns most evenly."""
    lines = [line for line in islice(_head(text), _SAMPLE_LINES) if line.strip()]

    def evenness(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1]
        except csv.Error:
            return (0, 0)
        return max(((widths.count(width), width) for width in set(widths)), default=(0, 0))

    return max(_DELIMITERS, key=evenness)


def read_csv(content: bytes, read: Read, file: str, report: Report) -> Grid:
    """Read one CSV file into a grid; tell in the report when its encoding had to be guessed."""
    text, encoding = decode(content, read.encoding)
    if encoding == "cp1252" and read.encoding == "auto":
        report.add("SL-INT-044", Place(file=file), encoding="Windows-1252")
    if _BLANK_END.search(text[-3:]):
        # Blank lines at the end are no rows. Most files have none, and are spared a copy of all they hold.
        text, content = text.rstrip("\r\n"), content.rstrip(b"\r\n")
    delimiter = find_delimiter(text) if read.delimiter == "auto" else _NAMED_DELIMITERS.get(read.delimiter, read.delimiter)
    as_it_is = content if encoding == "utf-8" and not content.startswith(b"\xef\xbb\xbf") else None
    return _quickly(text, delimiter, file, as_it_is) or _row_by_row(text, delimiter, file)


def _quickly(text: str, delimiter: str, file: str, content: bytes | None = None) -> Grid | None:
    """What Polars makes of a text; None where it might take it otherwise than others. ``content``: the same text as UTF-8, if at hand."""
    try:
        sample = list(csv.reader(islice(_head(text), _SAMPLE_LINES), delimiter=delimiter))
    except csv.Error:
        return None
    width = max((len(row) for row in sample), default=0)
    if not 1 < width <= _MOST_COLUMNS or not _is_plain(text, delimiter):
        return None
    content = text.encode("utf-8", errors="replace") if content is None else content
    try:
        frame = pl.read_csv(
            BytesIO(content),
            has_header=False,
            separator=delimiter,
            schema={f"c{position}": pl.String for position in range(width)},
            extra_columns="raise",
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError:
        return None
    if not _is_even(frame, content, delimiter):
        return None
    return Grid(file, None, tidy(frame, spaces_only="\u00a0" not in text))


def _is_plain(text: str, delimiter: str) -> bool:
    """Whether every reader of CSV takes this text the same way: lines end in one manner, and quotes stand around whole cells."""
    if "\x00" in text or (not text.isascii() and "\ufeff" in text):
        return False
    if "\r" in text and text.count("\r") != text.count("\r\n"):
        return False
    if '"' not in text:
        return True
    edge = re.escape(delimiter)
    # Taken away from left to right: quoted cells with what bounds them. A quote that is left belongs to none.
    return '"' not in re.sub(rf'(?:^|(?<=[\n{edge}]))"[^"]*(?:""[^"]*)*"(?=[{edge}\r\n]|$(?!\n))', "", text)


def _is_even(frame: pl.DataFrame, content: bytes, delimiter: str) -> bool:
    """Whether every row had a cell for every column: Polars fills short rows and passes over blank ones without a word."""
    within = 0
    if b'"' in content and frame.width:
        within = sum(frame.select(pl.all().str.count_matches(delimiter, literal=True).sum()).row(0))
    return _count(content, delimiter.encode()) - within == frame.height * (frame.width - 1)


def _count(content: bytes, letter: bytes) -> int:
    """How often a letter of one byte stands in a text: in pieces that stay in the processor's cache, which is several times as quick."""
    letters = np.frombuffer(content, np.uint8)
    return sum(int(np.count_nonzero(letters[at : at + _COUNTED_AT_ONCE] == letter[0])) for at in range(0, len(letters), _COUNTED_AT_ONCE))


def _row_by_row(text: str, delimiter: str, file: str) -> Grid:
    csv.field_size_limit(max(len(text), 1 << 17))
    rows = list(_rows(text, delimiter))
    widths = [len(row) for row in rows]
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
    usual = min(max(usual, 1), _MOST_COLUMNS)
    too_long = tuple(number for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row[usual:]))
    too_short = tuple(number for number, row in enumerate(rows, 1) if 1 < len(row) < usual)
    even = [(row + [""] * (usual - len(row)))[:usual] for row in rows]
    columns = {f"c{position}": [row[position] for row in even] for position in range(usual)}
    return Grid(file, None, tidy(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))), too_long, too_short)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Rows as Python's reader sees them; where even that fails (a stray NUL), lines cut at the separator."""
    try:
        return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in text.splitlines()]
