"""Read one column: distinct texts are read once and laid back over the rows, however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from sightline.definitions.mappings import Column, Format
from sightline.intake.cells.clocks import LOCAL_ZONE, by_the_local_clock, take_offsets
from sightline.intake.cells.codes import CodeBook, book_of, fallback
from sightline.intake.cells.dates import read_dates
from sightline.intake.cells.lists import flatten_lists
from sightline.intake.cells.plain import read_identifiers, read_numbers, read_postcodes, read_truths, valid_identifiers

WORTH_JOINING = 5000
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

    ``doubtful`` marks cells understood and worth a look (an NHS number whose check digit is wrong). ``unknown``, ``unclear``, ``retired``
    and ``early`` list codes.
    """

    columns: list[pl.Series]
    given: pl.Series
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


def read_column(cells: pl.Series, name: str, column: Column, format: Format, *, in_workbook: bool) -> Reading:
    """Read a column of text (null where blank) by the type its mapping declares."""
    if column.json_list:
        cells = flatten_lists(cells)
    cells = _without(cells, column.open_if)
    if column.type == "text":
        nothing_bad = pl.repeat(value=False, n=len(cells), eager=True, dtype=pl.Boolean)
        return Reading([cells.alias(name)], cells.is_not_null(), nothing_bad)
    if column.symbols:
        return _with_symbols(cells, name, column, format, in_workbook=in_workbook)
    distinct = cells.drop_nulls().unique()
    if column.type == "code":
        return _codes(cells, distinct, name, column, format)
    if column.type in {"date", "datetime"}:
        return _dates(cells, distinct, name, column, format, serials=in_workbook)
    values = _plain(distinct, column)
    laid = _lay_back(cells, distinct, {"value": values})
    read = Reading([laid["value"].alias(name)], cells.is_not_null(), cells.is_not_null() & laid["value"].is_null())
    if column.type in {"nhs_number", "upn"}:
        sound = valid_identifiers(values.fill_null(""), column.type)
        doubt = _lay_back(cells, distinct, {"doubt": ~sound})["doubt"]
        read.doubtful = doubt.fill_null(value=False) & ~read.bad
    return read


def _without(cells: pl.Series, blanks: Sequence[str]) -> pl.Series:
    """Cells that only say "none yet" as nulls."""
    if not blanks:
        return cells
    return cells.to_frame("c").select(pl.when(~pl.col("c").is_in(list(blanks))).then("c")).to_series()


def _with_symbols(cells: pl.Series, name: str, column: Column, format: Format, *, in_workbook: bool) -> Reading:
    """A symbol is an answer of its own: given, not bad, and no number."""
    is_symbol = cells.is_in(list(column.symbols)).fill_null(value=False)
    frame = pl.DataFrame({"c": cells, "s": is_symbol})
    numbers, symbols = frame.select(pl.when(~pl.col("s")).then("c").alias("n"), pl.when("s").then("c").alias("y")).get_columns()
    read = read_column(numbers, name, column.model_copy(update={"symbols": ()}), format, in_workbook=in_workbook)
    read.columns.append(symbols.alias(name + SYMBOL))
    read.given = read.given | is_symbol
    return read


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


def _lay_back(cells: pl.Series, distinct: pl.Series, values: dict[str, pl.Series]) -> pl.DataFrame:
    """Values of distinct texts, in the order of the rows. A join for many rows; for few, its start-up costs more than a dictionary."""
    if len(cells) >= WORTH_JOINING:
        known = pl.DataFrame({"text": distinct, **values})
        return cells.to_frame("text").join(known, on="text", how="left", maintain_order="left").drop("text")
    keys, texts = distinct.to_list(), cells.to_list()
    laid = {}
    for name, series in values.items():
        by_text = dict(zip(keys, series.to_list(), strict=True))
        laid[name] = pl.Series(name, [by_text.get(text) for text in texts], dtype=series.dtype)
    return pl.DataFrame(laid)


