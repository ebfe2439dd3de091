"""Give the columns of a sheet their types, and say per column what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from sightline.definitions.mappings import Column, Format
from sightline.intake.causes import Report, percent, quoted
from sightline.intake.cells.columns import EXPECTED, LOCAL, Reading, read_columns
from sightline.intake.fixes import nearest_codes, other_order
from sightline.intake.quoting import in_words, parts_of, quotable_codes, shape_of
from sightline.intake.sheets import ROW, Sheet
from sightline.model.codes import NOT_RECORDED
from sightline.model.periods import Quarter

SOURCE, SHEET = "__source", "__sheet"
MOST_UNREADABLE = 1 / 3
FEW = 5
MOST_CODES = 12
_MAY_BE_MISSPELT = frozenset({"SL-INT-015", "SL-INT-024"})
SHAPES_SEEN = 200
_ORDER_WORDS = {"day_first": "day/month/year, for example 25/12/2025", "month_first": "month/day/year", "iso": "2025-12-25"}


@dataclass
class TypedSheet:
    """A sheet with typed columns. ``frame`` has the mapping's columns, their companions, ``__row`` and ``__source``."""

    sheet: Sheet
    frame: pl.DataFrame
    readings: dict[str, Reading] = field(default_factory=dict)

    def rows_where(self, mask: pl.Series) -> list[int]:
        return self.sheet.frame[ROW].filter(mask).to_list()


def type_sheet(sheet: Sheet, format: Format) -> TypedSheet:
    """Read every column of a sheet by its declared type."""
    in_workbook = sheet.sheet is not None
    readings = read_columns(sheet.frame, sheet.table.columns, format, in_workbook=in_workbook)
    for name, column in sheet.table.columns.items():
        if column.fewest:
            _leave_out_rare(readings[name], column.fewest)
    columns = [series for reading in readings.values() for series in reading.columns]
    frame = pl.DataFrame([*columns, sheet.frame[ROW]]).with_columns(pl.lit(sheet.source).alias(SOURCE))
    return TypedSheet(sheet, frame, readings)


def _leave_out_rare(reading: Reading, fewest: int) -> None:
    """Empty the cells whose text stands in too few rows, and mark them."""
    cells = reading.columns[0].to_frame("text")
    rare = cells.select(pl.col("text").is_not_null() & (pl.len().over("text") < fewest)).to_series()
    reading.rare = rare
    name = reading.columns[0].name
    reading.columns[0] = cells.select(pl.when(~rare).then("text").alias(name)).to_series()


def say_what_was_read(typed: TypedSheet, format: Format, period: Quarter, covered_from_year: Quarter, report: Report) -> None:
    """One finding for each column and cause.

    Args:
        typed: The sheet.
        format: Its mapping.
        period: The return's period, against which retired and not yet valid codes are told.
        covered_from_year: The first quarter the return covers; a code in force at any time since then is current.
        report: Collects the findings.
    """
    say_columns_out_of_year(typed, (covered_from_year, period), report)
    for name, reading in typed.readings.items():
        if name not in typed.sheet.headers or name in typed.sheet.borrowed:
            continue
        column = typed.sheet.table.columns[name]
        _say_blank(typed, name, column, reading, report)
        if reading.rare is not None and reading.rare.any():
            rows = typed.rows_where(reading.rare)
            header = typed.sheet.headers[name]
            report.add("SL-INT-110", typed.sheet.place(name), rows=len(rows), examples=rows, column=header, fewest=column.fewest)
        if column.type == "code":
            _say_codes(typed, name, reading, period, report)
            _say_years(typed, name, reading, (covered_from_year, period), report)
        elif reading.bad.any():
            _say_unreadable(typed, name, reading, format, report)
        _say_clock_changes(typed, name, reading, report)
        if reading.doubtful is not None and reading.doubtful.any():
            rows = typed.rows_where(reading.doubtful)
            what = "NHS numbers" if column.type == "nhs_number" else "unique pupil numbers"
            report.add(
                "SL-INT-037",
                typed.sheet.place(name),
                rows=len(rows),
                examples=rows,
                values=shapes(typed.sheet.frame[name].filter(reading.doubtful)),
                expected=f"{what} with their check digit or letter",
                column=typed.sheet.headers[name],
                what=what,
            )


def shapes(cells: pl.Series) -> list[str]:
    """What cells look like without what they say."""
    return sorted({shape_of(str(text)) for text in cells.head(SHAPES_SEEN).to_list() if text is not None})


def _say_blank(typed: TypedSheet, name: str, column: Column, reading: Reading, report: Report) -> None:
    if column.filled and reading.number_given < typed.frame.height:
        rows = typed.rows_where(~reading.given)
        report.add("SL-INT-029", typed.sheet.place(name), rows=len(rows), examples=rows, column=typed.sheet.headers[name])


def is_unreadable(typed: TypedSheet, name: str) -> bool:
    """Whether so much of a column of dates cannot be read that the column is not what the mapping says."""
    reading = typed.readings[name]
    bad = int(reading.bad.sum())
    is_date = typed.sheet.table.columns[name].type in {"date", "datetime"}
    return is_date and bad >= FEW and bad > MOST_UNREADABLE * reading.number_given


