"""Opened tables: each record once, as it now stands, with the person it is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa
import pytest

from sightline.app.as_at import generation_as_at
from sightline.app.publish_generation import publish_generation
from sightline.app.tables import NotReproducible, identity_record_current, open_tables, places_of
from sightline.engine.duckdb import DuckDBEngine
from sightline.ledger.linkages import record_linkage
from sightline.ledger.models import ReturnVersion
from sightline.ledger.states import State
from sightline.model.entities import ENTITIES, LINK_SCHEMA, PERSON_SCHEMA
from sightline.privacy.pseudonyms import identity_id
from sightline.store.objects import ObjectDamaged
from tests.support.partnership import NOW, Q1, Q4, referral

DAY = timedelta(days=1)


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as made:
        yield made


@pytest.fixture
def opened(workspace, engine):
    def do(sql: str) -> list[dict[str, object]]:
        open_tables(workspace, publish_generation(workspace, by="t", at=NOW), engine)
        return engine.query(sql).to_pylist()

    return do


def test_an_empty_entity_can_still_be_read(submit, opened, engine):
    submit(referral=[referral("A1")])

    assert opened("select count(*) as rows from flag") == [{"rows": 0}]
    for name, entity in ENTITIES.items():
        columns = engine.query(f"select * from {name}").schema.names
        assert set(columns) == {*entity.schema.names, *(["person_id"] if entity.about_person else [])}


def test_of_two_overlapping_returns_the_later_period_wins_whatever_order_they_came_in(submit, opened):
    submit(referral=[referral("A1", closed_on="2026-03-01"), referral("A2")], period=Q1)
    submit(referral=[referral("A1"), referral("A3")], period=Q4, at=NOW + DAY)

    assert opened("select count(*) as rows, count(closed_on) as closed from referral") == [{"rows": 3, "closed": 1}]
    assert opened("select count(*) as rows from referral_all") == [{"rows": 4}]


def test_a_column_that_a_later_return_of_the_same_dataset_empties_is_empty(submit, opened):
    submit(referral=[referral("A1", closed_on="2025-12-01")], period=Q4)
    submit(referral=[referral("A1")], period=Q1)

    assert opened("select closed_on from referral") == [{"closed_on": None}]


def test_two_datasets_that_tell_of_the_same_record_complete_each_other(submit, opened):
    submit(referral=[referral("A1", primary_need="N1", closed_on="2026-03-30", source="police")], dataset="cin_census", period=Q1)
    submit(referral=[referral("A1", source="school", no_further_action=False), referral("A2")], period=Q1, at=NOW + DAY)

    rows = opened("select primary_need, closed_on, source, no_further_action, dataset from referral order by primary_need nulls last")

    assert rows[0] == {
        "primary_need": "N1",
        "closed_on": date(2026, 3, 30),
        "source": "school",
        "no_further_action": False,
        "dataset": "annex_a",
    }
    assert len(rows) == 2


def test_a_replaced_or_withdrawn_return_is_in_no_table(submit, opened):
    submit(referral=[referral("A1")])
    submit(referral=[referral("A2"), referral("A3")])

    assert opened("select count(*) as rows from referral_all") == [{"rows": 2}]


def test_a_record_told_twice_in_one_return_is_one_record_the_last_told(submit, opened):
    submit(referral=[referral("A1", source_local="first"), referral("A1", source_local="second")])

    assert opened("select source_local from referral") == [{"source_local": "second"}]


def test_before_people_are_linked_each_identity_is_a_person_of_its_own(submit, opened):
    submit(referral=[referral("A1"), referral("A1", "2026-02-09"), referral("A2")])
    submit(agency="police", dataset="police", incident=[{"incident_reference": "OCC1"}])

    people = {row["person_id"] for row in opened("select person_id from referral")}
    assert len(people) == 2
    assert all(str(person).startswith("unlinked:") for person in people)
    assert "person_id" not in opened("select * from incident")[0]


def test_linked_identities_carry_their_person_and_others_stay_their_own(workspace, submit, opened):
    submit(referral=[referral("A1"), referral("A2")])
    linked = identity_id("A1", key=workspace.identity_key, agency="csc")
    links = pa.Table.from_pylist([{"identity_id": linked, "person_id": "P1"}], schema=LINK_SCHEMA)
    people = pa.Table.from_pylist([{"person_id": "P1", "sex": "female", "ward": "W01"}], schema=PERSON_SCHEMA)
    generation = publish_generation(workspace, by="t", at=NOW)
    put = workspace.objects.put_table
    record_linkage(generation.number, links=put(links), people=put(people), summary={}, by="t", at=NOW)

    rows = opened(
        "select r.person_id, person.ward from referral as r left join person on person.person_id = r.person_id order by person.ward"
    )

    assert rows[0] == {"person_id": "P1", "ward": "W01"}
    assert str(rows[1]["person_id"]).startswith("unlinked:")


def test_places_quarters_and_agencies_are_there_and_identities_are_not(submit, opened, engine):
    submit(referral=[referral("A1")], identity_record=[{"local_id": "A1", "given_name": "Sam"}])

    assert opened("select period, start_on, end_on from quarter order by period")[-1] == {
        "period": "2026-Q1",
        "start_on": date(2026, 1, 1),
        "end_on": date(2026, 3, 31),
    }
    assert opened("select agency_name from agency where agency_id = 'police'") == [{"agency_name": "Police"}]
    assert opened("select ward_name from ward order by ward") == [{"ward_name": "Harbour"}, {"ward_name": "Dunes"}]
    assert opened("select children from population") == [{"children": 100}]
    tables = {row["table_name"] for row in engine.query("select table_name from information_schema.tables").to_pylist()}
    assert not any("identity" in name for name in tables)


def test_linkage_gets_every_distinct_view_of_a_person_once(workspace, submit, engine):
    def told(name: str, since: str) -> dict[str, str]:
        return {"local_id": "A1", "family_name": name, "valid_from": since}

    submit(identity_record=[told("Reed", "2025-10-01")], period=Q4)
    submit(identity_record=[told("Reed", "2026-01-01"), told("Marsh", "2026-02-01")], period=Q1)
    generation = publish_generation(workspace, by="t", at=NOW)

    records = identity_record_current(workspace, generation, engine)

    assert [(row["family_name"], row["valid_from"]) for row in records.to_pylist()] == [
        ("Reed", date(2025, 10, 1)),
        ("Marsh", date(2026, 2, 1)),
    ]
    assert {"identity_id", "agency_id", "local_id", "postcode", "nhs_number"} <= set(records.schema.names)
    assert engine.query("select count(*) as rows from identity_view").to_pylist() == [{"rows": 0}]


def test_the_same_generation_opens_the_same_for_ever(workspace, submit, engine):
    submit(referral=[referral("A1"), referral("A2")])
    generation = publish_generation(workspace, by="t", at=NOW)
    open_tables(workspace, generation, engine)
    before = engine.query("select * from referral order by referral_id")
    submit(referral=[referral("A3")])
    (workspace.root / "geography" / "wards.csv").write_text("ward_code,ward_name\nW01,Quay\n", encoding="utf-8")
    publish_generation(workspace, by="t", at=NOW + DAY)

    open_tables(workspace, generation, engine)

    assert engine.query("select * from referral order by referral_id").equals(before)
    assert places_of(workspace, generation).wards["ward_name"].to_pylist() == ["Harbour", "Dunes"]


def test_the_past_can_be_opened_too(workspace, submit, engine):
    submit(referral=[referral("A1"), referral("A2")])
    submit(referral=[referral("A3")], at=NOW + DAY)

    open_tables(workspace, generation_as_at(workspace, NOW).generation, engine)

    assert engine.query("select count(*) as rows from referral").to_pylist() == [{"rows": 2}]


def test_a_damaged_object_stops_the_opening(workspace, submit, engine):
    receipt = submit(referral=[referral("A1")])
    part = ReturnVersion.objects.get(id=receipt.return_id).parts.get(kind="table")
    path = workspace.objects.path(part.digest)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    generation = publish_generation(workspace, by="t", at=NOW)

    with pytest.raises(ObjectDamaged):
        open_tables(workspace, generation, engine)


def test_a_generation_with_an_erased_return_says_so_and_never_changes_in_silence(workspace, submit, engine):
    receipt = submit(referral=[referral("A1")])
    generation = publish_generation(workspace, by="t", at=NOW)
    ReturnVersion.objects.filter(id=receipt.return_id).update(state=State.ERASED)

    with pytest.raises(NotReproducible, match="1 of its returns were erased"):
        open_tables(workspace, generation, engine)
