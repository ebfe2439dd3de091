"""Two worlds that differ in one item of intelligence with conditions on its sharing: nothing that is counted may differ."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sightline.app.handling import has_handling
from sightline.app.publish_generation import publish_generation
from sightline.app.tables import open_tables
from sightline.definitions.agreement_terms import load_terms
from sightline.engine.duckdb import DuckDBEngine
from sightline.model.entities import ENTITIES
from sightline.model.periods import Quarter
from tests.support.partnership import NOW, Q1, Q4, referral

pytestmark = pytest.mark.django_db
JOINED = """
select incident.ward, count(distinct incident.incident_id) as incidents, count(distinct intelligence.intelligence_id) as items
from incident
left join intelligence on intelligence.agency_id = incident.agency_id and intelligence.location_reference = incident.location_reference
group by incident.ward order by incident.ward
"""


def item(reference: str, handling: str | None = "permitted", **more: object) -> dict[str, object]:
    return {"intelligence_reference": reference, "dated_on": "2026-02-03", "handling": handling, "location_reference": "L1", **more}


def incident(reference: str, ward: str) -> dict[str, object]:
    return {"incident_reference": reference, "started_at": "2026-02-01T10:00", "ward": ward, "location_reference": "L1"}


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as made:
        yield made


@pytest.fixture
def told(workspace, submit, engine):
    """Submit items for a quarter, publish, and give everything that a measure could read of them."""

    def do(*items: dict[str, object], period: Quarter = Q1) -> list[list[dict[str, object]]]:
        submit(agency="police", dataset="police", period=period, intelligence=list(items), referral=[referral("A1")])
        open_tables(workspace, publish_generation(workspace, by="t", at=NOW), engine)
        names = "intelligence_reference, handling, location_reference"
        tables = ("intelligence", "intelligence_all")
        return [engine.query(f"select {names} from {table} order by 1, source_row").to_pylist() for table in tables]

    return do


@pytest.mark.parametrize("handling", ["conditions", "not_recorded", None])
@pytest.mark.parametrize("place", ["before", "after"])
def test_one_item_with_conditions_more_changes_no_row_that_measures_can_read(workspace, submit, engine, told, handling, place):
    without = [item("I1"), item("I2")]
    extra = item("I3", handling)

    first = told(*without)
    assert [len(rows) for rows in first] == [2, 2]
    assert told(*([extra, *without] if place == "before" else [*without, extra])) == first


def test_an_item_that_gets_conditions_later_is_gone_with_its_earlier_rows(told):
    (other, _), both = told(item("I2"), period=Quarter(2025, 3)), told(item("I1"), period=Q4)
    assert [len(rows) for rows in both] == [2, 2]

    assert told(item("I1", "conditions"), period=Q1) == [other, other]


def test_an_item_whose_conditions_are_lifted_is_there_from_then_on(told):
    told(item("I1", "conditions"), period=Q4)

    assert [[row["handling"] for row in rows] for rows in told(item("I1"), period=Q1)] == [["permitted"], ["permitted"]]


def test_a_join_with_intelligence_counts_the_same_in_both_worlds(workspace, submit, engine):
    counted = []
    for items in ([item("I1")], [item("I1"), item("I2", "conditions"), item("I3", None)]):
        submit(agency="police", dataset="police", incident=[incident("C1", "W01"), incident("C2", "W02")], intelligence=items)
        open_tables(workspace, publish_generation(workspace, by="t", at=NOW), engine)
        counted.append(engine.query(JOINED).to_pylist())

    assert counted[0] == counted[1]
    assert [row["items"] for row in counted[0]] == [1, 1], "an item that may be shared is counted"


def test_every_entity_with_a_handling_code_is_held_back_by_it_and_the_codes_have_dates_and_sources():
    assert [name for name, entity in ENTITIES.items() if has_handling(entity)] == ["intelligence"]
    assert not ENTITIES["intelligence"].about_person
    handling = load_terms().handling
    assert {code.kind for code in handling.values()} == {"source", "assessment", "handling"}
    assert all(code.in_force_from and code.source for code in handling.values())
