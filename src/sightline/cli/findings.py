"""How `check` and `submit` show findings: what, where, how many rows, how to act."""

from __future__ import annotations

from collections.abc import Sequence

from sightline.cli.output import Output
from sightline.model.findings import Finding, NotChecked, Severity

_ORDER = list(Severity)


def show_findings(output: Output, findings: Sequence[Finding], not_checked: Sequence[NotChecked] = ()) -> None:
    """Errors first; each with the rows it concerns and how to put it right."""
    for finding in sorted(findings, key=lambda f: _ORDER.index(f.severity)):
        rows = f", {finding.rows:,} row{'s' if finding.rows != 1 else ''}" if finding.rows else ""
        examples = f" (for example row {', '.join(map(str, finding.examples))})" if finding.examples else ""
        output.say(f"{str(finding.severity).upper():5} {finding.code} {finding.place}{rows}{examples}: {finding.text} {finding.hint}")
    for absent in not_checked:
        output.say(f"NOT CHECKED {absent.what}: {absent.reason}")
