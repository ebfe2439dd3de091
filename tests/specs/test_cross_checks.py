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
      number: {from: [Number], optional: true}
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
      spell: {from: [Spell], optional: true}
    rows:
      - {entity: assessment, needs: on, from: {started_on: on}}
    across:
      - {id: T-LATE, kind: after_closure, start: "on", of: spells, end: end}
      - {id: T-EARLY, kind: before_start, start: "on", of: spells, begun: start}
      - {id: T-LOST, kind: orphans, on: spell, of: spells, to: number}
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


def test_an_event_before_everything_it_could_belong_to_is_told(tmp_path):
    result = read(
        tmp_path,
        people=PEOPLE,
        spells="Child,Start,End\nP1,10/01/2026,\nP1,01/02/2026,\nP2,10/01/2026,\nP2,,\n",
        visits="Child,Visited,Place\nP1,09/01/2026,home\nP1,10/01/2026,home\nP2,01/01/2026,home\nP3,01/01/2026,home\n",
    )

    finding = of(result, "T-EARLY")
    assert finding is not None
    assert (finding.rows, finding.examples, finding.values) == (1, (2,), ("1 days before it",))
    assert finding.text == '"Visited" lies before the first "Start" in "Spells".'


def test_a_row_that_names_what_the_other_table_does_not_have_is_told(tmp_path):
    result = read(
        tmp_path,
        people=PEOPLE,
        spells="Child,Number,Start,End\nP1,S1,01/01/2026,\n",
        visits="Child,Visited,Place,Spell\nP1,09/01/2026,home,S1\nP1,10/01/2026,home,S2\nP1,11/01/2026,home,\n",
    )

    finding = of(result, "T-LOST")
    assert finding is not None
    assert (finding.rows, finding.examples, finding.place.column) == (1, (3,), "Spell")
    assert finding.text == '"Spell" of these rows is not in "Spells".'


@pytest.mark.parametrize(
    ("spells", "rows"),
    [
        ("P1,2026-01,\nP1,20/01/2026,\n", (2,)),
        ("P1,2026-01,2026-01\nP1,20/01/2026,\n", ()),
        ("P1,01/01/2026,2026-01\nP1,20/01/2026,\n", ()),
        ("P1,01/01/2026,2026-02\nP1,20/01/2026,\n", (3,)),
        ("P1,01/01/2026,20/01/2026\nP1,2026-01,\n", ()),
        ("P1,01/01/2026,20/02/2026\nP1,2026-01,\n", (3,)),
    ],
    ids=["an open month", "a month alone", "ended some day of it", "ended the month after", "began some day of it", "certainly within"],
)
def test_spells_known_by_the_month_overlap_only_if_they_do_on_every_day_of_it(tmp_path, spells, rows):
    result = read(tmp_path, people=PEOPLE, spells="Child,Start,End\n" + spells)

    finding = of(result, "T-OVERLAP")
    assert (finding.examples if finding else ()) == rows
    assert not finding or all("shared" not in value for value in finding.values), "no days are counted from a month"
    assert any("T-OVERLAP" in one.what and "without its day" in one.reason for one in result.not_checked)


def test_a_visit_in_the_month_a_spell_ended_or_began_is_neither_late_nor_early(tmp_path):
    spells = "Child,Start,End\nP1,2026-01,2026-02\nP2,2026-01,2026-02\n"
    visits = "Child,Visited,Place\nP1,01/01/2026,home\nP1,28/02/2026,home\nP2,31/12/2025,home\nP2,01/03/2026,home\n"
    result = read(tmp_path, people=PEOPLE, spells=spells, visits=visits)

    late, early = of(result, "T-LATE"), of(result, "T-EARLY")
    assert late is not None
    assert early is not None
    assert (late.examples, late.values, early.examples, early.values) == ((5,), (), (4,), ())


def test_a_child_born_some_day_of_the_month_is_eighteen_at_its_end(tmp_path):
    people = "Child,Born\nP1,2008-03\nP2,2008-02\nP3,2008-04\nP4,2008\n"
    result = read(tmp_path, people=people, spells="Child,Start,End\n" + "".join(f"P{n},01/01/2026,\n" for n in range(1, 5)))

    finding = of(result, "T-OPEN")
    assert finding is not None
    assert finding.examples == (2, 3), "on 31 March 2026 everybody born in March 2008 is eighteen"


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
