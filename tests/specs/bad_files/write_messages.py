"""Write what is said about each bad file into its case, and the page that shows them all. Then read what was written as its reader would.

python -m tests.specs.bad_files.write_messages            # every connector
python -m tests.specs.bad_files.write_messages annex_a    # these only
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from tests.specs.bad_files.cases import HERE, Case, connectors, load_cases, run

from sightline.definitions.formats import format_ids, load_format

PAGE = HERE.parents[2] / "docs" / "reference" / "bad-files.md"
_CASE = re.compile(r"(?m)^(?=- )")
_FINDINGS = re.compile(r"(?m)^  findings:.*\Z", re.DOTALL)
MOST_LINES = 14
_LONGEST_LINE = 150


def run_in_a_folder(case: Case) -> list[dict[str, Any]]:
    """What is said about a case, its files written to a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return run(case, Path(folder))


def write_messages(connector: str) -> None:
    """Put the messages as they are now at the end of each case of one connector."""
    path = HERE / f"{connector}.yml"
    begin, *texts = _CASE.split(path.read_text(encoding="utf-8"))
    cases = load_cases(connector)
    if len(cases) != len(texts):
        raise SystemExit(f"{path.name}: every case begins with “- ” at the beginning of a line, and nothing else does.")
    written = [_with_findings(text, run_in_a_folder(case)) for text, case in zip(texts, cases, strict=True)]
    path.write_text(begin + "".join(written), encoding="utf-8")


def _with_findings(text: str, findings: list[dict[str, Any]]) -> str:
    above = _FINDINGS.sub("", text).rstrip("\n")
    if not findings:
        return above + "\n  findings: []\n\n"
    dumped = yaml.safe_dump(findings, allow_unicode=True, sort_keys=False, width=_LONGEST_LINE)
    return above + "\n  findings:\n" + "".join(f"    {line}\n" for line in dumped.splitlines()) + "\n"


def page() -> str:
    """The page of all bad files, from what the cases hold."""
    parts = [
        "# Bad files and what is said about them",
        "",
        "Written by `python -m tests.specs.bad_files.write_messages`; a test reads every file again and compares each word. All values are",
        "invented. What the severities mean, and every other message there is: [findings](findings.md).",
        "",
    ]
    for connector in connectors():
        title = load_format(connector).title if connector in format_ids() else connector.replace("_", " ")
        parts += [f"## {title}", ""]
        for case in load_cases(connector):
            parts += _section(case)
    return "\n".join(parts).rstrip("\n") + "\n"


def _section(case: Case) -> list[str]:
    parts = [f"### {case.what.rstrip('.')}", ""]
    for name, content in case.files.items():
        parts += [f"`{name}`" + (f", submitted for {case.period}" if case.period else ""), "", "```text", *_drawn(content), "```", ""]
    if not case.findings:
        parts += ["Nothing is said.", ""]
    for finding in case.findings:
        parts += _said(finding)
    return parts


def _drawn(content: Any) -> list[str]:
    """A file as a reader of the page sees it."""
    if isinstance(content, str):
        lines = content.splitlines()
    elif "hex" in content:
        lines = [f"bytes {content['hex'][:100]}"]
    else:
        lines = []
        for sheet, rows in content["workbook"].items():
            lines += [f"[sheet {sheet}]", *(" | ".join(cell or "" for cell in row) for row in rows)]
    shown = [line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…" for line in lines[:MOST_LINES]]
    return shown + ([f"… and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else [])


def _said(finding: dict[str, Any]) -> list[str]:
    where = finding.get("where") or "the files together"
    rows = f", {finding['rows']} row{'s' if finding['rows'] != '1' else ''}" if "rows" in finding else ""
    lines = [f"- **{finding.get('severity', 'refused')}** `{finding['code']}` {where}{rows}: {finding['text']} *{finding['hint']}*"]
    if finding.get("also"):
        lines.append(f"  The same in {'; '.join(finding['also'])}.")
    if finding.get("values"):
        lines.append(f"  There stands: {', '.join(f'`{value}`' for value in finding['values'])}.")
    if finding.get("fix"):
        lines.append(f"  Suggested: {finding['fix']}")
    return [*lines, ""]


def main() -> None:
    """Write the cases asked for (or all) and the page."""
    for connector in sys.argv[1:] or connectors():
        write_messages(connector)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
