"""A small mapping and small files for tests of intake: every test says in its own text what comes in."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from sightline.definitions.formats import Format, load_mapping
from sightline.intake import IntakeResult, read_return
from sightline.intake.read import SETS_ASIDE
from sightline.model.periods import Quarter

QUARTER = Quarter(2026, 1)

MAPPING = """
id: test_missing
title: Missing episodes
version: "1"
read: {kinds: [csv, workbook], dates: day_first}
codes:
  type:
    common: episode_type
    values:
      missing: [MFH]
      away: [AWOL]
      not_recorded: []
  sex:
    common: sex
    values:
      female: [F]
      male: [M]
      not_recorded: [U]
  grade:
    values:
      low: {title: Low}
      high: {title: High}
      old: {title: Unauthorised absence, until: 2013-03-31}
      new: {title: Graded by algorithm, since: 2030-01-01}
      not_recorded: {}
tables:
  missing:
    title: Missing
    find: {sheet: [Missing], file: ["missing*"]}
    required: true
    person: person
    dated_by: start
    columns:
      person: {from: [Person ID, "/^child.*id$/i"], required: true}
      born: {from: [Date of birth, DOB], type: date, span: birth}
      sex: {from: [Sex], type: code, codes: sex}
      start: {from: [Start, Went missing], type: datetime, required: true, filled: true}
      end: {from: [Returned], type: datetime, open_if: ["31/12/9999"]}
      type: {from: [Type], type: code, codes: type, unmapped: quarantine}
      grade: {from: [Grade], type: code, codes: grade}
    rows:
      - {entity: identity_record, from: {date_of_birth: born, sex: sex}}
      - {entity: missing_episode, needs: start, from: {episode_type: type, started_at: start, ended_at: end, grade: grade}}
    checks:
      - {id: TEST-ORDER, when: "end < start", message: The return is before the start.}
  notes:
    title: Notes
    find: {sheet: [Notes], file: ["notes*"]}
    unused: notes are not kept.
    columns:
      topic: {from: Topic}
      note: {from: Note}
"""

HEADER = "Person ID,Date of birth,Sex,Start,Returned,Type,Grade"
GOOD_ROWS = "\n".join(f"P{n},0{n}/03/2012,F,1{n}/01/2026 22:15,1{n}/01/2026 23:40,MFH,Low" for n in range(1, 9))
GOOD = f"{HEADER}\n{GOOD_ROWS}\n"


def mapping(folder: Path, text: str = MAPPING) -> Format:
    """The test mapping, loaded from a file of its own."""
    path = folder / "mapping.yml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def read_text(folder: Path, text: str | bytes, *, name: str = "missing.csv", form: Format | None = None) -> IntakeResult:
    """Read one file's content with the test mapping."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(form or mapping(folder), path)


def read(form: Format, *paths: Path, period: Quarter | None = QUARTER) -> IntakeResult:
    """Read files with a format."""
    return read_return(list(paths), mapping=form, period=period, agency="csc", dataset="test")


def codes(result: IntakeResult) -> list[str]:
    """The ids of a result's findings."""
    return [finding.code for finding in result.findings]


def rows_set_aside(result: IntakeResult) -> int:
    """The rows that findings say were not kept."""
    return sum(finding.rows for finding in result.findings if finding.code in SETS_ASIDE)


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """A workbook with these cells."""
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return path
