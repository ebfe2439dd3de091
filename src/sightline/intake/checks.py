"""Checks of typed rows: dates that cannot be, and the rules a mapping declares."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta

import polars as pl

from sightline.definitions.derived import inputs_of, names_asked, written_out
from sightline.definitions.expressions import Name, Operation, Presence, names_in, parse
from sightline.definitions.mappings import Check
from sightline.intake.cause import columns_in_words
from sightline.intake.causes import EXAMPLES, Report
from sightline.intake.combine import Combined
from sightline.intake.conditions import Exactness, holds, too_coarse
from sightline.intake.fixes import exchanged_days, mistyped_years
from sightline.intake.quoting import shape_of
from sightline.intake.sheets import ROW
from sightline.intake.typed import SOURCE, TypedSheet, is_unreadable, shapes
from sightline.model.findings import Blocks, Finding, Fix, NotChecked, Severity
from sightline.model.periods import MONTHS, Quarter

_DAYS = (pl.Date, pl.Datetime("us"))

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
        if is_unreadable(typed, name):
            continue  # its dates are read in the wrong order: where they fall says nothing
        days = typed.frame[name].cast(pl.Date)
        sides = (("early", days < bounds[0], f"before {bounds[0].year}"), ("late", days > bounds[1], f"after {_day(bounds[1])}"))
        for side, mask, words in sides:
            wrong = mask.fill_null(value=False)
            if wrong.any():
                rows = typed.rows_where(wrong)
                report.add(
                    "SL-INT-036",
                    typed.sheet.place(name),
                    rows=len(rows),
                    examples=rows,
                    values=shapes(typed.sheet.frame[name].filter(wrong)),
                    expected=f"dates from {bounds[0].year} to {_day(bounds[1])}",
                    fix=mistyped_years(days.filter(wrong), *bounds),
                    column=typed.sheet.headers[name],
                    where=words,
                    side=side,
                )


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def run_checks(combined: Combined, period: Quarter, report: Report) -> None:
    """Run a table's declared checks over all its rows; a check whose column is absent is told as not run."""
    title = combined.table.title or combined.table_id
    exactness = Exactness(combined.frame)
    for check in combined.table.checks:
        what = f"{check.id}: {_message(check, combined).rstrip('.')}"
        missing = inputs_of(combined.table.derive, names_in(parse(check.when))) & combined.absent
        if missing:
            report.not_checked.append(NotChecked(what, f"{absent_columns(combined, missing)} absent from {title}"))
            continue
        for name, vague in _too_coarse(check, combined, exactness).items():
            number = combined.frame.select(vague.fill_null(value=False).sum()).item()
            gives = "row gives" if number == 1 else "rows give"
            why = f"{number} {gives} {headers_of([name], combined)} not exactly enough to measure time by"
            report.not_checked.append(NotChecked(what, why))
        broken = combined.frame.filter(holds(check.when, period, exactness))
        for typed in combined.sheets:
            rows = broken.filter(pl.col(SOURCE) == typed.sheet.source)
            if rows.height:
                report.findings.append(_broken(check, rows, typed, combined))


def _too_coarse(check: Check, combined: Combined, exactness: Exactness) -> dict[str, pl.Expr]:
    """Date columns that a check measures, itself or in a derived column that it asks, and the rows in which it cannot."""
    found = too_coarse(check.when, exactness)
    for name, expression in combined.table.derive.items():
        if name in names_asked(combined.table.derive, names_in(parse(check.when))):
            found |= too_coarse(expression, exactness)
    return found


def _message(check: Check, combined: Combined) -> str:
    """What a check says, with the headers of the columns it names."""
    return re.sub(r"\{(\w+)\}", lambda named: headers_of([named[1]], combined), check.message)


def absent_columns(combined: Combined, names: Collection[str]) -> str:
    """The headers by which a person knows columns, with the verb that follows."""
    return f"{headers_of(names, combined)} {'is' if len(names) == 1 else 'are'}"


def headers_of(names: Collection[str], combined: Combined) -> str:
    """The headers of columns, in words."""
    declared = combined.table.columns
    behind = dict.fromkeys(one for name in sorted(names) for one in combined.columns_behind(name))
    own = {name: declared[name].headers if name in declared else () for name in behind}
    return columns_in_words([next((one for one in headers if not one.startswith("/")), name) for name, headers in own.items()])


def _broken(check: Check, rows: pl.DataFrame, typed: TypedSheet, combined: Combined) -> Finding:
    """The rows of one sheet that break a declared check, at the first column that the check names."""
    derive = combined.table.derive
    named = [one for name in re.findall(r"[A-Za-z_]\w*", check.when) for one in sorted(inputs_of(derive, [name]))]
    columns = list(dict.fromkeys(name for name in named if name in typed.sheet.headers))
    severity = Severity(check.severity)
    return Finding(
        code=check.id,
        severity=severity,
        text=_message(check, combined),
        hint=check.hint,
        place=typed.sheet.place(columns[0] if columns else None),
        rows=rows.height,
        examples=tuple(rows[ROW].head(EXAMPLES).to_list()),
        rule=check.rule,
        values=_what_stands(columns, rows, typed),
        expected=_not_so(check.when, derive, typed.sheet.headers),
        fix=_fix(check.when, rows),
        blocks=(Blocks.RETURN,) if severity is Severity.BLOCK else (),
    )


def _what_stands(columns: list[str], rows: pl.DataFrame, typed: TypedSheet) -> tuple[str, ...]:
    """The cells of the columns a check is about, as shapes, of a few of the rows."""
    numbers = rows[ROW].head(EXAMPLES)
    cells = typed.sheet.frame.filter(pl.col(ROW).is_in(numbers.implode())).select(columns)
    said = [
        ", ".join(f"{typed.sheet.headers[name]}: {shape_of(str(cell)) if cell is not None else '(blank)'}" for name, cell in row.items())
        for row in cells.iter_rows(named=True)
    ]
    return tuple(dict.fromkeys(said))


_SIGNS = {"<": "not before", ">": "not after", "<=": "after", ">=": "before", "=": "different from", "!=": "the same as"}


def _not_so(condition: str, derive: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """What should be so where a condition says what must not be."""
    node = parse(condition)
    match node:
        case Operation(sign, Name(left), Name(right)) if sign in _SIGNS and left in headers and right in headers:
            return f'"{headers[left]}" {_SIGNS[sign]} "{headers[right]}"'
        case Presence(Name(of), given) if of in headers:
            return f'"{headers[of]}" {"left blank" if given else "filled in"}'
        case _:
            return "rows for which this is not so: " + re.sub(
                r"[A-Za-z_]\w*", lambda word: headers.get(word[0], word[0]), written_out(derive, condition)
            )


def _fix(condition: str, rows: pl.DataFrame) -> Fix | None:
    """Two dates in the wrong order may each be written the wrong way round."""
    match parse(condition):
        case Operation("<", Name(left), Name(right)) if all(rows.schema.get(name) in _DAYS for name in (left, right)):
            return exchanged_days(rows[left].cast(pl.Date), rows[right].cast(pl.Date))
        case _:
            return None