def _say_unreadable(typed: TypedSheet, name: str, reading: Reading, format: Format, report: Report) -> None:
    rows, header, place = typed.rows_where(reading.bad), typed.sheet.headers[name], typed.sheet.place(name)
    column, given = typed.sheet.table.columns[name], reading.number_given
    values = shapes(typed.sheet.frame[name].filter(reading.bad))
    dates = column.type in {"date", "datetime"}
    fix = other_order(typed.sheet.frame[name], format.read.dates) if dates and len(rows) >= FEW else None
    if is_unreadable(typed, name):
        expected = " or ".join(column.formats) or _ORDER_WORDS[format.read.dates]
        report.add(
            "SL-INT-014",
            place,
            rows=len(rows),
            examples=rows,
            values=values,
            column=header,
            share=percent(len(rows), given),
            given=given,
            expected=expected,
            fix=fix,
        )
    else:
        report.add(
            "SL-INT-028",
            place,
            rows=len(rows),
            examples=rows,
            values=values,
            column=header,
            expected=EXPECTED.get(column.type, column.type),
            fix=fix,
        )


def _say_clock_changes(typed: TypedSheet, name: str, reading: Reading, report: Report) -> None:
    """Times in the hour that comes twice a year, and in the one that never is."""
    for cause, concerned in (("SL-INT-054", reading.twice), ("SL-INT-055", reading.never)):
        if concerned is not None and concerned.any():
            rows = typed.rows_where(concerned)
            values = shapes(typed.sheet.frame[name].filter(concerned))
            report.add(cause, typed.sheet.place(name), rows=len(rows), examples=rows, values=values, column=typed.sheet.headers[name])


def _say_codes(typed: TypedSheet, name: str, reading: Reading, period: Quarter, report: Report) -> None:
    column = typed.sheet.table.columns[name]
    if column.unmapped == "fail" and (reading.unknown or reading.unclear):
        _say_some(typed, name, (*reading.unknown, *reading.unclear), "SL-INT-015", report, allowed=_allowed(typed, name, period))
        return
    if reading.unclear:
        _say_some(typed, name, reading.unclear, "SL-INT-025", report, allowed=_allowed(typed, name, period))
    if reading.unknown and column.unmapped != "quarantine":
        common = "other" if column.unmapped == "other" else NOT_RECORDED
        _say_some(
            typed, name, reading.unknown, "SL-INT-024", report, allowed=_allowed(typed, name, period), common=common.replace("_", " ")
        )


def _say_some(
    typed: TypedSheet,
    name: str,
    codes: tuple[str, ...],
    cause: str,
    report: Report,
    *,
    allowed: str = "",
    are_known: bool = False,
    **words: Any,
) -> None:
    """A finding about some codes of a column and the rows they stand in."""
    table, separator = typed.sheet.table, typed.sheet.table.columns[name].separator
    cells, wanted = typed.frame[name + LOCAL], set(codes)
    texts = [text for text in cells.drop_nulls().unique() if wanted.intersection(parts_of(text, separator))]
    person = table.person if table.person is not None and table.person in typed.frame.columns else ROW
    own = typed.frame.select(list(dict.fromkeys((name + LOCAL, person, ROW)))).filter(cells.is_in(texts))
    people = own[person].to_list()
    # A spelling that the list itself holds says nothing about anybody, however rare it is.
    shown = list(codes) if are_known else quotable_codes(codes, own[name + LOCAL].to_list(), people, separator)
    report.add(
        cause,
        typed.sheet.place(name),
        rows=own.height,
        examples=own[ROW].head(FEW).to_list(),
        values=shown or shapes(own[name + LOCAL]),
        expected=allowed,
        fix=nearest_codes(shown, typed.readings[name].book) if cause in _MAY_BE_MISSPELT else None,
        column=typed.sheet.headers[name],
        codes=in_words(shown, len(codes) - len(shown)),
        list=table.columns[name].codes,
        shown=shown,
        hidden=len(codes) - len(shown),
        **words,
    )


def _allowed(typed: TypedSheet, name: str, period: Quarter) -> str:
    """What a code column may hold, in the words that its list has in the return's year."""
    book = typed.readings[name].book
    if book is None:
        return ""
    in_use = {
        code: value
        for code, value in book.values.items()
        if code != NOT_RECORDED and (not value.since or value.since <= period.end) and (not value.until or value.until >= period.start)
    }
    return quoted((value.title_on(period.end) or code for code, value in in_use.items()), most=MOST_CODES)


def _say_years(typed: TypedSheet, name: str, reading: Reading, years: tuple[Quarter, Quarter], report: Report) -> None:
    """Codes out of their years; one finding for those retired, one for those not yet in use."""
    if reading.book is None:
        return
    retired, early = [], []
    for text in reading.texts:
        use = reading.book.in_use(text)
        if use.until and use.until < years[0].start:
            retired.append(text)
        elif use.since and use.since > years[1].end:
            early.append(text)
    for cause, codes in (("SL-INT-026", retired), ("SL-INT-027", early)):
        if codes:
            _say_some(typed, name, tuple(codes), cause, report, are_known=True)


def say_columns_out_of_year(typed: TypedSheet, years: tuple[Quarter, Quarter], report: Report) -> None:
    """Columns that were in use only before the return's year, or only after it, and are filled."""
    for name, column in typed.sheet.table.columns.items():
        if name not in typed.sheet.headers or not typed.readings[name].number_given:
            continue
        for cause, out in (
            ("SL-INT-070", column.until is not None and column.until < years[0].start),
            ("SL-INT-071", column.since is not None and column.since > years[1].end),
        ):
            if out:
                given = typed.readings[name].given
                rows = typed.rows_where(given)
                place = typed.sheet.place(name)
                report.add(cause, place, rows=len(rows), examples=rows, values=("(filled)",), column=typed.sheet.headers[name])
