"""A table of an extract once its headers are known: text in the mapping's own columns, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from sightline.definitions.mappings import Table
from sightline.errors import Place

ROW = "__row"


def letter_of(position: int) -> str:
    """The letter of a column, counted from 0, as a spreadsheet program shows it.

    >>> letter_of(0), letter_of(25), letter_of(26), letter_of(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass
class Sheet:
    """One sheet (or file, or XML table) read as one table of a mapping.

    ``frame`` holds text in the mapping's columns and ``__row``, the row (in XML the line) as a person sees it. ``headers`` gives the header
    as written for each column found; ``neighbours`` the mapping columns in the order they stand in the file, None for those not known.
    """

    table_id: str
    table: Table
    file: str
    sheet: str | None
    frame: pl.DataFrame
    headers: dict[str, str]
    neighbours: list[str | None] = field(default_factory=list)
    cells: pl.DataFrame | None = None
    borrowed: frozenset[str] = frozenset()
    """Columns that an XML row takes from the elements around it: what is wrong with them is told where they stand."""
    rows_there: int = 0

    def place(self, column: str | None = None) -> Place:
        if not column:
            return Place(file=self.file, sheet=self.sheet)
        letter = letter_of(self.neighbours.index(column)) if column in self.neighbours else None
        return Place(file=self.file, sheet=self.sheet, column=self.headers.get(column, column), letter=letter)

    @property
    def source(self) -> str:
        """The words stored as ``source_file`` with each row."""
        return f"{self.file}, {self.sheet}" if self.sheet else self.file
