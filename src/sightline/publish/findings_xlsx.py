"""Findings as a workbook: a sheet of causes to work through, one of places, one of what was not checked. No text becomes a formula."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import xlsxwriter

from sightline.errors import Place
from sightline.model.exported import harmless_text
from sightline.publish.findings_html import MASKED
from sightline.publish.findings_report import GROUPS, FindingsReport, blocks_in_words, times

_CAUSES = (
    ("No.", 6),
    ("Severity", 10),
    ("Finding", 60),
    ("File", 22),
    ("Sheet", 16),
    ("Column", 9),
    ("Header", 26),
    ("Rows", 8),
    ("First rows", 20),
    ("There stands", 30),
    ("Expected", 36),
    ("What to do", 46),
    ("Suggested", 46),
    ("Confidence", 11),
    ("Keeps back", 16),
    ("Rule", 14),
    ("Publisher's rule", 15),
    ("Further places", 14),
)
_PLACES = (("No.", 6), ("Finding", 60), ("File", 26), ("Sheet", 20), ("Column", 9), ("Header", 30), ("First row", 10))
_UNCHECKED = (("What was not checked", 70), ("Why", 80))
_LOOKED = (("File", 30), ("Sheet", 24), ("Columns understood", 20))
_WITHOUT_A_CLOCK = datetime(2000, 1, 1)
"""Written as the workbook's date, so that the same findings give the same bytes."""


def findings_xlsx(report: FindingsReport) -> bytes:
    """The report as an .xlsx file."""
    written = BytesIO()
    book = xlsxwriter.Workbook(
        written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": harmless_text(f"Findings: {report.title}"), "created": _WITHOUT_A_CLOCK})
    _Sheets(book).write(report)
    book.close()
    return written.getvalue()


class _Sheets:
    """The sheets of one workbook, and how their cells look."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.share = book.add_format({"num_format": "0%", "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 16})

    def write(self, report: FindingsReport) -> None:
        self._summary(report)
        causes = [
            (
                number,
                finding.severity.value,
                finding.text,
                *_where(finding.place),
                finding.rows or None,
                ", ".join(map(str, finding.examples)),
                "; ".join(finding.values),
                finding.expected,
                finding.hint,
                finding.fix.text if finding.fix else "",
                finding.fix.confidence if finding.fix else None,
                blocks_in_words(finding),
                finding.code,
                finding.rule,
                len(finding.also) or None,
            )
            for number, finding in enumerate(report.findings, 1)
        ]
        self._table("Findings", _CAUSES, causes)
        places = [
            (number, finding.text, *_where(place), place.row or place.line)
            for number, finding in enumerate(report.findings, 1)
            for place in (finding.place, *finding.also)
        ]
        self._table("Places", _PLACES, places)
        self._table("Not checked", _UNCHECKED, [(one.what, one.reason) for one in report.not_checked])
        self._table("Looked at", _LOOKED, [(one.file, one.sheet, one.columns) for one in report.looked])

    def _summary(self, report: FindingsReport) -> None:
        sheet = self.book.add_worksheet("Summary")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 34, self.text)
        sheet.set_column(1, 1, 80, self.text)
        sheet.write_string(0, 0, harmless_text(report.title), self.title)
        lines = [
            ("Of", report.subtitle),
            ("Period", report.period),
            ("Read as", report.format),
            ("In one sentence", report.verdict),
            ("Rows", f"{times(report.rows_read, 'row')} read, {report.rows_kept:,} kept"),
            *((GROUPS[severity][0], times(len(found), "cause")) for severity, found in report.groups),
            ("Not checked", times(len(report.not_checked), "check")),
            ("What is shown", MASKED),
        ]
        for number, (name, value) in enumerate(lines, 2):
            sheet.write_string(number, 0, harmless_text(name), self.text)
            sheet.write_string(number, 1, harmless_text(value), self.text)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def _table(self, name: str, columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[str | int | float | None]]) -> None:
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for position, (header, width) in enumerate(columns):
            sheet.set_column(position, position, width)
            sheet.write_string(0, position, header, self.head)
        for number, row in enumerate(rows, 1):
            for position, value in enumerate(row):
                if isinstance(value, float):
                    sheet.write_number(number, position, value, self.share)
                elif isinstance(value, int):
                    sheet.write_number(number, position, value, self.text)
                elif value:
                    sheet.write_string(number, position, harmless_text(value), self.text)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)


def _where(place: Place) -> tuple[str, str, str, str]:
    return place.file or "", place.sheet or "", place.letter or "", place.column or ""
