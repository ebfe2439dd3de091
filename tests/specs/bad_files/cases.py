"""Read the cases of bad files, write each file, read it as `submit` would, and say what a person is told.

A file `<format id>.yml` beside this module is a list of cases. `findings` is the last key of each and is written by
`python -m tests.specs.bad_files.write_messages`; everything above it is written by a person:

    - id: a_word_in_the_date_column
      what: Somebody typed "not known" where a date belongs.
      period: 2026-Q1          # left out: taken from the files
      format: annex_a          # left out: the name of this file; "recognise": left to Sightline
      mapping: saltmere/police # in place of a format: a mapping of an invented partnership, or a whole mapping as text
      files:
        list_3.csv: |          # text, …
          Child Unique ID,…
        other.csv: {hex: 00ff} # … bytes, …
        book.xlsx: {workbook: {Sheet name: [[header, header], [cell, cell]]}}   # … or a workbook
      findings: […]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from sightline.definitions.formats import FORMATS, Format, load_format, load_mapping
from sightline.definitions.yaml import read_yaml
from sightline.errors import Problem, SightlineError
from sightline.intake import read_return, recognise
from sightline.model.findings import Finding
from sightline.model.periods import Quarter

HERE = Path(__file__).parent
PARTNERSHIPS = FORMATS.parent / "partnerships"


@dataclass(frozen=True)
class Case:
    """One bad file (or set of files) and what is said about it."""

    connector: str
    id: str
    what: str
    reader: str
    mapping: str
    period: str
    files: dict[str, Any]
    findings: list[dict[str, Any]]


def connectors() -> list[str]:
    """The connectors that have cases."""
    return sorted(path.stem for path in HERE.glob("*.yml"))


def load_cases(connector: str) -> list[Case]:
    """The cases of one connector."""
    problems: list[Problem] = []
    path = HERE / f"{connector}.yml"
    listed = read_yaml(path.read_text(encoding="utf-8"), file=path.name, problems=problems)
    if problems:
        raise ValueError("; ".join(map(str, problems)))
    return [
        Case(
            connector=connector,
            id=one["id"],
            what=one["what"],
            reader=one.get("format", connector),
            mapping=one.get("mapping", ""),
            period=one.get("period") or "",
            files=one["files"],
            findings=one.get("findings") or [],
        )
        for one in listed
    ]


def run(case: Case, folder: Path) -> list[dict[str, Any]]:
    """What a person is told about a case's files; texts as in the YAML, where every scalar is one."""
    paths = [write_file(folder / name, content) for name, content in case.files.items()]
    try:
        reader = _reader(case, paths, folder)
    except SightlineError as error:
        return [{"code": error.code, "text": error.message, "hint": error.hint}]
    period = Quarter.parse(case.period) if case.period else None
    result = read_return(paths, mapping=reader, period=period, agency="test", dataset=reader.id)
    return [told(finding) for finding in result.findings]


def _reader(case: Case, paths: list[Path], folder: Path) -> Format:
    if "\n" in case.mapping:
        written = folder / "the mapping.yml"
        written.write_text(case.mapping, encoding="utf-8")
        return load_mapping(written)
    if case.mapping:
        partnership, _, name = case.mapping.partition("/")
        return load_mapping(PARTNERSHIPS / partnership / "mappings" / f"{name}.yml")
    return load_format(recognise(paths) if case.reader == "recognise" else case.reader)


def write_file(path: Path, content: Any) -> Path:
    """Write one file of a case."""
    if isinstance(content, str):
        path.write_bytes(content.encode("utf-8"))
    elif "hex" in content:
        path.write_bytes(bytes.fromhex(content["hex"]))
    else:
        book = xlsxwriter.Workbook(str(path))
        for name, rows in content["workbook"].items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for position, cell in enumerate(row):
                    sheet.write_string(number, position, cell or "")
        book.close()
    return path


def told(finding: Finding) -> dict[str, Any]:
    """A finding as a case holds it."""
    parts = {
        "code": finding.code,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "where": str(finding.place),
        "also": [str(place) for place in finding.also],
        "rows": str(finding.rows) if finding.rows else "",
        "examples": [str(number) for number in finding.examples],
        "values": list(finding.values),
        "text": finding.text,
        "hint": finding.hint,
        "fix": finding.fix.text if finding.fix else "",
    }
    return {name: value for name, value in parts.items() if value}
