"""Checks that need more than one row or more than one table: orphans, overlaps, spells open too long, events after the end or too early.

Whole columns are compared at once; only the rows that fail are looked at one by one. A check that cannot run says so and why. Where only a
month is known a row fails only if it would on every day of that month, and no days are counted from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from sightline.definitions.cross_checks import CrossCheck
from sightline.definitions.mappings import Format
from sightline.intake.causes import CAUSES, EXAMPLES, Report
from sightline.intake.cells.columns import PRECISION
from sightline.intake.checks import absent_columns, headers_of
from sightline.intake.combine import Combined
from sightline.intake.sheets import ROW
from sightline.intake.typed import SOURCE, shapes
from sightline.model.findings import Blocks, Finding, Fix, NotChecked, Severity
from sightline.model.periods import Quarter

_CAUSE = {
    "orphans": "SL-INT-080",
    "overlaps": "SL-INT-081",
    "open_past": "SL-INT-082",
    "after_closure": "SL-INT-083",
    "before_start": "SL-INT-089",
}
_LOST_REFERENCE = "SL-INT-088"
_COARSE = ("month", "year")
_DAYS_PER_PERSON, _NEVER = 1_000_000, 900_000
"""Days are far fewer than these: a person's place in the order and a day make one number whose running maximum never leaves the person."""
_STARTS_PER_HASH, _EARLIEST = 1 << 17, 50_000
"""Days from 1850 to 2150, counted from 1970, are whole numbers from 0 to below 2 to the 17th once the second is added."""


@dataclass(frozen=True)
class _Failing:
    """Rows that fail, the column that tells it, what stands there and what would mend it."""

    rows: pl.DataFrame
    column: str
    values: tuple[str, ...] = ()
    fix: Fix | None = None


def run_cross_checks(tables: Mapping[str, Combined], format: Format, period: Quarter, report: Report) -> None:
    """Run every check that a format declares under ``across``."""
    for table_id, table in format.tables.items():
        for check in table.across:
            combined = tables.get(table_id)
            if combined is None:
                continue  # the absent table is told as not checked already
            reason = _why_not(check, combined, tables, format)
            if reason:
                report.not_checked.append(NotChecked(f"{check.id}: {_says(check, combined, format)[0].rstrip('.')}", reason))
                continue
            report.not_checked += _told_by_month(check, combined, tables.get(check.of), format)
            failing = _run(check, combined, tables, period)
            if failing.rows.height:
                report.findings += _told(check, failing, combined, format)


def _why_not(check: CrossCheck, combined: Combined, tables: Mapping[str, Combined], format: Format) -> str:
    """Why a check cannot run; empty where it can."""
    other = tables.get(check.of) if check.of else None
    title = combined.table.title or combined.table_id
    if check.of and other is None:
        return f"the table “{format.tables[check.of].title or check.of}” is absent or could not be read"
    there: list[tuple[Combined | None, str]] = [(combined, _key(check, combined)), (combined, check.start), (other or combined, check.born)]
    there += [(other, _key_there(check, other)), (other, check.begun)] if other else []
    there.append((other if check.kind == "after_closure" else combined, check.end))
    for table, column in there:
        if table is not None and column and column in table.absent:
            return f"{absent_columns(table, [column])} absent from {table.table.title or title}"
    return ""


def _key(check: CrossCheck, combined: Combined) -> str:
    """The column by which rows belong together, in the checked table."""
    return check.on or combined.table.person or ROW


def _key_there(check: CrossCheck, other: Combined) -> str:
    """The column by which rows belong together, in the table the check names."""
    return check.to or other.table.person or ROW


def _dates(check: CrossCheck, combined: Combined, other: Combined | None) -> list[tuple[Combined, str]]:
    """The date columns that a check compares, each with its table."""
    own = [check.start, check.end if check.kind != "after_closure" else "", check.born]
    theirs = [check.begun, check.end if check.kind == "after_closure" else "", check.born]
    found = [(combined, name) for name in own if name in combined.table.columns]
    return found + [(other, name) for name in theirs if other is not None and name in other.table.columns and (combined, name) not in found]


def _coarse(frame: pl.DataFrame, column: str) -> int:
    """Rows whose date is known by the month or the year only."""
    companion = column + PRECISION
    return int(frame[companion].is_in(_COARSE).sum() or 0) if companion in frame.columns else 0


def _latest(frame: pl.DataFrame, column: str) -> pl.Expr:
    """The last day a date may mean; its column holds the first."""
    day = pl.col(column).cast(pl.Date)
    if not _coarse(frame, column):
        return day
    exact = pl.col(column + PRECISION)
    return pl.when(exact == "month").then(day.dt.month_end()).when(exact == "year").then(pl.date(day.dt.year(), 12, 31)).otherwise(day)


