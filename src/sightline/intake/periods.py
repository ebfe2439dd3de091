"""Which period the files themselves say they are about, and whether that is the one claimed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from sightline.definitions.mappings import Format
from sightline.errors import Place
from sightline.intake.causes import Report, percent
from sightline.intake.typed import TypedSheet, is_unreadable
from sightline.model.periods import MONTHS, Quarter

GRACE = timedelta(days=31)
"""A file may hold a few weeks beyond its period: extracts are made after it ends."""
FEWEST_DATES = 3
LATEST_SHARE = 0.98
WHOLE_YEAR = 12


def covered_from(period: Quarter, format: Format) -> Quarter:
    """The first quarter that a return of this format for this period reaches back to."""
    return period.plus(1 - max(format.covers_months // 3, 1))


def settle_period(sheets: Sequence[TypedSheet], format: Format, claimed: Quarter | None, report: Report) -> Quarter:
    """The period to read the files for: the one claimed, or else the one they state, or else the one their dates end in."""
    stated, header = _stated(sheets, format)
    if stated:
        settled = claimed or _quarter_of(stated[0], format)
        _compare(stated, settled, format, header, report)
        return settled
    if claimed is None:
        return _guessed(sheets, format)
    _compare_dates(sheets, claimed, format, report)
    return claimed


def _quarter_of(day: date, format: Format) -> Quarter:
    """The quarter a day belongs to; for a yearly return (April to March) the last quarter of its year."""
    quarter = Quarter.containing(day)
    if format.covers_months < WHOLE_YEAR or quarter.number == 1:
        return quarter
    # A reference date soon after 31 March is the day the file was made for the year just ended.
    return Quarter(day.year, 1) if format.period else Quarter(day.year + 1, 1)


def _stated(sheets: Sequence[TypedSheet], format: Format) -> tuple[list[date], Place]:
    """The reference date, and the end of the year, that a header states."""
    where = format.period
    if where is None:
        return [], Place()
    days: list[date] = []
    place = Place()
    for typed in sheets:
        if typed.sheet.table_id == where.table and typed.frame.height:
            place = typed.sheet.place()
            if where.reference_date and (day := typed.frame[where.reference_date][0]):
                days.append(day)
            if where.year and (year := typed.frame[where.year][0]):
                days.append(date(min(max(int(year), 1900), 2200), 3, 31))
    return days, place


def _compare(stated: list[date], claimed: Quarter, format: Format, place: Place, report: Report) -> None:
    quarters = {_quarter_of(day, format) for day in stated}
    if claimed not in quarters:
        report.add("SL-INT-013", place, stated=_either(quarters), claimed=f"the year to {_end(claimed)}")
    elif len(quarters) > 1:
        report.add("SL-INT-041", place, stated=_either(quarters), claimed=f"the year to {_end(claimed)}")


def _either(quarters: set[Quarter]) -> str:
    return " and ".join(f"the year to {_end(quarter)}" for quarter in sorted(quarters))


def _end(quarter: Quarter) -> str:
    return f"{quarter.end.day} {MONTHS[quarter.end.month - 1]} {quarter.end.year}"


def _dated(sheets: Sequence[TypedSheet]) -> list[tuple[TypedSheet, str, pl.Series]]:
    found = []
    for typed in sheets:
        name = typed.sheet.table.dated_by
        if name and name in typed.frame.columns:
            days = typed.frame[name].cast(pl.Date).drop_nulls()
            if len(days):
                found.append((typed, name, days))
    return found


def _guessed(sheets: Sequence[TypedSheet], format: Format) -> Quarter:
    """The quarter in which the dates end; where `submit` would call that another file's period, the one it compares with."""
    every = [
        typed.frame[name].cast(pl.Date).drop_nulls()
        for typed in sheets
        for name, column in typed.sheet.table.columns.items()
        if column.type in {"date", "datetime"} and column.span == "event" and name in typed.sheet.headers
    ]
    guessed = _where_they_end(every, format)
    dated = [days for _, _, days in _dated(sheets)]
    first, last = _reach(guessed, format)
    return guessed if any(days.is_between(first, last).any() for days in dated) or not dated else _where_they_end(dated, format)


def _where_they_end(days: Sequence[pl.Series], format: Format) -> Quarter:
    """The quarter of the latest date, leaving out the few that are far beyond the rest."""
    every = pl.concat(list(days)) if days else pl.Series(dtype=pl.Date)
    if not len(every):
        return Quarter(2000, 1)
    return _quarter_of(every.sort()[max(int(len(every) * LATEST_SHARE) - 1, 0)], format)


def _reach(period: Quarter, format: Format) -> tuple[date, date]:
    """The first and last day that a return for a period may be about."""
    return covered_from(period, format).start, period.end + GRACE


def _compare_dates(sheets: Sequence[TypedSheet], claimed: Quarter, format: Format, report: Report) -> None:
    """No date in the period at all: another period's file. Most dates outside it: a query for each column."""
    first, last = _reach(claimed, format)
    dated = _dated(sheets)
    total = sum(len(days) for _, _, days in dated)
    inside = sum(int(days.is_between(first, last).sum()) for _, _, days in dated)
    if total >= FEWEST_DATES and inside == 0:
        spans = pl.concat([days for _, _, days in dated]).sort()
        stated = _months(spans[len(spans) // 20], spans[-1 - len(spans) // 20])
        report.add("SL-INT-013", dated[0][0].sheet.place(), rows=total, stated=stated, claimed=claimed.title)
        return
    for typed, name, days in dated:
        if is_unreadable(typed, name):
            continue
        outside = len(days) - int(days.is_between(first, last).sum())
        if outside >= FEWEST_DATES and outside > len(days) / 2:
            report.add(
                "SL-INT-042",
                typed.sheet.place(name),
                rows=outside,
                column=typed.sheet.headers.get(name, name),
                share=percent(outside, len(days)),
                months=format.covers_months,
                end=_end(claimed),
            )


def _months(first: date, last: date) -> str:
    words = [f"{MONTHS[day.month - 1]} {day.year}" for day in (first, last)]
    return words[0] if words[0] == words[1] else f"{words[0]} to {words[1]}"
