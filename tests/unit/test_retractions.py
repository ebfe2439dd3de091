"""What an agency takes back leaves every current view, with everything that hangs on it; what was accepted before stays as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.app.publish_generation import publish_generation
from sightline.app.submit_return import submit_return
from sightline.app.tables import identity_record_current, open_tables
from sightline.definitions.formats import load_format
from sightline.engine.duckdb import DuckDBEngine
from tests.support.intake import codes, mapping, read
from tests.support.partnership import NOW, Q1, Q4, create_agreed, referral, write_geography, write_partnership

MAPPING = """
id: pushed
title: Pushed records
version: "1"
read: {kinds: [csv], dates: iso}
retention: {years: 6, purge_field: purge}
tables:
  people:
    title: People
    find: {file: ["people*"]}
    person: person
    columns:
      person: {from: [person_id], required: true}
      born: {from: [born], type: date, span: birth}
      purge: {from: [purge_person], type: boolean}
    rows:
      - {entity: identity_record, from: {date_of_birth: born}}
  episodes:
    title: Episodes
    find: {file: ["episodes*"]}
    person: person
    columns:
      person: {from: [person], required: true}
      born: {from: [birth], type: date, span: birth}
      start: {from: [start], type: date, required: true}
      end: {from: [end], type: date}
      purge: {from: [purge], type: boolean}
    rows:
      - {entity: identity_record, from: {date_of_birth: born}}
      - {entity: referral, needs: start, from: {received_on: start, closed_on: end}}
"""
PARTNERSHIP = """
id: testing
name: Testing Partnership
area: Testing
authority_code: "999"
first_period: 2025-Q1
agencies:
  - id: csc
    name: Children's social care
    mode: record_level
    datasets:
      - {id: pushed, title: Pushed records, mapping: pushed.yml, every: quarter, due_days: 21}