def _dates(cells: pl.Series, distinct: pl.Series, name: str, column: Column, format: Format, *, serials: bool) -> Reading:
    if column.tz is not None:
        return _zoned(cells, distinct, name, column, format, serials=serials)
    read = read_dates(distinct, order=format.read.dates, formats=column.formats, serials=serials)
    if column.type == "datetime":
        read = _days_if_all_midnight(read)
    laid = _lay_back(cells, distinct, {"value": read["value"], "precision": read["precision"]})
    value = laid["value"].cast(pl.Date) if column.type == "date" else laid["value"]
    return Reading(
        [value.alias(name), laid["precision"].alias(name + PRECISION)],
        cells.is_not_null(),
        cells.is_not_null() & laid["value"].is_null(),
    )


def _days_if_all_midnight(read: pl.DataFrame) -> pl.DataFrame:
    """A column whose every time is 00:00 holds days that some program wrote with a clock."""
    timed = read["value"].drop_nulls()
    if not len(timed) or (timed.cast(pl.Int64) % MICROSECONDS_A_DAY).sum():
        return read
    return read.with_columns(precision=pl.when(pl.col("precision") == "minute").then(pl.lit("day")).otherwise("precision"))


def _zoned(cells: pl.Series, distinct: pl.Series, name: str, column: Column, format: Format, *, serials: bool) -> Reading:
    """Moments on the local clock, with their instants beside them."""
    texts, ahead = take_offsets(distinct)
    forms = [form.replace("%z", "").rstrip() for form in column.formats]
    read = read_dates(texts, order=format.read.dates, formats=forms, serials=serials)
    if not ahead.is_not_null().any():
        read = _days_if_all_midnight(read)
    clocked = by_the_local_clock(
        read["value"], timed=(read["precision"] == "minute").fill_null(value=False), ahead=ahead, zone=column.tz or LOCAL_ZONE
    )
    # Days that a program wrote in UTC are midnights again once they stand on the local clock.
    read = _days_if_all_midnight(pl.DataFrame({"value": clocked.value, "precision": read["precision"]}))
    instant = pl.DataFrame({"i": clocked.instant, "p": read["precision"]}).select(pl.when(pl.col("p") == "minute").then("i")).to_series()
    found = {"value": read["value"], "precision": read["precision"], "instant": instant, "twice": clocked.twice, "never": clocked.never}
    laid = _lay_back(cells, distinct, found)
    return Reading(
        [laid["value"].alias(name), laid["precision"].alias(name + PRECISION), laid["instant"].alias(name + INSTANT)],
        cells.is_not_null(),
        cells.is_not_null() & laid["value"].is_null(),
        twice=laid["twice"].fill_null(value=False),
        never=laid["never"].fill_null(value=False),
    )


def _codes(cells: pl.Series, distinct: pl.Series, name: str, column: Column, format: Format) -> Reading:
    book = book_of(format, column)
    texts = distinct.to_list()
    parts = {
        text: [part for piece in text.split(column.separator) if (part := piece.strip())] if column.separator else [text] for text in texts
    }
    singles = sorted({part for pieces in parts.values() for part in pieces})
    meaning = {single: book.common(single) for single in singles}
    unknown = tuple(single for single in singles if meaning[single] == (None, False))
    unclear = tuple(single for single in singles if meaning[single][1])
    other = fallback(format.codes[column.codes or ""], column)
    joined = [(column.separator or "").join(meaning[part][0] or other for part in parts[text]) for text in texts]
    wrong = [any(meaning[part][0] is None for part in parts[text]) for text in texts]
    values = {"value": pl.Series(joined, dtype=pl.String)}
    if any(wrong):
        values["wrong"] = pl.Series(wrong, dtype=pl.Boolean)
    laid = _lay_back(cells, distinct, values)
    value = laid["value"]
    bad = laid["wrong"].fill_null(value=False) if any(wrong) else pl.repeat(value=False, n=len(cells), eager=True, dtype=pl.Boolean)
    if "not_recorded" in format.codes[column.codes or ""].values:
        value = value.fill_null("not_recorded")
    return Reading(
        [value.alias(name), cells.alias(name + LOCAL)],
        cells.is_not_null(),
        bad,
        unknown=unknown,
        unclear=unclear,
        book=book,
        texts=tuple(singles),
    )
