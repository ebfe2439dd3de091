"""How a number was made: from an indicator to the columns of the common model, and from those to the columns of an agency's extract."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from tests.specs.bad_files.cases import Case, connectors, load_cases, write_file
from tests.support.invented_world import register_invented_world
from tests.support.partnership import write_geography
from typer.testing import CliRunner

from sightline.app.lineage import fields_to_agree, indicator_lineage
from sightline.app.workspace import Workspace
from sightline.cli.main import app
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.columns_read import columns_read
from sightline.definitions.formats import Format, load_format, load_mapping
from sightline.definitions.lineage import FOR_JOINING, OF_A_PERSON, Origin, Use, fields_behind, may_be, needs_joining, origins
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import NotFound
from sightline.indicators import Scope, count_indicators
from sightline.intake import read_return
from sightline.linkage import prepare
from sightline.model.entities import PERSON_SCHEMA
from sightline.model.periods import Quarter

CATALOGUE = load_catalogue()
SALTMERE = Path(__file__).parents[2] / "src" / "sightline" / "catalogue" / "partnerships" / "saltmere"

MAPPING = """
id: lineage
title: Help
version: "1"
read: {kinds: csv}
codes:
  kind:
    values:
      support: {title: Support, also: {certainty: suspected}}
      not_recorded: {}
tables:
  child:
    title: Children
    find: {file: ["child*"]}
    person: child
    columns:
      child: {from: [Child, ChildID], required: true}
      case: {from: [Case]}
      born_on: {from: [Born], type: date, span: birth}
    rows:
      - {entity: identity_record, from: {date_of_birth: born_on}}
  help:
    title: Help given
    find: {file: ["help*"]}
    person: whose
    coalesce: {whose: [own, child]}
    derive: {held_days: days(ended_on - started_on)}
    columns:
      case: {from: [Case], required: true}
      own: {from: [Number]}
      kind: {from: [Kind], type: code, codes: kind}
      started_on: {from: [Start, "/^began/i"], type: date}
      ended_on: {from: [End], type: date}
      open: {from: [Open?], type: boolean}
    lookups:
      - {table: child, on: case, take: [child]}
    rows:
      - entity: intervention
        needs: started_on
        when: "open = false"
        set: {programme: support}
        from: {started_on: started_on, sessions: held_days}
      - entity: flag
        each: kind
        from: {flag: kind, certainty: kind@certainty, started_on: started_on}
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Format:
    path = tmp_path / "help.yml"
    path.write_text(MAPPING, encoding="utf-8")
    return load_mapping(path)


def headers_of(found: tuple[Origin, ...], field: str, use: Use = Use.VALUE) -> set[tuple[str, ...]]:
    return {origin.headers for origin in found if origin.field == field and origin.use is use}


def test_a_date_stands_behind_its_precision_and_the_key_behind_an_id() -> None:
    columns = ["referral.received_on_precision", "referral.referral_id", "referral.agency_id", "population.children", "person.ward"]
    assert fields_behind(columns) == {"referral.received_on", "referral.local_id", "identity_record.postcode"}


def test_each_column_of_a_person_says_what_agencies_tell_of_it() -> None:
    assert set(OF_A_PERSON) == set(PERSON_SCHEMA.names)


def test_what_joins_people_is_what_linkage_reads() -> None:
    told_apart = {"identity_id", "agency_id", "date_of_birth_precision", "ethnicity", "ethnicity_source"}
    assert set(prepare._USED.replace(",", " ").split()) - told_apart <= set(FOR_JOINING)


def test_an_origin_is_followed_through_codes_lookups_and_what_is_worked_out(mapping: Format) -> None:
    wanted = ["intervention.sessions", "intervention.programme", "intervention.local_id", "flag.certainty"]
    found = origins(mapping, wanted)
    assert headers_of(found, "intervention.sessions") == {("Start", "/^began/i"), ("End",)}
    assert headers_of(found, "intervention.local_id") == {("Number",), ("Child", "ChildID")}
    assert headers_of(found, "flag.certainty") == {("Kind",)}
    assert [origin.says for origin in found if origin.use is Use.SET] == ["support"]


