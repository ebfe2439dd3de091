"""Findings as one HTML file that needs nothing else: no script, no request, readable on a phone, with a layout for paper."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from sightline.model.findings import Finding
from sightline.publish.findings_report import GROUPS, FindingsReport, facts, times
from sightline.publish.svg import element, plain

_STYLE = """
.verdict { font-size: 1.25rem; border-left: 6px solid var(--main); background: var(--soft); padding: 0.75rem 1rem; max-width: none; }
.finding { border-top: 1px solid var(--line); padding: 1rem 0 0.25rem; }
.finding h3 { margin-top: 0; overflow-wrap: anywhere; }
.asks { color: var(--quiet); }
dl { margin: 0 0 1rem; display: grid; grid-template-columns: 9rem 1fr; gap: 0.3rem 1rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
td, th { overflow-wrap: anywhere; }
nav ol { columns: auto; }
@media (max-width: 40rem) {
  h1 { font-size: 1.6rem; } dl { display: block; } dd { margin-bottom: 0.5rem; } .scroll td, .scroll th { min-width: 7rem; }
}
@media print {
  .finding { break-inside: avoid; } nav { display: none; } .verdict { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"""


def findings_html(report: FindingsReport) -> bytes:
    """The report as one file."""
    style = files("sightline.publish").joinpath("document.css").read_text(encoding="utf-8") + _STYLE
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{plain(f'Findings: {report.title}')}</title><style>{style}</style>"
    )
    contents = [
        element("li", element("a", plain(_heading(severity.value, len(found))), href=f"#{severity}")) for severity, found in report.groups
    ]
    contents += [element("li", element("a", plain(title), href=f"#{id}")) for id, title in (_NOT_CHECKED, _LOOKED)]
    page = (
        '<a class="skip" href="#main">Skip to main content</a>'
        f'<header><p class="subtitle">{plain(report.subtitle)}</p><h1>{plain(report.title)}</h1></header>'
        f'<main id="main"><p class="verdict">{plain(report.verdict)}</p>{_counts(report)}'
        f'<nav aria-label="Contents"><h2>Contents</h2><ol>{"".join(contents)}</ol></nav>'
        f"{_groups(report)}{_not_checked(report)}{_looked(report)}</main>"
        f"<footer><p>{plain(MASKED)}</p></footer>"
    )
    return f'<!DOCTYPE html>\n<html lang="en-GB"><head>{head}</head><body>{page}</body></html>\n'.encode()


MASKED = (
    "Made by Sightline. Codes are quoted; every other cell is shown only as its shape (99/99/9999 for a date, Aaa… for a word), so that "
    "this report can be passed on. To see the cells, open the file itself at the rows named."
)
_NOT_CHECKED, _LOOKED = ("not-checked", "Not checked"), ("looked-at", "What was looked at")


def _heading(severity: str, found: int) -> str:
    title = next(words for one, (words, _) in GROUPS.items() if one.value == severity)
    return f"{title} ({found})"


def _counts(report: FindingsReport) -> str:
    return element(
        "p",
        plain(
            f"{report.format}, {report.period}. {times(report.rows_read, 'row')} read, {report.rows_kept:,} kept; "
            f"{times(len(report.findings), 'cause')} found, {times(len(report.not_checked), 'check')} not made."
        ),
    )


def _groups(report: FindingsReport) -> str:
    parts = []
    for severity, findings in report.groups:
        heading = f'<h2 id="{severity}">{plain(_heading(severity.value, len(findings)))}</h2>'
        parts.append(element("section", heading, element("p", plain(GROUPS[severity][1]), class_="asks"), *map(_finding, findings)))
    return "".join(parts)


def _finding(finding: Finding) -> str:
    listed = "".join(f"<dt>{plain(name)}</dt><dd>{plain(value)}</dd>" for name, value in facts(finding))
    return f'<article class="finding"><h3>{plain(finding.text)}</h3><dl>{listed}</dl></article>'


def _not_checked(report: FindingsReport) -> str:
    id, title = _NOT_CHECKED
    if not report.not_checked:
        body = "<p>Every check that this format has was made.</p>"
    else:
        rows = [(one.what, one.reason) for one in report.not_checked]
        body = "<p>Nothing is known about these; that nothing was found in them does not mean that nothing is there.</p>"
        body += _table("What was not checked, and why", ("What", "Why"), rows)
    return f'<section><h2 id="{id}">{title}</h2>{body}</section>'


def _looked(report: FindingsReport) -> str:
    id, title = _LOOKED
    rows = [(one.file, one.sheet or "-", f"{one.columns:,}") for one in report.looked]
    body = _table("Tables read", ("File", "Sheet", "Columns understood"), rows) if rows else "<p>No table came into the common model.</p>"
    made = [(name.replace("_", " "), f"{count:,}") for name, count in report.rows.items()]
    body += _table("Rows of the common model", ("Of", "Rows"), made) if made else ""
    return f'<section><h2 id="{id}">{title}</h2>{body}</section>'


def _table(caption: str, headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{plain(header)}</th>' for header in headers)
    body = "".join(
        "<tr>"
        + "".join(f'<th scope="row">{plain(cell)}</th>' if not at else f"<td>{plain(cell)}</td>" for at, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{plain(caption)}"><table><caption>{plain(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
