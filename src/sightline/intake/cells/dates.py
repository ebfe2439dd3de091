"""Read dates with how exact they are. ``03/04/2024`` is read the way the mapping declares, never the way that happens to fit.

A whole column is tried at once in the form of its first readable cell; the few cells in another form are read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import polars as pl

EARLIEST_YEAR, LATEST_YEAR = 1850, 2150
WORTH_VECTORISING = 1000
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)
_EXCEL_RANGE = (10_000.0, 80_000.0)
_CENTURY_PIVOT = 50
"""Two-digit years from 50 on are 19xx: children's records hold nobody's future beyond 2049."""

_MONTHS = {
    name: number for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_TIME = r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_FORMS = tuple(
    re.compile(form + _TIME, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})",
        r"(?P<first>\d{1,2})(?P<sep>[-/. ])(?P<other>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?P<sep>[-/ ]?)(?P<name>[a-z]{3,9})(?P=sep),? ?(?P<year>\d{4}|\d{2})",
        r"(?P<year>\d{4})(?P<sep>[-/ ])(?P<name>[a-z]{3,9})(?P=sep)(?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})[-/](?P<year>\d{4})",
        r"(?P<name>[a-z]{3,9})[- /](?P<year>\d{4})",
        r"(?P<year>\d{4})",
    )
)
_DIGITS, _LETTERS, _SOME_DAY = re.compile(r"\d+"), re.compile(r"[^\W\d_]+"), datetime(2000, 1, 1)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")

_COMMON_FORMATS = {
    "day_first": ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d.%m.%Y %H:%M"),
    "month_first": ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"),
    "iso": (),
}
_EXACT_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%b-%d %H:%M:%S",
    "%Y-%b-%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%Y%m%d",
)


@lru_cache(maxsize=1 << 17)
def read_date(text: str, order: str, serials: bool) -> tuple[datetime, str] | None:
    """One date and its precision (year, month, day or minute); None if it cannot be read.

    >>> read_date("2025-Jun-02 00:00:00", "day_first", False)
    (datetime.datetime(2025, 6, 2, 0, 0), 'minute')
    >>> read_date("03/2024", "day_first", False)
    (datetime.datetime(2024, 3, 1, 0, 0), 'month')
    """
    if serials and _SERIAL.fullmatch(text):
        days = float(text)
        if _EXCEL_RANGE[0] <= days <= _EXCEL_RANGE[1]:
            moment = _EXCEL_DAY_ZERO + timedelta(seconds=round(days * 86_400))
            return moment, "day" if days.is_integer() else "minute"
    for form in _FORMS:
        match = form.fullmatch(text)
        if match:
            return _assemble(match.groupdict(), order)
    return None


def _assemble(parts: dict[str, str | None], order: str) -> tuple[datetime, str] | None:
    if parts.get("first"):
        if order == "iso":
            return None
        day, month = parts["first"], parts["other"]
        if order == "month_first":
            day, month = month, day
    else:
        day, month = parts.get("day"), parts.get("month")
    if parts.get("name"):
        named = _MONTHS.get(str(parts["name"])[:3].lower())
        if named is None:
            return None
        month = str(named)
    year = int(parts["year"] or 0)
    if len(parts["year"] or "") == 2:
        year += 1900 if year >= _CENTURY_PIVOT else 2000
    hour, minute, second = (int(parts.get(part) or 0) for part in ("hour", "minute", "second"))
    try:
        moment = datetime(year, int(month or 1), int(day or 1), hour, minute, second)
    except ValueError:
        return None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    return moment, "minute" if parts.get("hour") else "day" if day else "month" if month else "year"


def read_dates(cells: pl.Series, *, order: str, formats: Sequence[str] = (), serials: bool = False) -> pl.DataFrame:
    """Read a column of distinct texts into ``value`` (a moment) and ``precision``; both null where a cell cannot be read.

    Args:
        cells: Texts, trimmed, without nulls.
        order: ``day_first``, ``month_first`` or ``iso``: how all-number dates are meant.
        formats: strftime forms; when given, no other form is accepted. ``excel_serial`` allows serial day numbers.
        serials: Whether serial day numbers are accepted (workbooks hold them).
    """
    own = [form for form in formats if form != "excel_serial"]
    serials = serials or "excel_serial" in formats
    value = pl.Series(dtype=pl.Datetime("us"), values=[None] * len(cells))
    precision = pl.Series(dtype=pl.String, values=[None] * len(cells))
    for form in own or _likely_forms(cells, order):
        found = _parse(cells, form)
        value, precision = _fill(value, precision, found, "minute" if "%H" in form else "day" if "%d" in form else "month")
    if value.null_count():
        value, precision = _one_by_one(cells, value, precision, order, serials, only_serials=bool(own))
    return pl.DataFrame({"value": value, "precision": precision})


def _likely_forms(cells: pl.Series, order: str) -> list[str]:
    """The form of the first cells, if the column is long enough for reading it as a whole to be worth its start-up."""
    if len(cells) < WORTH_VECTORISING:
        return []
    sample = cells.head(3).to_list()
    return [form for form in (*_EXACT_FORMATS, *_COMMON_FORMATS[order]) if any(_fits(text, form) for text in sample)]


def _fits(text: str, form: str) -> bool:
    if _outline(text) != _outline(_SOME_DAY.strftime(form)):
        return False  # Python compiles a pattern for each form it tries, and forgets it when the next few come
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _outline(text: str) -> str:
    """What stands where in a date: runs of digits as 9, runs of letters as a."""
    return _LETTERS.sub("a", _DIGITS.sub("9", text))


def _parse(cells: pl.Series, form: str) -> pl.Series:
    """Cells in one form; a form without a day means the first of the month. Chrono reads ``24`` as the year 24, which no record means."""
    whole = "%d" in form
    texts, form = (cells, form) if whole else (cells + "|01", form + "|%d")
    parsed = texts.str.to_datetime(form, strict=False, time_unit="us", ambiguous="earliest")
    return parsed.to_frame("d").select(pl.when(pl.col("d").dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)).then("d")).to_series()


def _fill(value: pl.Series, precision: pl.Series, found: pl.Series, word: str) -> tuple[pl.Series, pl.Series]:
    frame = pl.DataFrame({"v": value, "p": precision, "f": found})
    new = pl.col("v").is_null() & pl.col("f").is_not_null()
    frame = frame.with_columns(pl.when(new).then(pl.lit(word)).otherwise("p").alias("p"), pl.coalesce("v", "f").alias("v"))
    return frame["v"], frame["p"]


def _one_by_one(
    cells: pl.Series, value: pl.Series, precision: pl.Series, order: str, serials: bool, *, only_serials: bool
) -> tuple[pl.Series, pl.Series]:
    values, precisions = value.to_list(), precision.to_list()
    for position, text in enumerate(cells.to_list()):
        if values[position] is None and (not only_serials or _SERIAL.fullmatch(text)):
            found = read_date(text, order, serials)
            if found:
                values[position], precisions[position] = found
    return pl.Series(values, dtype=pl.Datetime("us")), pl.Series(precisions, dtype=pl.String)
