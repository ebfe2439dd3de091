"""A table that somebody asked for, as it is shown: numbers that are sums of protected atoms, their chart, and the same numbers as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter

from sightline.model.cubes import YEAR_TO
from sightline.model.exported import harmless_text
from sightline.model.figures import FEWEST, FEWEST_CODE, WITHHELD_WORD
from sightline.model.periods import Quarter
from sightline.model.releases import IndicatorText, Release
from sightline.publish.charts import bar_chart
from sightline.publish.exports import CONTENT_TYPES
from sightline.publish.gaps import gaps_of_figure
from sightline.publish.heat_map import heat_map
from sightline.publish.series import Mark

ASKED_KINDS = {"csv": CONTENT_TYPES["csv"], "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
NUMBERS, OF_ROW, OF_COLUMN = "numbers", "of_row", "of_column"
SHOWN_AS = {NUMBERS: "Numbers", OF_ROW: "Percentages of each row", OF_COLUMN: "Percentages of each column"}
ENOUGH = 10
"""Percentages are made of numbers shown as at least this, as everywhere else."""
WITHIN = 4
"""What a number may err by without a word."""
MOST_ACROSS, MOST_BARS = 9, 90
ALL = "All"
_WITHOUT_A_CLOCK = datetime(2000, 1, 1)
"""Written as the workbook's date, so that the same table gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Told:
    """One number: a sum of protected atoms, how far off it may be at most, and its share in percent where one is asked for."""

    value: int
    within: int
    share: float | None = None

    @property
    def number(self) -> str:
        """As printed: none and a few share a band, which is wider where more was added up."""
        if self.value:
            return f"{self.value:,}"
        return FEWEST if self.within <= WITHIN else f"0 to {self.within:,}"

    @property
    def code(self) -> int | str:
        """As written to files."""
        return self.value or (FEWEST_CODE if self.within <= WITHIN else f"0-{self.within}")

    def text(self, shown_as: str) -> str:
        """As printed in a table of numbers or of percentages."""
        if shown_as == NUMBERS:
            return self.number
        return WITHHELD_WORD if self.share is None else f"{self.share:.0f}%"


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column: its code, empty for all together, and its words; ``is_sum`` of others that stand beside it."""

    code: str
    words: str
    is_sum: bool = False


@dataclass(frozen=True)
class AskedTable:
    """What was asked and the answer, the total of rows and of columns first; without cells where ``not_available`` says why."""

    release: Release
    indicator: IndicatorText
    table: str
    period: str
    rows_are: str
    columns_are: str
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: tuple[tuple[Told, ...], ...]
    counts: str
    period_words: str
    only: tuple[str, ...] = ()
    """The filters in words."""
    shown_as: str = NUMBERS
    not_available: str = ""

    @property
    def caption(self) -> str:
        """What the table is, in one line."""
        by = " and ".join(each.lower() for each in (self.rows_are, self.columns_are) if each)
        only = f"; only {'; '.join(self.only)}" if self.only else ""
        return f"{self.counts} by {by}, {self.period_words}{only}"

    @property
    def errs_by(self) -> int:
        """What no number of it errs by more than."""
        return max((told.within for row in self.cells for told in row), default=WITHIN)

    @property
    def rounding(self) -> str:
        """How its numbers are to be read."""
        words = "Rounded to 5; sums agree."
        if self.errs_by <= WITHIN:
            return f"{words} Each number lies within {WITHIN} of the true one; “{FEWEST}” is none or a few."
        return (
            f"{words} Numbers are sums of rounded ones: most lie within {WITHIN} of the true one, those made of more parts within "
            f"{self.errs_by:,}. “{FEWEST}” is none or a few."
        )

    @property
    def gaps(self) -> list[str]:
        """Whose records its numbers lack, or have without links, in the quarter or in any quarter of the twelve months."""
        last = Quarter.parse(self.period.removeprefix(YEAR_TO))
        quarters = [str(last.plus(-back)) for back in range(4 if self.period.startswith(YEAR_TO) else 1)]
        told = [each for each in quarters if each in self.release.periods]
        return list(dict.fromkeys(gap for each in told for gap in gaps_of_figure(self.release, self.indicator.id, each)))

    @property
    def head(self) -> list[str]:
        """The words over the columns."""
        return [self.rows_are, *(column.words for column in self.columns)]

    def printed(self) -> list[list[str]]:
        """The rows as they are printed, each with its words first."""
        return [[line.words, *(told.text(self.shown_as) for told in told_of)] for line, told_of in zip(self.rows, self.cells, strict=True)]


def asked_chart(asked: AskedTable) -> bytes | None:
    """Bars of one breakdown, a crossing of two; None where there are too many to draw."""
    rows = [(line, told) for line, told in zip(asked.rows, asked.cells, strict=True) if line.code and not line.is_sum]
    if not rows or len(rows) > MOST_BARS:
        return None
    heading = f"{SHOWN_AS[asked.shown_as] if asked.shown_as != NUMBERS else asked.counts}, {asked.period_words}"
    columns = [(place, line) for place, line in enumerate(asked.columns) if line.code and not line.is_sum]
    if not columns:
        marks = [_mark(line.words, told[0], asked.shown_as) for line, told in rows]
        return bar_chart(name=f"asked-{asked.indicator.id}", title=asked.caption, heading=heading, marks=marks)
    if len(columns) > MOST_ACROSS:
        return None
    crossed = {(line.code, column.code): _mark(line.words, told[at], asked.shown_as) for line, told in rows for at, column in columns}
    return heat_map(
        name=f"asked-{asked.indicator.id}",
        title=asked.caption,
        heading=heading,
        rows=[(line.code, line.words) for line, _ in rows],
        columns=[(line.code, line.words) for _, line in columns],
        cells=crossed,
        rows_are=asked.rows_are,
        columns_are=asked.columns_are,
    )


def _mark(label: str, told: Told, shown_as: str) -> Mark:
    if shown_as == NUMBERS:
        return Mark(label, float(told.value), told.number)
    return Mark(label, told.share, told.text(shown_as), withheld=told.share is None)


COLUMNS = ("release", "indicator", "table", "period", "rows", "row", "row_words", "columns", "column", "column_words", "only")
NUMBER_COLUMNS = ("count", "may_err_by", "percent", "percent_of", "gaps")


def asked_file(asked: AskedTable, kind: str) -> bytes:
    """The table as a file, one row for each number. ``kind`` is a key of `ASKED_KINDS`."""
    rows = [(*COLUMNS, *NUMBER_COLUMNS), *_file_rows(asked)]
    return _xlsx(asked, rows) if kind == "xlsx" else _csv(rows)


def _file_rows(asked: AskedTable) -> Iterator[tuple[object, ...]]:
    head = (asked.release.number, asked.indicator.id, asked.table, asked.period)
    only, gaps, of = "; ".join(asked.only), "; ".join(asked.gaps), {OF_ROW: "row", OF_COLUMN: "column"}.get(asked.shown_as, "")
    if asked.not_available:
        yield (*head, asked.rows_are, "all", ALL, asked.columns_are, "all", ALL, only, asked.not_available, "", "", "", gaps)
    for line, told_of in zip(asked.rows, asked.cells, strict=True):
        for column, told in zip(asked.columns, told_of, strict=True):
            share: object = "" if not of else WITHHELD_WORD if told.share is None else round(told.share, 1)
            place = (asked.rows_are, line.code or "all", line.words, asked.columns_are, column.code or "all", column.words, only)
            yield (*head, *place, told.code, told.within, share, of, gaps)


def _harmless(value: object) -> object:
    return harmless_text(value) if isinstance(value, str) else value


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _xlsx(asked: AskedTable, rows: Sequence[Sequence[object]]) -> bytes:
    """The table as it is printed on the first sheet, every number with its place on the second."""
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(written, options)
    book.set_properties({"title": harmless_text(asked.caption), "created": _WITHOUT_A_CLOCK})
    bold = book.add_format({"bold": True, "text_wrap": True})
    sheet = book.add_worksheet("Table")
    sheet.write(0, 0, harmless_text(asked.caption), bold)
    sheet.write(1, 0, asked.rounding)
    sheet.write(2, 0, harmless_text(f"Not complete: {'; '.join(asked.gaps)}" if asked.gaps else ""))
    for column, words in enumerate(asked.head):
        sheet.write(3, column, harmless_text(words), bold)
    for down, (line, told_of) in enumerate(zip(asked.rows, asked.cells, strict=True), 4):
        sheet.write(down, 0, harmless_text(line.words))
        for across, told in enumerate(told_of, 1):
            sheet.write(down, across, told.value or told.number if asked.shown_as == NUMBERS else told.text(asked.shown_as))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, max(len(asked.columns), 1), 14)
    listed = book.add_worksheet("Numbers")
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            listed.write(down, across, _harmless(value), *([bold] if not down else []))
    book.close()
    return written.getvalue()
