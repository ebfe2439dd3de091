"""Checks over several rows and several tables: what is told, what is not, and what could not be checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.definitions.formats import load_mapping
from sightline.errors import CatalogueProblems
from sightline.intake import IntakeResult, read_return
from sightline.model.findings import Finding
from sightline.model.periods import Quarter

MAPPING = """
id: test_across
title: Care
version: "1"
read: {kinds: [csv], dates: day_first}
tables:
  people:
    title: People
    find: {file: ["people*"]}
    person: child
    columns:
      child: {from: [Child], required: true}
      born: {from: [Born], type: date, span: birth}
    rows:
      - {entity: identity_record, from: {date_of_birth: born}}
  spells:
    title: Spells
    find: {file: ["spells*"]}
    person: child
    columns:
      child: {from: [Child], required: true}
      start: {from: [Start], type: date}
      end: {from: [End], type: date}
    rows:
      - {entity: plan, needs: start, set: {plan_type: CLA}, from: {started_on: start, ended_on: end}}
    across:
      - {id: T-ORPHAN, kind: orphans, of: people, rule: "7"}
      - {id: T-OVERLAP, kind: overlaps, start: start, end: end}
      - {id: T-OPEN, kind: open_past, end: end, born: born, of: people}
  visits:
    title: Visits
    find: {file: ["visits*"]}
    person: child
    columns:
      child: {from: [Child], required: true}
      on: {from: [Visited], type: date}
      place: {from: [Place]}
    rows:
      - {entity: assessment, needs: on, from: {started_on: on}}
    across:
      - {id: T-LATE, kind: after_closure, start: "on", of: spells, end: end}
"""
PEOPLE = "Child,Born\nP1,01/05/2010\nP2,02/05/2010\nP3,03/05/2007\n"


def read(folder: Path, **files: str) -> IntakeResult:
    (folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    form = load_mapping(folder / "mapping.yml")
    return read_return(paths, mapping=form, period=Quarter(2026, 1), agency="csc", dataset="care")


def of(result: IntakeResult, code: str) -> Finding | None:
    found = [finding for finding in result.findings if finding.code == code]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_row_whose_child_is_in_no_other_table_is_an_orphan(tmp_path):
    result = read(tmp_path, people=PEOPLE, spells="Child,Start,End\nP1,01/01/2026,\nX9,02/01/2026,\nX8,03/01/2026,\n")

    finding = of(result, "T-ORPHAN")
    assert finding is not None
    assert (finding.rule, finding.rows, finding.examples) == ("7", 2, (3, 4))
    assert finding.text == 'Rows belong to people who are not in "People".'
    assert (finding.place.letter, finding.place.column, finding.values) == ("A", "Child", ("A9",))
    assert finding.fix is None


def test_numbers_that_lost_their_zeros_are_seen_to_have(tmp_path):
    result = read(
        tmp_path, people="Child,Born\n0017,01/05/2010\n0018,01/05/2010\n", spells="Child,Start,End\n17,01/01/2026,\n18,02/01/2026,\n"
    )

    finding = of(result, "T-ORPHAN")
    assert finding is not None
    assert finding.fix is not None
    assert "leading zeros" in finding.fix.text


@pytest.mark.parametrize(
    ("spells", "rows"),
    [
        ("P1,01/01/2026,10/01/2026\nP1,10/01/2026,20/01/2026\n", ()),
        ("P1,01/01/2026,10/01/2026\nP1,09/01/2026,20/01/2026\n", (3,)),
        ("P1,09/01/2026,20/01/2026\nP1,01/01/2026,10/01/2026\n", (2,)),
        ("P1,01/01/2026,31/01/2026\nP1,02/01/2026,03/01/2026\nP1,05/01/2026,06/01/2026\n", (3, 4)),
        ("P1,01/01/2026,\nP1,09/01/2026,20/01/2026\n", (3,)),
        ("P1,01/01/2026,10/01/2026\nP2,05/01/2026,20/01/2026\n", ()),
        ("P1,01/01/2026,10/01/2026\nP1,01/01/2026,10/01/2026\n", ()),
    ],
    ids=["end to end", "a day shared", "in any order", "one within another", "never closed", "two children", "told twice"],
)
def test_spells_of_one_child_that_overlap_are_told(tmp_path, spells, rows):
    finding = of(read(tmp_path, people=PEOPLE, spells="Child,Start,End\n" + spells), "T-OVERLAP")

    assert (finding.examples if finding else ()) == rows


def test_a_spell_that_was_never_closed_is_suggested_to_be(tmp_path):
    finding = of(read(tmp_path, people=PEOPLE, spells="Child,Start,End\nP1,01/01/2026,\nP1,09/01/2026,20/01/2026\n"), "T-OVERLAP")

    assert finding is not None
    assert finding.values == ("1 begin while an earlier one has no end",)
    assert finding.fix is not None
    assert finding.fix.confidence == 0.9


def test_a_spell_still_open_past_the_eighteenth_birthday_is_told(tmp_path):
    spells = "Child,Start,End\nP1,01/01/2026,\nP3,01/01/2025,\nP3,01/01/2024,01/06/2024\n"
    finding = of(read(tmp_path, people=PEOPLE, spells=spells), "T-OPEN")

    assert finding is not None
    assert (finding.rows, finding.examples, finding.place.column) == (1, (3,), "End")
    assert "18 before the period ended" in finding.text


def test_an_event_after_everything_was_closed_is_told(tmp_path):
    result = read(
        tmp_path,
        people=PEOPLE,
        spells="Child,Start,End\nP1,01/01/2026,10/01/2026\nP2,01/01/2026,10/01/2026\nP2,01/02/2026,\n",
        visits="Child,Visited,Place\nP1,09/01/2026,home\nP1,15/01/2026,home\nP2,15/01/2026,home\n",
    )

    finding = of(result, "T-LATE")
    assert finding is not None
    assert (finding.rows, finding.examples, finding.values) == (1, (3,), ("5 days after it",))


def test_a_check_whose_table_is_absent_says_that_it_was_not_made(tmp_path):
    result = read(tmp_path, spells="Child,Start,End\nP1,01/01/2026,\n")

    unchecked = {one.what.partition(":")[0]: one.reason for one in result.not_checked}
    assert unchecked["T-ORPHAN"] == "the table “People” is absent or could not be read"
    assert "T-OPEN" in unchecked
    assert "T-OVERLAP" not in unchecked


def test_a_check_whose_column_is_absent_says_which(tmp_path):
    result = read(tmp_path, people=PEOPLE, spells="Child,Start\nP1,01/01/2026\n")

    unchecked = {one.what.partition(":")[0]: one.reason for one in result.not_checked}
    assert unchecked["T-OVERLAP"] == '"End" is absent from Spells'


def test_a_check_that_names_what_is_not_there_is_a_mistake_in_the_mapping(tmp_path):
    path = tmp_path / "mapping.yml"
    path.write_text(MAPPING.replace("of: people, rule", "of: persons, rule"))

    with pytest.raises(CatalogueProblems) as problem:
        load_mapping(path)
    assert 'no table "persons"' in str(problem.value)