def _told_by_month(check: CrossCheck, combined: Combined, other: Combined | None, format: Format) -> list[NotChecked]:
    """What could be checked in part only: within a month nobody knows which of two days is the earlier."""
    what = f"{check.id}: {_says(check, combined, format)[0].rstrip('.')}"
    found = []
    for table, name in _dates(check, combined, other):
        if number := _coarse(table.frame, name):
            gives = "row gives" if number == 1 else "rows give"
            found.append(
                NotChecked(
                    what, f"{number:,} {gives} {headers_of([name], table)} without its day, so nothing within that time was compared"
                )
            )
    return found


def _run(check: CrossCheck, combined: Combined, tables: Mapping[str, Combined], period: Quarter) -> _Failing:
    key = _key(check, combined)
    rows = combined.frame.filter(pl.col(key).is_not_null())
    other = tables.get(check.of)
    match check.kind:
        case "orphans" if other is not None:
            return _orphans(rows, key, _key_there(check, other), other)
        case "overlaps":
            return _overlaps(rows, key, check, several=len(combined.sheets) > 1)
        case "open_past":
            return _open_past(rows, key, check, other, period)
        case "after_closure" if other is not None:
            return _after_closure(rows, key, check, other)
        case "before_start" if other is not None:
            return _before_start(rows, key, check, other)
    return _Failing(rows.clear(), key)


def _orphans(rows: pl.DataFrame, key: str, theirs: str, other: Combined) -> _Failing:
    known = other.frame.select(pl.col(theirs).alias(key)).drop_nulls().unique()
    lost = rows.join(known, on=key, how="anti", maintain_order="left")
    return _Failing(lost, key, tuple(shapes(lost[key])), _same_but_for_zeros(lost, known, key) if lost.height else None)


def _same_but_for_zeros(lost: pl.DataFrame, known: pl.DataFrame, person: str) -> Fix | None:
    """Spreadsheet programs take leading zeros away, and so two tables of one system disagree."""
    plain = pl.col(person).cast(pl.String).str.to_uppercase().str.strip_chars_start("0")
    found = lost.select(plain).join(known.select(plain).unique(), on=person, how="semi").height
    share = found / lost.height
    return (
        Fix("The numbers agree when leading zeros and capitals are left aside: export both tables as text.", round(min(share, 0.99), 2))
        if share >= 0.5
        else None
    )


def _overlaps(rows: pl.DataFrame, person: str, check: CrossCheck, *, several: bool) -> _Failing:
    """Rows that begin before an earlier row of the same person has ended. One that begins on the last day of another does not overlap."""
    exact = not _coarse(rows, check.start) and not _coarse(rows, check.end)
    if not exact:
        # What a spell covers however its dates fall: from the last day it may have begun to the first it may have ended.
        rows = rows.with_columns(_latest(rows, check.start).alias(check.start), pl.col(check.end).cast(pl.Date))
        rows = rows.filter(pl.col(check.end).is_null() | (pl.col(check.end) >= pl.col(check.start)))
    rows = _may_overlap(rows, person, check)
    key = [person, check.start] if several else [person, check.start, check.end]
    # Files of several years repeat a spell, and its end is known only to the later one.
    spells = rows.unique(key, keep="last", maintain_order=True).sort(person, check.start)
    place = pl.col(person).rle_id().cast(pl.Int64) * _DAYS_PER_PERSON
    starts = _days(check.start)
    earlier = (place + _days(check.end).fill_null(_NEVER)).cum_max().shift(1) - place
    found = spells.with_columns(__until=earlier).filter(pl.col("__until") > starts)
    open_ones = found.filter(pl.col("__until") == _NEVER).height
    values = []
    shared = found.filter(pl.col("__until") < _NEVER).select((pl.col("__until") - starts).alias("days"))["days"]
    if len(shared) and exact:
        values.append(_range(shared, "shared"))
    if open_ones:
        values.append(f"{open_ones:,} begin while an earlier one has no end")
    fix = Fix("End the earlier row on the day the next begins.", round(0.9 * open_ones / found.height, 2)) if open_ones else None
    return _Failing(found.drop("__until"), check.start, tuple(values), fix)


