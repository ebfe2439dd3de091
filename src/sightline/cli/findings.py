"""How `check` and `submit` show findings: what asks for most first, each with where, how many rows, what stands there and how to act."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size

from sightline.cli.output import Output
from sightline.model.findings import Finding, NotChecked
from sightline.publish.findings_report import FindingsReport, facts, findings_report

_NARROWEST, _WIDEST, _PIPED = 40, 110, 110
_INDENT = " " * 15


def show_findings(output: Output, findings: Sequence[Finding], not_checked: Sequence[NotChecked] = ()) -> None:
    """Group by what each asks for; wrap to the window; nothing is cut."""
    report = findings_report(
        title="",
        subtitle="",
        format="",
        period="",
        rows_read=0,
        rows_kept=0,
        findings=findings,
        not_checked=not_checked,
        mapped=(),
    )
    for line in lines_of(report, _width()):
        output.say(line)


def lines_of(report: FindingsReport, width: int) -> list[str]:
    """The report as lines no longer than ``width``, where no single word is longer."""
    lines: list[str] = []
    for severity, found in report.groups:
        lines += ["", f"{severity.value.upper()} ({len(found)})"]
        for finding in found:
            lines += _wrapped(f"{finding.code}  {finding.text}", width, first="  ", rest="    ")
            for name, value in facts(finding):
                if name != "Rule" or finding.rule:
                    lines += _wrapped(value, width, first=f"    {name}:".ljust(len(_INDENT) + 4), rest=_INDENT + "    ")
    if report.not_checked:
        lines += ["", f"NOT CHECKED ({len(report.not_checked)})"]
        for absent in report.not_checked:
            lines += _wrapped(f"{absent.what}: {absent.reason}", width, first="  ", rest="    ")
    return [*lines, ""] if lines else []


def _wrapped(text: str, width: int, *, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False) or [
        first.rstrip()
    ]


def _width() -> int:
    """The window's width within reason; a pipe has none of its own."""
    return max(_NARROWEST, min(get_terminal_size().columns, _WIDEST)) if sys.stdout.isatty() else _PIPED


def names_in_words(files: Sequence[Path]) -> str:
    """The names of a few files; of many, how many there are besides."""
    shown = ", ".join(path.name for path in files[:3])
    return shown + (f" and {len(files) - 3} more" if len(files) > 3 else "")
