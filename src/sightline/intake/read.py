"""Read one return: the whole of intake, in its order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from sightline.definitions.formats import Format
from sightline.definitions.mappings import Table
from sightline.errors import NotFound, Place
from sightline.intake.assemble import Made, assemble, entity_named, own_columns
from sightline.intake.causes import CAUSES, Report
from sightline.intake.checks import run_checks, say_implausible_dates
from sightline.intake.combine import Combined, combine
from sightline.intake.cross_checks import run_cross_checks
from sightline.intake.derived import derive_columns
from sightline.intake.duplicates import fold_duplicates
from sightline.intake.headers import headers_of, pattern
from sightline.intake.identities import gather_identities
from sightline.intake.lineage import mapped_fields
from sightline.intake.open import open_sheets
from sightline.intake.periods import covered_from, settle_period
from sightline.intake.result import IntakeResult
from sightline.intake.sheets import Sheet
from sightline.intake.shifted import is_shifted
from sightline.intake.typed import TypedSheet, say_what_was_read, type_sheet
from sightline.model.findings import MappedField, NotChecked
from sightline.model.identified import IDENTITY_RECORD
from sightline.model.periods import Quarter

Progress = Callable[[str, int, int], None]


def read_return(
    files: Sequence[Path],
    *,
    mapping: Format,
    period: Quarter | None,
    agency: str,
    dataset: str,
    progress: Progress | None = None,
) -> IntakeResult:
    """Read the files of one return into the common model, with findings for everything a person should know.

    Bad input never raises: it becomes a finding, and one of severity block refuses the return.

    Args:
        files: The files of the return, in any order.
        mapping: The format or mapping that describes them.
        period: The period claimed; None takes the one the files are about, for a check before anything is submitted.
        agency: Who sends it, for progress; empty where it is only checked.
        dataset: Which of its datasets this is.
        progress: Called with words, steps done and steps in all.

    Raises:
        NotFound: If a path does not exist.
    """
    told = f"{dataset} of {agency}" if agency else dataset
    missing = [path for path in files if not path.exists()]
    if missing:
        raise NotFound(f'There is no file "{missing[0]}".')
    report = Report()
    known = headers_of(mapping)
    sheets: list[Sheet] = []
    # Where a row is said twice the last one holds, so files are read by name, however they were listed.
    for position, path in enumerate(sorted(files, key=lambda path: (path.name, str(path)))):
        if progress:
            progress(f"Reading {path.name} ({told})", position, len(files))
        sheets += open_sheets(path, mapping, known, report)
    result = _understand(sheets, mapping, period, report)
    if progress:
        progress(f"Read {told}", len(files), len(files))
    return result


def _understand(sheets: list[Sheet], mapping: Format, claimed: Quarter | None, report: Report) -> IntakeResult:
    _say_absent_tables(sheets, mapping, report)
    used = [sheet for sheet in sheets if sheet.table.rows or (mapping.period and mapping.period.table == sheet.table_id)]
    typed = [type_sheet(sheet, mapping) for sheet in used]
    straight = [one for one in typed if not is_shifted(one, mapping, report)]
    period = settle_period(straight, mapping, claimed, report)
    for one in straight:
        say_what_was_read(one, mapping, period, covered_from(period, mapping), report)
        say_implausible_dates(one, period, report)
    rows_read = sum(sheet.rows_there for sheet in sheets if not _is_header(sheet, mapping))
    _say_unused(sheets, mapping, report)
    if report.refused:
        _say_not_looked_into(sheets, report)
        looked_at = _look_further(straight, mapping, period, report)
        return IntakeResult(period, {}, report.in_order(), tuple(report.not_checked), looked_at, rows_read=rows_read)
    tables = _tables(straight, mapping, period, report)
    _check_rows(tables, mapping, period, report)
    made = assemble(tables, mapping, period, report)
    useful = sum(one.sheet.rows_there for one in straight if one.sheet.table.rows)
    if useful and not made.rows_kept:
        report.add("SL-INT-017", Place(), rows=useful, rows_there=useful)
        return IntakeResult(period, {}, report.in_order(), tuple(report.not_checked), rows_read=rows_read)
    return _result(made, tables, mapping, period, report=report, rows_read=rows_read)


def _tables(typed: list[TypedSheet], mapping: Format, period: Quarter, report: Report) -> dict[str, Combined]:
    """The rows of each table, with what other tables and its own columns tell."""
    tables = combine(typed, mapping, report)
    for combined in tables.values():
        derive_columns(combined, period, report)
    return tables


def _check_rows(tables: dict[str, Combined], mapping: Format, period: Quarter, report: Report) -> None:
    for combined in tables.values():
        run_checks(combined, period, report)
    run_cross_checks(tables, mapping, period, report)


_ONLY_OF_WHAT_IS_KEPT = frozenset({"SL-INT-045", "SL-INT-046"})


def _look_further(straight: list[TypedSheet], mapping: Format, period: Quarter, report: Report) -> tuple[MappedField, ...]:
    """What else there is to mend in a return that is refused already: a submitter is told everything at once, not one cause at a time.

    Only sheets whose columns are all there and in place are looked at; the others were not checked, and that is said. Returns the columns
    that were looked at.
    """
    refused = {(finding.place.file, finding.place.sheet) for finding in report.findings if finding.code in _SHEET_UNUSABLE}
    usable = [typed for typed in straight if (typed.sheet.file, typed.sheet.sheet) not in refused]
    tables = _tables(usable, mapping, period, report)
    _check_rows(tables, mapping, period, report)
    further = Report()
    made = assemble(tables, mapping, period, further)
    for name, frames in made.frames.items():
        if name != IDENTITY_RECORD.name:
            fold_duplicates(pl.concat(frames, how="vertical"), entity_named(name), further, _places(tables))
    report.take(further, without=_ONLY_OF_WHAT_IS_KEPT)
    return mapped_fields(tables, mapping)


_SHEET_UNUSABLE = frozenset({"SL-INT-011", "SL-INT-012"})


def _say_not_looked_into(sheets: list[Sheet], report: Report) -> None:
    """Sheets whose cells cannot be trusted to stand under their headers."""
    for finding in [finding for finding in report.findings if finding.code in _SHEET_UNUSABLE]:
        for sheet in sheets:
            if (sheet.file, sheet.sheet) == (finding.place.file, finding.place.sheet):
                title = sheet.table.title or sheet.table_id
                why = "its cells stand beside their headers" if finding.code == "SL-INT-012" else "a column is missing that every row needs"
                report.not_checked.append(NotChecked(f"the rows of {title}", why))


def _places(tables: dict[str, Combined]) -> dict[str, Place]:
    """Where the rows of each source are told: at the column that says whose they are."""
    return {typed.sheet.source: typed.sheet.place(combined.table.person) for combined in tables.values() for typed in combined.sheets}


def _is_header(sheet: Sheet, mapping: Format) -> bool:
    return mapping.period is not None and mapping.period.table == sheet.table_id


def _say_absent_tables(sheets: list[Sheet], mapping: Format, report: Report) -> None:
    """A table that is not there was not checked; unchecked must never look like clean."""
    present = {sheet.table_id for sheet in sheets}
    if not present and not report.refused:
        titles = ", ".join(table.title or name for name, table in mapping.tables.items())
        report.add("SL-INT-008", Place(), format=mapping.title, tables=titles)
    for name, table in mapping.tables.items():
        if name in present:
            continue
        title = table.title or name
        if table.required and not report.refused:
            report.add("SL-INT-009", Place(), table=title, format=mapping.title)
        report.not_checked.append(NotChecked(title, _why_absent(table)))


def _why_absent(table: Table) -> str:
    years = f" (part of the return from {table.since:%d/%m/%Y})" if table.since else ""
    years += f" (part of the return until {table.until:%d/%m/%Y})" if table.until else ""
    return _not_found(table) + years


def _not_found(table: Table) -> str:
    wanted = [text for text in table.find.sheet or table.find.file or (table.find.path or "",) if text and pattern(text) is None]
    return f"nothing in the files is named {' or '.join(wanted)} or has its headers" if wanted else "nothing in the files has its headers"


def _say_unused(sheets: list[Sheet], mapping: Format, report: Report) -> None:
    for sheet in sheets:
        if sheet.frame.height and not sheet.table.rows and not _is_header(sheet, mapping):
            title = sheet.table.title or sheet.table_id
            report.add("SL-INT-043", sheet.place(), rows=sheet.frame.height, table=title, why=sheet.table.unused)


def _result(made: Made, tables: dict[str, Combined], mapping: Format, period: Quarter, *, report: Report, rows_read: int) -> IntakeResult:
    arrow: dict[str, pa.Table] = {}
    for name, frames in made.frames.items():
        if name == IDENTITY_RECORD.name:
            frame = gather_identities(frames, period.start)
        else:
            frame = fold_duplicates(pl.concat(frames, how="vertical"), entity_named(name), report, _places(tables))
        arrow[name] = _to_arrow(frame, name)
    return IntakeResult(
        period=period,
        tables=arrow,
        findings=report.in_order(),
        not_checked=tuple(report.not_checked),
        mapped=mapped_fields(tables, mapping),
        rows_read=rows_read,
        rows_kept=made.rows_kept,
    )


def _to_arrow(frame: pl.DataFrame, entity_name: str) -> pa.Table:
    """An Arrow table in the entity's own types."""
    types = {column.name: column.type for column in own_columns(entity_named(entity_name))}
    lineage = {"local_id": pa.string(), "source_file": pa.string(), "source_row": pa.int64(), "retracted": pa.bool_()}
    schema = pa.schema([(name, {**types, **lineage}[name]) for name in frame.columns])
    return frame.to_arrow().cast(schema)


SETS_ASIDE = frozenset(code for code, cause in CAUSES.items() if cause.sets_aside)
"""Findings whose rows are not kept: together they account for every row read and not kept."""
