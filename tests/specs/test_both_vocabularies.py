"""Both vocabularies, always: what an agency wrote beside what it means, and the mapping that says so; and what is never one thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.intake import mapping, read

from sightline.definitions.formats import FORMATS, format_ids, load_format, load_mapping
from sightline.definitions.mapping_checks import COMMON_LISTS
from sightline.definitions.mappings import Format, RowRule, Table
from sightline.intake.assemble import entity_named
from sightline.model.entities import ENTITIES, LINEAGE, PERSON_SCHEMA
from sightline.model.identified import IDENTITY_RECORD

MAPPINGS = sorted((FORMATS.parent / "partnerships").glob("*/mappings/*.yml"))
DEFINED_HERE = {("incident", "exploitation_type"), ("flag", "exploitation_type"), ("assessment_factor", "exploitation_type")}
"""What a code says besides: derived from another field of the same row, whose local code stands beside it."""


def every_format() -> list[Format]:
    return [*(load_format(id) for id in format_ids()), *(load_mapping(path) for path in MAPPINGS)]


def every_rule() -> list[tuple[str, Table, RowRule]]:
    return [(form.id, table, rule) for form in every_format() for table in form.tables.values() for rule in table.rows]


def rows(result, entity, *fields):
    return list(zip(*(result.tables[entity][field].to_pylist() for field in fields), strict=True))


def test_there_is_something_to_look_at():
    assert len(every_rule()) > 100
    assert len(MAPPINGS) > 5


def test_every_coded_column_that_a_rule_fills_has_room_for_the_code_as_received():
    """A column of codes may fill only a field that keeps the local code too."""
    bare = {
        (form, rule.entity, field)
        for form, table, rule in every_rule()
        for field, source in rule.sources.items()
        if source in table.columns
        and table.columns[source].type == "code"
        and not field.endswith("_local")
        and f"{field}_local" not in {column.name for column in entity_named(rule.entity).columns}
    }

    assert {(entity, field) for _, entity, field in bare} <= {("flag", "certainty"), ("involvement", "certainty")}


def test_every_field_of_a_common_list_has_its_local_code_or_comes_from_one_that_has():
    silent = {
        (entity, field)
        for entity, field in COMMON_LISTS
        if f"{field}_local" not in {column.name for column in entity_named(entity).columns}
    }

    assert silent <= DEFINED_HERE | {
        ("flag", "certainty"),
        ("involvement", "certainty"),
        ("plan", "plan_type"),
        ("plan_review", "plan_type"),
    }


def test_every_row_says_which_mapping_read_it():
    assert "mapping_version" in {column.name for column in LINEAGE}
    for form in every_format():
        assert form.mapping_version == f"{form.id}@{form.version}"
        assert form.version


@pytest.mark.parametrize("entity", ["flag", "involvement", "referral", "incident", "screening", "nrm_referral", "person_location"])
def test_the_code_as_received_stands_beside_the_common_one_in_the_model(entity):
    names = [column.name for column in ENTITIES[entity].columns]
    local = [name.removesuffix("_local") for name in names if name.endswith("_local")]

    assert local
    assert set(local) <= set(names)


def test_role_and_certainty_belong_to_the_involvement_and_never_to_the_person():
    people = {column.name for column in IDENTITY_RECORD.columns} | set(PERSON_SCHEMA.names)

    assert not {"role", "certainty"} & people
    assert {"role", "role_local", "certainty"} <= {column.name for column in ENTITIES["involvement"].columns}
    uncertain = [form for form, _, rule in every_rule() if rule.entity == "involvement" and "certainty" not in {*rule.sources, *rule.set}]
    assert not uncertain


AUTHORITIES = ("home_authority", "placing_authority", "incident_authority")


def test_home_placing_and_incident_authority_are_three_fields_and_none_is_filled_from_anothers_column():
    fields = {field for entity in ENTITIES.values() for field in (column.name for column in entity.columns)}
    assert set(AUTHORITIES) <= fields

    for form, table, rule in every_rule():
        filled = {field: rule.sources[field] for field in AUTHORITIES if field in rule.sources}
        assert len(set(filled.values())) == len(filled), f"{form}: one column fills two authorities"
        headers = [header for source in filled.values() for header in table.columns[source].headers]
        assert len(set(headers)) == len(headers), f"{form}: one header is read as two authorities"


def test_an_authority_that_is_not_given_is_not_taken_from_another(tmp_path):
    path = tmp_path / "missing.csv"
    path.write_text(
        "Episode Ref,Person ID,Start Date,Return Date,Type,Risk,Missing From (place),cse_flag,cce_flag,home_la,placing_la,incident_la\n"
        "E1,A,05/01/2026 20:00,06/01/2026 08:00,MFH,Low,Home,N,N,Saltmere,,\n"
        "E2,B,05/01/2026 20:00,06/01/2026 08:00,MFH,Low,Home,N,N,,Farport,\n"
        "E3,C,05/01/2026 20:00,06/01/2026 08:00,MFH,Low,Home,N,N,,,Dunes\n",
        encoding="utf-8",
    )
    result = read(load_format("missing_rhi"), path)

    assert sorted(rows(result, "missing_episode", "local_id", *AUTHORITIES)) == [
        ("A", "Saltmere", None, None),
        ("B", None, "Farport", None),
        ("C", None, None, "Dunes"),
    ]


ETHNICITIES = """
id: ethnicities
title: Ethnicities
version: "2"
read: {kinds: [csv], dates: iso}
codes:
  group:
    common: ethnicity
    values: {white: [W], black: [B], not_recorded: [X]}
tables:
  people:
    title: People
    find: {file: ["people*"]}
    person: person
    columns:
      person: {from: [person], required: true}
      own: {from: [own], type: code, codes: group}
      seen: {from: [seen], type: code, codes: group}
    rows:
      - entity: identity_record
        set: {ethnicity_source: self}
        from: {ethnicity: own, ethnicity_observed: seen}
  lists:
    title: Lists
    find: {file: ["lists*"]}
    person: person
    columns:
      person: {from: [child], required: true}
      group: {from: [group], type: code, codes: group}
    rows:
      - {entity: identity_record, from: {ethnicity: group}}
"""


def test_ethnicity_as_somebody_says_it_and_as_somebody_sees_it_are_never_one(tmp_path: Path):
    people, lists = tmp_path / "people.csv", tmp_path / "lists.csv"
    people.write_text("person,own,seen\nA,W,B\nB,X,B\nC,B,\n", encoding="utf-8")
    lists.write_text("child,group\nB,W\n", encoding="utf-8")
    result = read(mapping(tmp_path, ETHNICITIES), people, lists)

    told = rows(result, "identity_record", "local_id", "ethnicity", "ethnicity_source", "ethnicity_observed", "ethnicity_observed_local")
    assert sorted(told, key=str) == [
        ("A", "white", "self", "black", "B"),
        ("B", "white", None, "black", "B"),
        ("C", "black", "self", "not_recorded", None),
    ]