"""
PEOPLE = "person_id,born,purge_person\nA,2011-02-01,{a}\nB,2012-02-01,\n"
EPISODES = "person,birth,start,end,purge\nA,2011-02-01,2026-01-05,,\nB,2012-02-01,2026-01-06,,{first}\nB,2012-02-01,2026-02-07,,\n"


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as made:
        yield made


def files(folder: Path, *, a: str = "", first: str = "") -> list[Path]:
    folder.mkdir(exist_ok=True)
    (folder / "people.csv").write_text(PEOPLE.format(a=a), encoding="utf-8")
    (folder / "episodes.csv").write_text(EPISODES.format(first=first), encoding="utf-8")
    return [folder / "people.csv", folder / "episodes.csv"]


def test_rows_taken_back_are_kept_marked_and_counted_by_a_finding(tmp_path):
    result = read(mapping(tmp_path, MAPPING), *files(tmp_path / "f", first="true"))

    taken = result.tables["referral"].select(["local_id", "received_on", "retracted"]).to_pylist()
    assert [(row["local_id"], str(row["received_on"]), row["retracted"]) for row in taken] == [
        ("A", "2026-01-05", False),
        ("B", "2026-01-06", True),
        ("B", "2026-02-07", False),
    ]
    assert [(finding.rows, finding.examples) for finding in result.findings if finding.code == "SL-INT-052"] == [(1, (3,))]
    assert not any(result.tables["identity_record"]["retracted"].to_pylist())


def test_only_a_table_that_says_who_people_are_takes_back_a_person(tmp_path):
    result = read(mapping(tmp_path, MAPPING), *files(tmp_path / "f", a="1", first="yes"))

    people = result.tables["identity_record"].select(["local_id", "retracted"]).to_pylist()
    assert {(row["local_id"], row["retracted"]) for row in people} == {("A", True), ("B", False)}
    assert codes(result).count("SL-INT-052") == 2


CHILDREN = [
    {"la_child_id": "A", "purge": True},
    {
        "la_child_id": "B",
        "child_details": {"date_of_birth": "2012-02-01", "sex": "F"},
        "social_care_episodes": [
            {
                "social_care_episode_id": "E1",
                "referral_date": "2026-01-05",
                "purge": True,
                "child_and_family_assessments": [{"start_date": "2026-01-06", "authorisation_date": "2026-02-01", "factors": ["11A"]}],
            },
            {
                "social_care_episode_id": "E2",
                "referral_date": "2026-02-05",
                "child_and_family_assessments": [
                    {"start_date": "2026-02-06", "authorisation_date": "2026-03-01", "factors": ["13A"], "purge": True}
                ],
                "child_in_need_plans": [{"start_date": "2026-02-07"}],
            },
        ],
    },
]


def test_a_purge_at_any_level_of_the_payload_reaches_everything_below_it(tmp_path):
    path = tmp_path / "payload.json"
    path.write_text(json.dumps(CHILDREN), encoding="utf-8")
    result = read(load_format("dfe_csc_api"), path)

    def told(entity, field):
        return sorted((row["local_id"], str(row[field]), row["retracted"]) for row in result.tables[entity].to_pylist())

    assert told("identity_record", "sex") == [("A", "not_recorded", True), ("B", "female", False)]
    assert told("referral", "received_on") == [("B", "2026-01-05", True), ("B", "2026-02-05", False)]
    assert told("assessment", "started_on") == [("B", "2026-01-06", True), ("B", "2026-02-06", True)]
    assert told("assessment_factor", "factor") == [("B", "11A", True), ("B", "13A", True)]
    assert told("plan", "started_on") == [("B", "2026-02-07", False)]


@pytest.mark.django_db
def test_a_record_and_a_person_taken_back_leave_the_next_generation_and_no_earlier_one(tmp_path, engine):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "pushed.yml").write_text(MAPPING, encoding="utf-8")
    workspace = create_agreed(tmp_path / "w", write_partnership(tmp_path / "p", PARTNERSHIP), write_geography(tmp_path / "g"))

    def submitted(period, **taken_back):
        paths = files(tmp_path / str(period), **taken_back)
        submit_return(workspace, agency="csc", dataset="pushed", period=period, files=paths, by="t", at=NOW)
        return publish_generation(workspace, by="t", at=NOW)

    def seen(generation):
        open_tables(workspace, generation, engine)
        days = engine.query("select received_on from referral order by received_on")["received_on"].to_pylist()
        return [str(day) for day in days], len(set(identity_record_current(workspace, generation, engine)["identity_id"].to_pylist()))

    before = submitted(Q4)
    after = submitted(Q1, a="true", first="true")

    everything = (["2026-01-05", "2026-01-06", "2026-02-07"], 2)
    assert seen(before) == everything
    assert seen(after) == (["2026-02-07"], 1)
    assert seen(before) == everything
    assert engine.query("select count(*) as rows from referral_all where retracted").to_pylist() == [{"rows": 0}]


@pytest.mark.django_db
def test_a_person_that_a_later_return_lists_again_is_back(workspace, submit, engine):
    submit(referral=[referral("A1")], identity_record=[{"local_id": "A1", "retracted": True}], period=Q4)
    gone = publish_generation(workspace, by="t", at=NOW)
    open_tables(workspace, gone, engine)
    assert engine.query("select count(*) as rows from referral").to_pylist() == [{"rows": 0}]

    submit(referral=[referral("A1")], identity_record=[{"local_id": "A1"}], period=Q1)
    open_tables(workspace, publish_generation(workspace, by="t", at=NOW), engine)
    assert engine.query("select count(*) as rows from referral").to_pylist() == [{"rows": 1}]


@pytest.mark.django_db
def test_a_dataset_that_still_lists_a_person_does_not_bring_back_whom_another_took_back(workspace, submit, engine):
    submit(identity_record=[{"local_id": "A1", "retracted": True}], dataset="cin_census", period=Q1)
    submit(referral=[referral("A1"), referral("A2")], identity_record=[{"local_id": "A1"}, {"local_id": "A2"}], period=Q1)
    submit(agency="police", dataset="police", referral=[referral("A1")], identity_record=[{"local_id": "A1"}])
    generation = publish_generation(workspace, by="t", at=NOW)
    open_tables(workspace, generation, engine)

    assert engine.query("select agency_id, count(*) as rows from referral group by 1 order by 1").to_pylist() == [
        {"agency_id": "csc", "rows": 1},
        {"agency_id": "police", "rows": 1},
    ]
    assert identity_record_current(workspace, generation, engine).num_rows == 2


@pytest.mark.django_db
def test_what_hangs_on_a_record_that_was_taken_back_goes_with_it(workspace, submit, engine):
    told = {"incident_reference": "I1", "role": "victim", "role_local": "victim"}
    submit(incident=[{"incident_reference": "I1"}, {"incident_reference": "I2"}], involvement=[{"local_id": "A1", **told}], period=Q4)
    submit(incident=[{"incident_reference": "I1", "retracted": True}], period=Q1)
    open_tables(workspace, publish_generation(workspace, by="t", at=NOW), engine)

    assert engine.query("select count(*) as rows from incident").to_pylist() == [{"rows": 1}]
    assert engine.query("select count(*) as rows from involvement").to_pylist() == [{"rows": 0}]
    assert engine.query("select count(*) as rows from involvement_all").to_pylist() == [{"rows": 1}]
