"""Several years of the return of care, checked together before any is sent: each read with its own year's lists, then merged."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from os.path import commonpath
from pathlib import Path

import polars as pl
import pyarrow as pa

from sightline.definitions.formats import Format
from sightline.errors import InputRefused, Place
from sightline.intake import IntakeResult
from sightline.intake.care_history import ENTITY, YearOfCare, history_findings, merge_years
from sightline.model.findings import Finding, NotChecked, Severity

WHAT = "episodes open at the end of a year, in the return of the year after"
WHO = "identity_id"
_HEADER = "DEC"
_YEAR_IN_NAME = re.compile(r"(?<!\d)(20\d\d)(?:[-_/ ]?\d\d(?:\d\d)?)?(?!\d)")
_WHOLE_YEAR = 12


def split_years(paths: Sequence[Path], reader: Format) -> dict[str, list[Path]]:
    """The files of each year, by what tells the years apart; everything under an empty name where it is one return.

    Years stand in folders that hold files of the same names, or the name of every file gives its year.

    Args:
        paths: The files meant.
        reader: What reads them.
    """
    is_care = any(rule.entity == ENTITY for table in reader.tables.values() for rule in table.rows)
    if not is_care or reader.covers_months < _WHOLE_YEAR:
        return {"": list(paths)}
    names = [path.name.lower() for path in paths]
    if len(set(names)) < len(names):
        return _by_folder(paths)
    by_year: dict[str, list[Path]] = defaultdict(list)
    without_year = []
    for path in paths:
        found = _YEAR_IN_NAME.search(path.stem)
        if found is None:
            return {"": list(paths)}
        by_year[found[1]].append(path)
        without_year.append(path.stem.replace(found[0], "").lower())
    # Names that only bear the day of the export do not repeat themselves but for the year.
    return dict(by_year) if len(set(without_year)) < len(without_year) else {"": list(paths)}


def _by_folder(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Files by their folder, named as far as folders differ."""
    found: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        found[path.resolve().parent].append(path)
    common = commonpath(found)
    return {folder.relative_to(common).as_posix(): own for folder, own in found.items()}


def as_one(years: Mapping[str, IntakeResult]) -> IntakeResult:
    """What was read of several years as one result: equal findings told once, and what the years make of each other.

    Args:
        years: What was read of each year, by what tells it from the others.

    Raises:
        InputRefused: If two of them are for the same year: which of them holds, only whoever made them can say.
    """
    ordered = sorted(years.items(), key=lambda year: year[1].period)
    for (name, result), (other, following) in pairwise(ordered):
        if result.period == following.period:
            raise InputRefused(
                f'"{name}" and "{other}" both seem to be for the year to {result.period.title.split(" to ")[-1]}.',
                hint="Check one return for each year; where one was sent again, the newer alone.",
            )
    findings, unchecked = _together(ordered)
    told = [*_labelled(ordered), *findings]
    order = list(Severity)
    results = [result for _, result in ordered]
    return IntakeResult(
        period=results[-1].period,
        tables=_rows(results),
        findings=tuple(sorted(_equal_once(told), key=lambda finding: order.index(finding.severity))),
        not_checked=tuple(dict.fromkeys([*(one for result in results for one in result.not_checked), *unchecked])),
        mapped=tuple(dict.fromkeys(field for result in results for field in result.mapped)),
        rows_read=sum(result.rows_read for result in results),
        rows_kept=sum(result.rows_kept for result in results),
    )


def _together(ordered: Sequence[tuple[str, IntakeResult]]) -> tuple[tuple[Finding, ...], tuple[NotChecked, ...]]:
    if any(ENTITY not in result.tables for _, result in ordered):
        return (), (NotChecked(WHAT, "the episodes of one of the years could not be read"),)
    years = [
        year_of_care(result.period.plus(-3).start, result.period.end, result.tables[ENTITY], label=_label(name, ordered))
        for name, result in ordered
    ]
    return history_findings(merge_years(years, "local_id"), years, end_header(ordered[-1][1])), ()


def _label(name: str, ordered: Sequence[tuple[str, IntakeResult]]) -> str:
    """What stands before a file's name; nothing where names tell files apart already."""
    files = [field for _, result in ordered for field in {one.file for one in result.mapped}]
    return name if len(set(files)) < len(files) else ""


def _labelled(ordered: Sequence[tuple[str, IntakeResult]]) -> Iterable[Finding]:
    for name, result in ordered:
        label = _label(name, ordered)
        for finding in result.findings:
            yield replace(finding, place=_under(label, finding.place), also=tuple(_under(label, place) for place in finding.also))


def _under(label: str, place: Place) -> Place:
    return replace(place, file=f"{label}/{place.file}") if label and place.file else place


def _equal_once(findings: Iterable[Finding]) -> list[Finding]:
    """A cause that stands in several years with the same words is one finding, its rows added up."""
    once: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.text, finding.expected)
        first = once.get(key)
        if first is None:
            once[key] = finding
            continue
        values = tuple(dict.fromkeys((*first.values, *finding.values)))[: max(len(first.values), len(finding.values))]
        also = (*first.also, finding.place, *finding.also)
        once[key] = replace(first, rows=first.rows + finding.rows, also=also, values=values)
    return list(once.values())


def _rows(results: Sequence[IntakeResult]) -> dict[str, pa.Table]:
    names = dict.fromkeys(name for result in results for name in result.tables)
    return {name: pa.concat_tables([result.tables[name] for result in results if name in result.tables]) for name in names}


def end_header(result: IntakeResult) -> str:
    """The column of the files that gives an episode's end."""
    found = (field.column for field in result.mapped if (field.entity, field.field) == (ENTITY, "ended_on"))
    return next(found, _HEADER)


def year_of_care(first: date, last: date, table: pa.Table, label: str = "") -> YearOfCare:
    """The episodes of one return, as they are merged."""
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a table was expected")
    names = ["started_on", "reason", "ended_on", "ended_on_precision", "end_reason", "source_file", "source_row"]
    who = WHO if WHO in frame.columns else "local_id"
    taken_back = pl.col("retracted") if "retracted" in frame.columns else pl.lit(value=False).alias("retracted")
    return YearOfCare(first, last, frame.select(who, *names, taken_back), label)
