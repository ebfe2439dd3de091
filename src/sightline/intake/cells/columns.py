"""Read the columns of a table: distinct texts are read once and laid back over the rows, however many rows there are.

What is done to whole columns is done to all columns of a table at once: each step has a fixed cost, and most tables are small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from sightline.definitions.mappings import Column, Format
from sightline.intake.cells.clocks import LOCAL_ZONE, by_the_local_clock, take_offsets
from sightline.intake.cells.codes import CodeBook, book_of, fallback
from sightline.intake.cells.dates import read_dates
from sightline.intake.cells.lists import flatten_lists
from sightline.intake.cells.plain import read_identifiers, read_numbers, read_postcodes, read_truths, valid_identifiers
from sightline.model.codes import NOT_RECORDED

MICROSECONDS_A_DAY = 86_400_000_000

LOCAL, PRECISION, SYMBOL, INSTANT = "__local", "__precision", "__symbol", "__instant"
"""Suffixes of the companions of a column: the text as received, how exact a date is, what stands for a number, and a moment in UTC."""

EXPECTED = {
    "date": "dates",
    "datetime": "dates and times",
    "integer": "whole numbers",
    "number": "numbers",
    "boolean": "yes or no",
    "postcode": "whole postcodes",
}


@dataclass
class Reading:
    """One column, read. ``columns`` are named ``id``, ``id__local``, ``id__precision``; ``bad`` marks cells given and not understood.

    ``cells`` are the cells as received, null where nothing was given. ``doubtful`` marks cells understood and worth a look (an NHS number
    whose check digit is wrong). ``unknown`` and ``unclear`` list codes.
    """

    columns: list[pl.Series]
    cells: pl.Series
    bad: pl.Series
    doubtful: pl.Series | None = None
    unknown: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    book: CodeBook | None = None
    texts: tuple[str, ...] = ()
    """The different codes of a code column, as received."""
    rare: pl.Series | None = None
    """Marks cells left out because their text stands in too few rows."""
    twice: pl.Series | None = None
    never: pl.Series | None = None
    """Mark moments in the hour that comes twice when clocks go back, and in the one that never is when they go forward."""

    @property
    def given(self) -> pl.Series:
        """Marks the cells that hold something."""
        return self.cells.is_not_null()

    @property
    def number_given(self) -> int:
        return len(self.cells) - self.cells.null_count()


@dataclass
class _Meaning:
    """What the different texts of a column mean.

    ``columns`` has a value for each text, by the suffix of the column they are laid into. ``marks`` says of which texts something is to be
    told, by the field of a reading that tells it: ``bad``, ``doubtful``, ``twice``, ``never``.
    """

    columns: dict[str, pl.Series]
    marks: dict[str, pl.Series] = field(default_factory=dict)
    of_blank: str | None = None
    """What a blank cell means, where it means anything."""
    found: dict[str, Any] = field(default_factory=dict)
    """What is known besides of a column of codes."""


def read_column(cells: pl.Series, name: str, column: Column, format: Format, *, in_workbook: bool) -> Reading:
    """Read one column of text (null where blank) by the type its mapping declares."""
    return read_columns(cells.to_frame(name), {name: column}, format, in_workbook=in_workbook)[name]


def read_columns(table: pl.DataFrame, columns: Mapping[str, Column], format: Format, *, in_workbook: bool) -> dict[str, Reading]:
    """Read columns of text (null where blank) by the types their mapping declares."""
    cells = {name: _as_given(table[name], column) for name, column in columns.items()}
    plain, symbols = dict(cells), {}
    for name, column in columns.items():
        if column.symbols:
            plain[name], symbols[name] = _apart_from_symbols(cells[name], column)
    coded = [name for name, column in columns.items() if column.type != "text"]
    numbers, texts = _numbered([plain[name].alias(name) for name in coded])
    meanings = {name: _meaning(texts[name], columns[name], format, in_workbook=in_workbook) for name in coded}
    laid = _laid_back(numbers, meanings)
    nothing = pl.Series([False], dtype=pl.Boolean).new_from_index(0, table.height)
    read = {}
    for name, column in columns.items():
        meaning = meanings.get(name, _AS_IT_IS)
        own = [laid[name + suffix] for suffix in meaning.columns] or [plain[name].alias(name)]
        if column.type == "code":
            own.append(plain[name].alias(name + LOCAL))
        if column.symbols:
            own.append(symbols[name].alias(name + SYMBOL))
        marks: dict[str, Any] = {"bad": nothing} | {mark: laid.get(name + _MARK + mark, nothing) for mark in meaning.marks}
        read[name] = Reading(own, cells[name], **marks, **meaning.found)
    return read


_AS_IT_IS = _Meaning({})
_MARK = "__is_"


def _as_given(cells: pl.Series, column: Column) -> pl.Series:
    """Cells with lists flattened, and those that only say "none yet" as nulls."""
    if column.json_list:
        cells = flatten_lists(cells)
    if not column.open_if:
        return cells
    return cells.to_frame("c").select(pl.when(~pl.col("c").is_in(list(column.open_if))).then("c")).to_series()


def _apart_from_symbols(cells: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    """The cells without symbols, and the symbols: one is an answer of its own, given, not bad, and no number."""
    is_symbol = pl.col("c").is_in(list(column.symbols)).fill_null(value=False)
    others, symbols = pl.when(~is_symbol).then("c").alias("o"), pl.when(is_symbol).then("c").alias("s")
    found = cells.to_frame("c").select(others, symbols)
    return found["o"], found["s"]


def _numbered(columns: Sequence[pl.Series]) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """The cells of each column as numbers of its different texts, and those texts in the order of their numbers."""
    # Categories of its own for each column: numbers count from 0 then, and the texts are let go of with `coded`.
    kinds = {column.name: pl.Categorical(pl.Categories.random()) for column in columns}
    coded = pl.DataFrame(list(columns)).select(pl.col(name).cast(kind) for name, kind in kinds.items())
    numbers = coded.select(pl.all().to_physical())
    if not kinds:
        return numbers, {}
    last = numbers.select(pl.all().max()).row(0, named=True)
    many = {name: 0 if last[name] is None else last[name] + 1 for name in kinds}
    every = pl.Series(np.arange(max(many.values()), dtype=np.uint32))
    texts = pl.select(pl.lit(every.head(many[name])).cat.to(kind).cast(pl.String).implode().alias(name) for name, kind in kinds.items())
    return numbers, {name: texts[name][0] for name in kinds}


def _laid_back(numbers: pl.DataFrame, meanings: Mapping[str, _Meaning]) -> dict[str, pl.Series]:
    """What texts mean, in the order of the rows."""
    laid = []
    for name, meaning in meanings.items():
        place = pl.col(name)
        for suffix, values in meaning.columns.items():
            cells = pl.lit(values).gather(place)
            laid.append((cells if meaning.of_blank is None else cells.fill_null(meaning.of_blank)).alias(name + suffix))
        for mark, marked in meaning.marks.items():
            if marked.any():
                laid.append(pl.lit(marked).gather(place).fill_null(value=False).alias(name + _MARK + mark))
    return {column.name: column for column in numbers.select(laid)}


def _meaning(texts: pl.Series, column: Column, format: Format, *, in_workbook: bool) -> _Meaning:
    if column.type == "code":
        return _of_codes(texts.to_list(), column, format)
    if column.type in {"date", "datetime"}:
        return _of_dates(texts, column, format, serials=in_workbook)
    values = _plain(texts, column)
    meaning = _Meaning({"": values}, _bad(values))
    if column.type in {"nhs_number", "upn"}:
        meaning.marks["doubtful"] = ~valid_identifiers(values.fill_null(""), column.type) & values.is_not_null()
    return meaning


def _bad(values: pl.Series) -> dict[str, pl.Series]:
    """Texts without a value were not understood."""
    return {"bad": values.is_null()} if values.null_count() else {}


def _plain(distinct: pl.Series, column: Column) -> pl.Series:
    match column.type:
        case "integer" | "number":
            return read_numbers(distinct, whole=column.type == "integer")
        case "boolean":
            return read_truths(distinct)
        case "postcode":
            return read_postcodes(distinct)
        case _:
            return read_identifiers(distinct)


def _of_dates(texts: pl.Series, column: Column, format: Format, *, serials: bool) -> _Meaning:
    if column.tz is not None:
        return _of_zoned(texts, column, format, serials=serials)
    read = read_dates(texts, order=format.read.dates, formats=column.formats, serials=serials)
    if column.type == "datetime":
        read = _days_if_all_midnight(read)
    value = read["value"].cast(pl.Date) if column.type == "date" else read["value"]
    return _Meaning({"": value, PRECISION: read["precision"]}, _bad(value))


def _days_if_all_midnight(read: pl.DataFrame) -> pl.DataFrame:
    """A column whose every time is 00:00 holds days that some program wrote with a clock."""
    timed = read["value"].drop_nulls()
    if not len(timed) or (timed.cast(pl.Int64) % MICROSECONDS_A_DAY).sum():
        return read
    return read.with_columns(precision=pl.when(pl.col("precision") == "minute").then(pl.lit("day")).otherwise("precision"))


def _of_zoned(texts: pl.Series, column: Column, format: Format, *, serials: bool) -> _Meaning:
    """Moments on the local clock, with their instants beside them."""
    bare, ahead = take_offsets(texts)
    forms = [form.replace("%z", "").rstrip() for form in column.formats]
    read = read_dates(bare, order=format.read.dates, formats=forms, serials=serials)
    if not ahead.is_not_null().any():
        read = _days_if_all_midnight(read)
    clocked = by_the_local_clock(
        read["value"], timed=(read["precision"] == "minute").fill_null(value=False), ahead=ahead, zone=column.tz or LOCAL_ZONE
    )
    # Days that a program wrote in UTC are midnights again once they stand on the local clock.
    read = _days_if_all_midnight(pl.DataFrame({"value": clocked.value, "precision": read["precision"]}))
    instant = pl.DataFrame({"i": clocked.instant, "p": read["precision"]}).select(pl.when(pl.col("p") == "minute").then("i")).to_series()
    columns = {"": read["value"], PRECISION: read["precision"], INSTANT: instant}
    marks = {"twice": clocked.twice.fill_null(value=False), "never": clocked.never.fill_null(value=False)}
    return _Meaning(columns, _bad(read["value"]) | marks)


def _of_codes(texts: list[str], column: Column, format: Format) -> _Meaning:
    codes = format.codes[column.codes or ""]
    book = book_of(format, column)
    parts = {
        text: [part for piece in text.split(column.separator) if (part := piece.strip())] if column.separator else [text] for text in texts
    }
    singles = sorted({part for pieces in parts.values() for part in pieces})
    meaning = {single: book.common(single) for single in singles}
    other = fallback(codes, column)
    joined = [(column.separator or "").join(meaning[part][0] or other for part in parts[text]) for text in texts]
    wrong = [any(meaning[part][0] is None for part in parts[text]) for text in texts]
    found = {
        "unknown": tuple(single for single in singles if meaning[single] == (None, False)),
        "unclear": tuple(single for single in singles if meaning[single][1]),
        "book": book,
        "texts": tuple(singles),
    }
    return _Meaning(
        {"": pl.Series(joined, dtype=pl.String)},
        {"bad": pl.Series(wrong, dtype=pl.Boolean)} if any(wrong) else {},
        of_blank=NOT_RECORDED if NOT_RECORDED in codes.values else None,
        found=found,
    )