def test_what_decides_about_rows_is_told_apart_from_what_they_say(mapping: Format) -> None:
    found = origins(mapping, ["intervention.programme"])
    assert headers_of(found, "intervention.*", Use.CHOICE) == {("Start", "/^began/i"), ("Open?",)}
    assert not any(origin.use is Use.VALUE for origin in found)


def test_a_table_that_makes_nothing_of_what_is_asked_has_no_part_in_it(mapping: Format) -> None:
    assert {origin.table for origin in origins(mapping, ["identity_record.date_of_birth"])} == {"Children"}
    assert origins(mapping, ["referral.received_on"]) == ()


def test_a_need_that_names_exploitation_is_an_origin_of_flags() -> None:
    found = origins(load_format("cin_census"), ["flag.exploitation_type", "flag.started_on"])
    assert any("PrimaryNeedCode" in "".join(origin.headers) for origin in found)


def read_cases() -> Iterator[Case]:
    for connector in connectors():
        yield from (case for case in load_cases(connector)[:3] if case.reader != "recognise" and not case.mapping)


@pytest.mark.parametrize("case", list(read_cases()), ids=lambda case: f"{case.connector}-{case.id}")
def test_every_column_that_intake_reads_is_an_origin_that_definitions_tell(case: Case, tmp_path: Path) -> None:
    """Two ways to one answer: intake says what it took from real files, the definitions say what it would take."""
    paths = [write_file(tmp_path / name, content) for name, content in case.files.items()]
    reader = load_format(case.reader)
    result = read_return(paths, mapping=reader, period=Quarter.parse(case.period or "2026-Q1"), agency="test", dataset=reader.id)
    for taken in result.mapped:
        field = f"{taken.entity}.{taken.field}"
        assert any(may_be(taken.column, origin.headers) for origin in origins(reader, [field])), taken


def test_only_what_the_answer_depends_on_is_read() -> None:
    unknown_to_others = CATALOGUE.indicator("emergency_assaults_unknown_to_others")
    read = columns_read(CATALOGUE, unknown_to_others)
    assert "incident.started_at" in read
    assert "incident.easting" in CATALOGUE.lineage_of(unknown_to_others)
    assert "incident.easting" not in read


def test_what_is_read_is_a_part_of_what_is_looked_at_for_every_indicator() -> None:
    for indicator in CATALOGUE.indicators:
        beyond = set(columns_read(CATALOGUE, indicator)) - set(CATALOGUE.lineage_of(indicator))
        assert beyond <= {"person.resident_in_area"}, indicator.id


@pytest.fixture
def saltmere(tmp_path: Path, db: None) -> Workspace:
    geography = write_geography(tmp_path / "geography")
    (geography / "ward_versions.csv").write_text("ward_code,current_ward_code,valid_from,valid_to\n", encoding="utf-8")
    return Workspace.create(tmp_path / "workspace", SALTMERE, geography)


def test_every_counted_indicator_leads_to_a_field_of_an_agency_it_needs(saltmere: Workspace) -> None:
    for indicator in CATALOGUE.indicators:
        found = indicator_lineage(saltmere, indicator.id)
        agencies = {dataset.agency for dataset in found.datasets if any(origin.headers for origin in dataset.counted)}
        assert agencies >= set(indicator.agencies_needed), indicator.id


def test_lineage_ends_at_the_headers_of_the_extract(saltmere: Workspace) -> None:
    found = indicator_lineage(saltmere, "H04")
    (emergency,) = found.datasets
    assert (emergency.agency, emergency.dataset) == ("health", "emergency")
    assert headers_of(emergency.counted, "ae_attendance.assault") == {("injury_intent", "intent")}
    assert headers_of(emergency.counted, "identity_record.postcode") == {("postcode", "home_postcode")}
    assert {origin.field for origin in emergency.joining} >= {"identity_record.nhs_number", "identity_record.family_name"}
    assert found.joins_people
    assert set(found.lists) == {"population.children", "ward.deprivation"}
    assert [step.name for step in found.steps] == ["emergency_attendances_for_assault"]


