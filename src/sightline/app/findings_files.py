"""Findings written to a file that can be passed on: HTML, workbook or JSON, all from one report."""

from __future__ import annotations

import json
from pathlib import Path

from sightline.app.check_extract import CheckedExtract
from sightline.app.receipts import Receipt, ReturnRefused
from sightline.errors import EnvironmentProblem, InputRefused, Place
from sightline.publish.findings_html import findings_html
from sightline.publish.findings_report import FindingsReport, as_json, findings_report
from sightline.publish.findings_xlsx import findings_xlsx

CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
"""The kinds a report can be written as."""


def findings_file(report: FindingsReport, kind: str) -> bytes:
    """The report in one of the kinds of ``CONTENT_TYPES``."""
    match kind:
        case "html":
            return findings_html(report)
        case "xlsx":
            return findings_xlsx(report)
        case _:
            return (json.dumps(as_json(report), ensure_ascii=False, indent=1) + "\n").encode()


def kind_of_report(path: Path) -> str:
    """What a report is written as, by the name of its file.

    Raises:
        InputRefused: If the name ends in none of the kinds.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in CONTENT_TYPES:
        raise InputRefused(
            f'A report cannot be written as "{path.name}".', hint=f"End its name in {', '.join('.' + one for one in CONTENT_TYPES)}."
        )
    return kind


def write_findings(report: FindingsReport, path: Path) -> None:
    """Write the report to a file.

    Raises:
        InputRefused: If the file's name does not say what kind it is.
        EnvironmentProblem: If it cannot be written.
    """
    content = findings_file(report, kind_of_report(path))
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise EnvironmentProblem(f"The report cannot be written: {problem.strerror}.", place=Place(file=str(path))) from problem


def report_of_check(checked: CheckedExtract, *, files: str) -> FindingsReport:
    """What `check` found; ``files`` are the names of the files in words."""
    return findings_report(
        title=f"Findings: {checked.format}",
        subtitle=files,
        format=checked.format,
        period=checked.period.title,
        rows_read=checked.rows_read,
        rows_kept=checked.rows_kept,
        findings=checked.findings,
        not_checked=checked.not_checked,
        mapped=checked.mapped,
        rows=checked.rows,
    )


def report_of_receipt(receipt: Receipt, *, agency: str, dataset: str, period: str) -> FindingsReport:
    """What was found in a return that is kept.

    Args:
        receipt: Its receipt.
        agency: The agency's name.
        dataset: The dataset's title.
        period: Its period in words.
    """
    received = receipt.received_at
    return findings_report(
        title=f"Findings: {dataset}",
        subtitle=f"{agency}, version {receipt.version}, received {received.day} {received:%B %Y}",
        format=receipt.mapping_version,
        period=period,
        rows_read=receipt.rows_read,
        rows_kept=receipt.rows_kept,
        findings=receipt.findings,
        not_checked=receipt.not_checked,
        mapped=receipt.mapped,
    )


def report_of_refusal(refused: ReturnRefused, *, agency: str, dataset: str, period: str) -> FindingsReport:
    """What was found in a return that was refused."""
    return findings_report(
        title=f"Findings: {dataset}",
        subtitle=f"{agency}, not accepted",
        format=dataset,
        period=period,
        rows_read=0,
        rows_kept=0,
        findings=refused.findings,
        not_checked=refused.not_checked,
        mapped=(),
    )
