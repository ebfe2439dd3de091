"""How far the filled cells of a sheet reach, found by streaming its XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat  # the markup's own checks were made before; expat is told of nothing outside

MOST_CELLS = 40_000_000
MOST_COLUMNS = 4_096
_MANY, _SPARSE = 4_000_000, 50
"""From so many cells on, one in so many has to be filled: a stray cell at the end of a sheet would be laid out as millions of blanks."""
DEEPEST = 64
_FAR = re.compile(rb"""=\s*["'](?:[A-Za-z]{3,}\d|[A-Za-z]{2}\d{5}|[A-Za-z]?\d{6})""")
"""A place so far out (beyond ZZ, or beyond row 100,000, or both halfway) that the box from A1 to it may be too large."""


class TooDeep(Exception):
    """Elements stand within elements beyond all reason."""


@dataclass(slots=True)
class Extent:
    """The furthest filled row and column, and how many cells are filled (as far as that was counted)."""

    rows: int = 0
    columns: int = 0
    filled: int | None = None

    @property
    def cells(self) -> int:
        return self.rows * self.columns

    @property
    def too_far(self) -> str | None:
        """Why so large a sheet is not laid out in memory; None where it can be."""
        if self.cells > MOST_CELLS or self.columns > MOST_COLUMNS:
            return f"at most {MOST_CELLS:,} in {MOST_COLUMNS:,} columns are read"
        if self.filled is not None and self.cells > max(_MANY, _SPARSE * self.filled):
            return f"only {self.filled:,} of them are filled"
        return None

    @property
    def corner(self) -> str:
        return f"{letters(self.columns)}{self.rows}"

    def reach(self, row: int, column: int, cells: int = 1) -> None:
        self.filled = (self.filled or 0) + cells
        self.rows = max(self.rows, row)
        self.columns = max(self.columns, column)


def letters(column: int) -> str:
    """The letters of a column: 1 is A, 27 is AA."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text or "A"


def may_reach_far(sheet: bytes) -> bool:
    """Whether it is worth counting: almost every sheet has no cell far out, and that is quickly seen."""
    return _FAR.search(sheet) is not None


@dataclass
class _Counter:
    """Shared by both kinds: how deep the parser is."""

    depth: int = 0

    def down(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep

    def parse(self, body: bytes, start: Any, end: Any, text: Any = None) -> None:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        parser.buffer_text = True
        try:
            parser.Parse(body, True)
        except expat.ExpatError:
            return  # the reader will say what is wrong with it; what was counted so far stands


@dataclass
class _Sheet(_Counter):
    """The cells of an .xlsx sheet as a reader places them: by their own reference, else after the one before."""

    extent: Extent = field(default_factory=Extent)
    row: int = 0
    column: int = 0
    in_value: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.down()
        name = tag.rpartition("}")[2]
        if name == "c":
            letters_, row = _split(attributes.get("r", ""))
            self.column = letters_ or self.column + 1
            self.row = row or self.row
        elif name == "row":
            number = attributes.get("r", "")
            self.row = int(number) if re.fullmatch(r"[0-9]{1,40}", number) else self.row + 1
            self.column = 0
        elif name in {"v", "t"}:
            self.in_value = True

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag.rpartition("}")[2] in {"v", "t"}:
            self.in_value = False

    def text(self, _text: str) -> None:
        if self.in_value:
            self.extent.reach(self.row, self.column)


def _split(reference: str) -> tuple[int, int]:
    match = re.fullmatch(r"([A-Za-z]{0,9})([0-9]{0,40})", reference)
    if not match:
        return 0, 0
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return column, int(match[2] or 0)


def extent_of_sheet(body: bytes) -> Extent:
    """How far the filled cells of an .xlsx sheet reach."""
    sheet = _Sheet()
    sheet.parse(body, sheet.start, sheet.end, sheet.text)
    return sheet.extent


@dataclass
class _Document(_Counter):
    """The tables of an .ods document; rows and cells there may stand for many (``number-rows-repeated``)."""

    found: list[tuple[str, Extent]] = field(default_factory=list)
    row: int = 0
    repeated_row: int = 1
    column: int = 0
    furthest: int = 0
    filled: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.down()
        name = tag.rpartition("}")[2]
        if name == "table":
            self.found.append((_attribute(attributes, "name")[:80], Extent()))
            self.row = 0
        elif name == "table-row":
            self.repeated_row, self.column, self.furthest, self.filled = _times(attributes, "number-rows-repeated"), 0, 0, 0
        elif name in {"table-cell", "covered-table-cell"}:
            times = _times(attributes, "number-columns-repeated")
            self.column += times
            if _attribute(attributes, "value-type"):
                self.furthest = self.column
                self.filled += times
        elif name == "p" and self.column:
            self.furthest = self.column

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag.rpartition("}")[2] == "table-row" and self.found:
            self.row += self.repeated_row
            if self.furthest:
                self.found[-1][1].reach(self.row, self.furthest, max(self.filled, 1) * self.repeated_row)


def _attribute(attributes: dict[str, str], name: str) -> str:
    return next((value for key, value in attributes.items() if key.rpartition("}")[2] == name), "")


def _times(attributes: dict[str, str], name: str) -> int:
    text = _attribute(attributes, name)
    return int(text) if re.fullmatch(r"[0-9]{1,40}", text) else 1


def extent_of_ods(body: bytes) -> Iterator[tuple[str, Extent]]:
    """How far the filled cells of each table of an .ods document reach."""
    document = _Document()
    document.parse(body, document.start, document.end)
    return iter(document.found)
