"""Checks of typed rows: dates that cannot be, and the rules a mapping declares."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from sightline.definitions.expressions import names_in, parse
from sightline.errors import Place
from sightline.intake.causes import EXAMPLES, Report
from sightline.intake.combine import Combined
from sightline.intake.conditions import holds
from sightline.intake.sheets import ROW
from sightline.intake.typed import SOURCE, TypedSheet
from sightline.model.findings import Blocks, Finding, NotChecked, Severity
from sightline.model.periods import MONTHS, Quarter

_LONGEST_CHILDHOOD = 26
_YEARS_REMEMBERED = {"birth": 100, "event": _LONGEST_CHILDHOOD, "review": _LONGEST_CHILDHOOD}
_DAYS_AHEAD = {"birth": 280, "event": 92, "review": 1100}


def bounds_of(span: str, period: Quarter) -> tuple[date, date] | None:
    """The days between which dates of a kind are plausible for a period; None where any date may stand."""
    if span not in _YEARS_REMEMBERED:
        return None
    return date(period.year - _YEARS_REMEMBERED[span], 1, 1), period.end + timedelta(days=_DAYS_AHEAD[span])


def say_implausible_dates(typed: TypedSheet, period: Quarter, report: Report) -> None:
    """Dates long before or well after the period; one finding for each column and side."""
    for name, column in typed.sheet.table.columns.items():
        bounds = bounds_of(column.span, period)
        if column.type not in {"date", "datetime"} or bounds is None or name not in typed.sheet.headers or name in typed.sheet.borrowed:
            continue
        days = typed.frame[name].cast(pl.Date)
        for mask, words in ((days < bounds[0], f"before {bounds[0].year}"), (days > bounds[1], f"after {_day(bounds[1])}")):
            wrong = mask.fill_null(value=False)
            if wrong.any():
                rows = typed.rows_where(wrong)
                header = typed.sheet.headers[name]
                report.add("SL-INT-036", typed.sheet.place(name), rows=len(rows), examples=rows, column=header, where=words)


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def run_checks(combined: Combined, period: Quarter, report: Report) -> None:
    """Run a table's declared checks over all its rows; a check whose column is absent is told as not run."""
    title = combined.table.title or combined.table_id
    for check in combined.table.checks:
        missing = names_in(parse(check.when)) & combined.absent
        if missing:
            report.not_checked.append(NotChecked(f"{check.id}: {check.message}", f"the column “{min(missing)}” is absent from {title}"))
            continue
        broken = combined.frame.filter(holds(check.when, period))
        for source, rows in broken.group_by(SOURCE, maintain_order=True):
            numbers = rows[ROW].head(EXAMPLES).to_list()
            file, _, sheet = str(source[0]).partition(", ")
            place = Place(file=file, sheet=sheet or None)
            severity = Severity(check.severity)
            report.findings.append(
                Finding(
                    code=check.id,
                    severity=severity,
                    text=check.message,
                    hint=check.hint,
                    place=place,
                    rows=rows.height,
                    examples=tuple(numbers),
                    rule=check.rule,
                    blocks=(Blocks.RETURN,) if severity is Severity.BLOCK else (),
                )
            )