def test_an_indicator_about_nobody_joins_nobody(saltmere: Workspace) -> None:
    found = indicator_lineage(saltmere, "places_named_unsafe")
    assert not found.joins_people
    assert all(dataset.joining == () for dataset in found.datasets)


def test_an_agreement_with_one_agency_covers_its_fields_only(saltmere: Workspace) -> None:
    every = fields_to_agree(saltmere, ["H04", "children_referred_again"])
    health = fields_to_agree(saltmere, ["H04", "children_referred_again"], agency="health")
    assert {dataset.agency for dataset in every} == {"csc", "health"}
    assert health == tuple(dataset for dataset in every if dataset.agency == "health")
    assert not any(origin.field.startswith("referral.") for dataset in health for origin in dataset.counted)


def test_unknown_indicators_agencies_and_those_that_wait_are_refused_with_what_to_do(saltmere: Workspace) -> None:
    with pytest.raises(NotFound, match="no indicator") as unknown:
        indicator_lineage(saltmere, "nothing_like_it")
    assert "sightline indicators list" in str(unknown.value.hint)
    with pytest.raises(NotFound, match="not counted yet") as waiting:
        indicator_lineage(saltmere, "H06")
    assert "sexual health clinic" in str(waiting.value.hint)
    with pytest.raises(NotFound, match="no agency"):
        fields_to_agree(saltmere, agency="nobody")


def test_joining_is_needed_where_a_child_is_counted_and_not_where_a_place_is() -> None:
    assert needs_joining(["referral.person_id"])
    assert not needs_joining(["participation_response.feeling", "quarter.period"])


def test_the_commands_tell_lineage_and_fields(saltmere: Workspace) -> None:
    told = CliRunner().invoke(app, ["indicators", "lineage", "H04", "--sql", "--workspace", str(saltmere.root)])
    assert told.exit_code == 0, told.output
    assert "Emergency attendances for assault" in told.output
    assert "injury_intent" in told.output
    assert "select" in told.output
    listed = CliRunner().invoke(app, ["indicators", "fields", "H04", "--agency", "health", "--json", "--workspace", str(saltmere.root)])
    assert [dataset["dataset"] for dataset in json.loads(listed.stdout)["datasets"]] == ["emergency"]


def emptied(rows: pa.Table, entity: str, kept: Collection[str]) -> pa.Table:
    """The rows with every column empty that lineage does not name; who sent a row is known of it anyway."""
    for place, column in enumerate(rows.schema):
        if f"{entity}.{column.name}" not in kept and column.name not in {"agency_id", "dataset"}:
            rows = rows.set_column(place, column, pa.nulls(rows.num_rows, column.type))
    return rows


def test_a_column_that_lineage_does_not_name_changes_no_figure() -> None:
    quarter = Quarter(2026, 1)
    with DuckDBEngine(threads=1) as engine:
        register_invented_world(engine, quarters=(quarter,))
        for id in ("emergency_assaults_unknown_to_others", "recognised_children_with_a_tie", "children_safe_after_plan"):
            catalogue = CATALOGUE.alone(CATALOGUE.indicator(id))
            kept = columns_read(catalogue, catalogue.indicator(id))
            entities = {entity for measure in catalogue.measures_of(catalogue.indicator(id)) for entity in measure.entities}
            whole = {entity: engine.query(f"select * from {entity}") for entity in sorted(entities)}
            cells = count_indicators(engine, catalogue, Scope((quarter,)))
            assert any(count for count in cells.column("numerator").to_pylist())

            for entity, rows in whole.items():
                engine.register_table(entity, emptied(rows, entity, kept))
            assert count_indicators(engine, catalogue, Scope((quarter,))).equals(cells), id
            for entity, rows in whole.items():
                engine.register_table(entity, rows)
