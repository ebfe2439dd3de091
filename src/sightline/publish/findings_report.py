"""Findings of one return as every copy of them is made from: page, HTML, workbook and JSON say the same because they are one model.

It holds what may be shared: rows, columns and codes, never a raw cell. Who wants to see the cells opens the file itself at the rows named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sightline.errors import Place
from sightline.model.findings import BLOCK_WORDS, Finding, MappedField, NotChecked, Severity, to_json

JSON_VERSION = 1

GROUPS: dict[Severity, tuple[str, str]] = {
    Severity.BLOCK: ("Mend before anything else", "The return is refused while one of these holds."),
    Severity.ERROR: ("Certainly wrong", "These cells or rows are not used. Everything else is."),
    Severity.QUERY: ("Please look", "These may be right. Correct them at the source, or confirm that they are."),
    Severity.NOTE: ("For information", "How something was understood. Nothing has to be done."),
}
"""For each severity, its heading and what it asks for."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One table that was read: where it stands and how many of its columns were understood."""

    file: str
    sheet: str
    columns: int


@dataclass(frozen=True, slots=True)
class FindingsReport:
    """What was found in one return, what was looked at, and what was not."""

    title: str
    subtitle: str
    format: str
    period: str
    refused: bool
    rows_read: int
    rows_kept: int
    rows: dict[str, int]
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    looked: tuple[Looked, ...]

    @property
    def groups(self) -> tuple[tuple[Severity, tuple[Finding, ...]], ...]:
        """Findings by what they ask for; groups that hold nothing are left out."""
        found = ((severity, tuple(one for one in self.findings if one.severity is severity)) for severity in GROUPS)
        return tuple((severity, findings) for severity, findings in found if findings)

    @property
    def verdict(self) -> str:
        """The whole in one sentence."""
        count = {severity: len(findings) for severity, findings in self.groups}
        blocks, errors, queries = (count.get(one, 0) for one in (Severity.BLOCK, Severity.ERROR, Severity.QUERY))
        if self.refused:
            return f"This return is refused: {times(blocks, 'cause')} must be mended first."
        if errors or queries:
            left = f"{times(errors, 'cause')} left cells or rows unused" if errors else ""
            asked = f"{times(queries, 'cause')} to look at" if queries else ""
            return f"This return can be used: {' and '.join(part for part in (left, asked) if part)}."
        return "Nothing was found that asks for anything." + (" Some things could not be checked." if self.not_checked else "")


def findings_report(
    *,
    title: str,
    subtitle: str,
    format: str,
    period: str,
    rows_read: int,
    rows_kept: int,
    findings: Sequence[Finding],
    not_checked: Sequence[NotChecked],
    mapped: Sequence[MappedField],
    rows: dict[str, int] | None = None,
) -> FindingsReport:
    """Put together what every copy is made from.

    Args:
        title: What it is about, for example "Annex A".
        subtitle: Whose return and when it was read.
        format: The format or mapping it was read with.
        period: Its period in words.
        rows_read: Rows in the files.
        rows_kept: Rows that came into the common model.
        findings: What was found.
        not_checked: What could not be looked at, and why.
        mapped: The columns that were understood.
        rows: Rows of the common model by entity.
    """
    columns: dict[tuple[str, str], set[str]] = {}
    for one in mapped:
        columns.setdefault((one.file, one.sheet or ""), set()).add(one.column)
    order = list(Severity)
    return FindingsReport(
        title=title,
        subtitle=subtitle,
        format=format,
        period=period,
        refused=any(finding.severity is Severity.BLOCK for finding in findings),
        rows_read=rows_read,
        rows_kept=rows_kept,
        rows=dict(rows or {}),
        findings=tuple(sorted(findings, key=lambda one: order.index(one.severity))),
        not_checked=tuple(not_checked),
        looked=tuple(Looked(file, sheet, len(found)) for (file, sheet), found in columns.items()),
    )


def as_json(report: FindingsReport) -> dict[str, Any]:
    """The report as a program reads it; `docs/reference/findings.md` describes each part."""
    return {
        "kind": "sightline findings",
        "version": JSON_VERSION,
        "title": report.title,
        "subtitle": report.subtitle,
        "format": report.format,
        "period": report.period,
        "refused": report.refused,
        "rows_read": report.rows_read,
        "rows_kept": report.rows_kept,
        "rows": report.rows,
        "findings": [to_json(finding) | {"where": str(finding.place)} for finding in report.findings],
        "not_checked": [asdict(one) for one in report.not_checked],
        "looked_at": [asdict(one) for one in report.looked],
    }


def times(number: int, word: str) -> str:
    """A number with its word.

    >>> times(1, "row"), times(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def place_in_words(place: Place, *, beside: Place | None = None) -> str:
    """Where, as a person finds it: file, sheet, column letter and header.

    >>> place_in_words(Place(file="a.xlsx", sheet="List 1", column="Gender", letter="B"))
    'a.xlsx, sheet List 1, column B “Gender”'

    Args:
        place: The place.
        beside: A place named before it; its file is not said again.
    """
    parts = [] if beside and beside.file == place.file and (place.sheet or place.column) else [place.file or "the files together"]
    parts += [f"sheet {place.sheet}"] if place.sheet else []
    if place.column:
        parts.append(f"column {place.letter + ' ' if place.letter else ''}“{place.column}”")
    parts += [f"line {place.line}"] if place.line else []
    parts += [f"first in row {place.row}"] if place.row else []
    return ", ".join(parts)


def rows_in_words(finding: Finding) -> str:
    """How many rows and the first of them; empty where it concerns the file itself.

    >>> rows_in_words(Finding("A", Severity.NOTE, "", "", Place(), rows=7, examples=(2, 3, 4, 5, 9)))
    '7 rows: 2, 3, 4, 5, 9 and 2 more'
    """
    if not finding.rows:
        return ""
    listed = ", ".join(str(number) for number in finding.examples)
    more = finding.rows - len(finding.examples)
    here = " (in the first place)" if finding.also and finding.examples else ""
    return times(finding.rows, "row") + (f": {listed}{here}{f' and {more:,} more' if more > 0 else ''}" if listed else "")


def fix_in_words(finding: Finding) -> str:
    """The suggestion, with how sure it is."""
    if finding.fix is None:
        return ""
    sure = f" (confidence {finding.fix.confidence:.0%})" if finding.fix.confidence is not None else ""
    return finding.fix.text + sure


def blocks_in_words(finding: Finding) -> str:
    """What it keeps from happening."""
    return ", ".join(BLOCK_WORDS[what] for what in finding.blocks) or "nothing"


def facts(finding: Finding) -> list[tuple[str, str]]:
    """What is told of a finding besides its text, in the order a person needs it; empty parts are left out."""
    also = "; ".join(place_in_words(place, beside=finding.place) for place in finding.also)
    told = [
        ("Where", place_in_words(finding.place)),
        ("Also in", also),
        ("Rows", rows_in_words(finding)),
        ("There stands", "; ".join(finding.values)),
        ("Expected", finding.expected),
        ("What to do", finding.hint),
        ("Suggested", fix_in_words(finding)),
        ("Keeps back", blocks_in_words(finding)),
        ("Rule", f"{finding.code}{f', {finding.rule} of the publisher' if finding.rule else ''}"),
    ]
    return [(name, value) for name, value in told if value]