def _may_overlap(rows: pl.DataFrame, person: str, check: CrossCheck) -> pl.DataFrame:
    """The rows of people of whom any two spells may overlap: found by one sort of whole numbers, which half a million rows need.

    Two people may share the beginning of their hash, so a row too many may come out, never one too few; the exact check follows.
    """
    rows = rows.filter(pl.col(check.start).is_not_null())
    hashed = (pl.col(person).hash() // _STARTS_PER_HASH) * _STARTS_PER_HASH
    key = (hashed + (_days(check.start) + _EARLIEST).cast(pl.UInt64)).alias("__key")
    numbers = rows.select(key, _days(check.end).fill_null(_NEVER).alias("__end")).sort("__key")
    same = pl.col("__key") // _STARTS_PER_HASH
    place = same.rle_id().cast(pl.Int64) * _DAYS_PER_PERSON
    begins = (pl.col("__key") % _STARTS_PER_HASH).cast(pl.Int64) - _EARLIEST
    until = (place + pl.col("__end")).cum_max().shift(1) - place
    failing = numbers.filter(until > begins).select(same.unique().alias("__same"))
    return rows.filter((pl.col(person).hash() // _STARTS_PER_HASH).is_in(failing["__same"].implode())) if failing.height else rows.clear()


def _days(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Date).cast(pl.Int64)


def _open_past(rows: pl.DataFrame, person: str, check: CrossCheck, other: Combined | None, period: Quarter) -> _Failing:
    if other is not None and check.born not in rows.columns:
        born = other.frame.select(pl.col(_key_there(check, other)).alias(person), _latest(other.frame, check.born).alias(check.born))
        rows = rows.join(born.drop_nulls().unique(person, keep="last"), on=person, how="left", maintain_order="left")
    grown = _latest(rows, check.born).dt.offset_by(f"{check.years}y") <= period.end
    still_open = rows.filter(pl.col(check.end).is_null() & grown.fill_null(value=False))
    return _Failing(still_open, check.end, ("(blank)",) if still_open.height else ())


def _after_closure(rows: pl.DataFrame, key: str, check: CrossCheck, other: Combined) -> _Failing:
    closed = (
        other.frame.group_by(pl.col(_key_there(check, other)).alias(key))
        .agg(_latest(other.frame, check.end).max().alias("__closed"), pl.col(check.end).is_null().any().alias("__open"))
        .filter(~pl.col("__open") & pl.col(key).is_not_null())
    )
    starts = pl.col(check.start).cast(pl.Date)
    late = rows.join(closed, on=key, how="inner", maintain_order="left").filter(starts > pl.col("__closed"))
    exact = not _coarse(rows, check.start) and not _coarse(other.frame, check.end)
    return _Failing(late.drop("__closed", "__open"), check.start, _apart(late, starts - pl.col("__closed"), "after it") if exact else ())


def _before_start(rows: pl.DataFrame, key: str, check: CrossCheck, other: Combined) -> _Failing:
    """Rows dated before everything they could belong to. Where one of those has no date, nobody knows which was first."""
    begun = (
        other.frame.group_by(pl.col(_key_there(check, other)).alias(key))
        .agg(pl.col(check.begun).cast(pl.Date).min().alias("__begun"), pl.col(check.begun).is_null().any().alias("__undated"))
        .filter(~pl.col("__undated") & pl.col(key).is_not_null())
    )
    latest = _latest(rows, check.start)
    early = rows.join(begun, on=key, how="inner", maintain_order="left").filter(latest < pl.col("__begun"))
    exact = not _coarse(rows, check.start) and not _coarse(other.frame, check.begun)
    return _Failing(
        early.drop("__begun", "__undated"), check.start, _apart(early, pl.col("__begun") - latest, "before it") if exact else ()
    )


def _apart(rows: pl.DataFrame, span: pl.Expr, words: str) -> tuple[str, ...]:
    days = rows.select(span.dt.total_days().alias("days"))["days"]
    return (_range(days, words),) if len(days) else ()


def _range(days: pl.Series, words: str) -> str:
    least, most = (int(days.sort()[at]) for at in (0, -1))
    return f"{least} days {words}" if least == most else f"{least} to {most} days {words}"


def _says(check: CrossCheck, combined: Combined, format: Format) -> tuple[str, str, str]:
    """Text, hint and what should be so."""
    cause = CAUSES[_LOST_REFERENCE if check.kind == "orphans" and check.on else _CAUSE[check.kind]]
    other = format.tables.get(check.of)
    words = {
        "table": (other.title or check.of) if other else "",
        "start": _header(combined, format, check.start, combined.table_id),
        "end": _header(combined, format, check.end, check.of if check.kind == "after_closure" else combined.table_id),
        "begun": _header(combined, format, check.begun, check.of),
        "on": _header(combined, format, check.on, combined.table_id),
        "years": check.years,
    }
    text, hint = cause.says(words)
    return check.message or text, check.hint or hint, cause.should.format(**words)


def _header(combined: Combined, format: Format, column: str, table_id: str) -> str:
    if not column:
        return ""
    found = [typed.sheet.headers[column] for typed in combined.sheets if column in typed.sheet.headers and table_id == combined.table_id]
    return found[0] if found else format.tables[table_id].columns[column].headers[0]


def _told(check: CrossCheck, failing: _Failing, combined: Combined, format: Format) -> list[Finding]:
    """One finding, at the first sheet that has such rows, with the others named."""
    text, hint, should = _says(check, combined, format)
    severity = Severity(check.severity)
    places = []
    for typed in combined.sheets:
        own = failing.rows.filter(pl.col(SOURCE) == typed.sheet.source)
        if own.height:
            places.append((typed.sheet.place(failing.column), own[ROW].sort().head(EXAMPLES).to_list()))
    return [
        Finding(
            code=check.id,
            severity=severity,
            text=text,
            hint=hint,
            place=places[0][0],
            rows=failing.rows.height,
            examples=tuple(places[0][1]),
            rule=check.rule,
            values=failing.values,
            expected=should,
            fix=failing.fix,
            blocks=(Blocks.RETURN,) if severity is Severity.BLOCK else (),
            also=tuple(place for place, _ in places[1:]),
        )
    ]
