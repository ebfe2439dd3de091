"""A grid of text cells: one CSV file or one sheet, before anything is known about its headers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Grid:
    """Cells as text (null when blank) in columns ``c0``, ``c1``, …; row ``i`` of the frame is row ``i + 1`` as a person sees it.

    ``too_long`` holds the numbers of rows that have more cells than there are columns, ``too_short`` of those that have fewer.
    """

    file: str
    sheet: str | None
    cells: pl.DataFrame
    too_long: tuple[int, ...] = ()
    too_short: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return self.sheet or self.file

    def row(self, position: int) -> list[str]:
        """The texts of one row, blanks as empty texts."""
        return [value or "" for value in self.cells.row(position)]


def grid_from_columns(file: str, sheet: str | None, columns: list[pl.Series]) -> Grid:
    """A grid from columns of text, with blanks and surrounding space removed."""
    frame = pl.DataFrame([column.alias(f"c{position}") for position, column in enumerate(columns)])
    return Grid(file, sheet, tidy(frame))


def tidy(frame: pl.DataFrame, *, spaces_only: bool = False) -> pl.DataFrame:
    """Trim every cell and make blank ones null; no-break spaces within become plain ones.

    ``spaces_only`` says that the text holds no no-break space, so that nobody need look for one: that costs more than all the rest.
    """
    cells = pl.all() if spaces_only else pl.all().str.replace_all("\u00a0", " ", literal=True)
    return frame.with_columns(cells.str.strip_chars()).with_columns(pl.when(pl.all() != "").then(pl.all()))
