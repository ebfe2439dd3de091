"""Where children live: which council, force and health footprint a ward belongs to, and what became of wards that are no more."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from sightline.app.geography import file_names, read_places
from sightline.app.tables import with_todays_wards
from sightline.definitions.partnership import Geography
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused
from sightline.model.entities import ENTITIES
from tests.support.partnership import write_geography
from tests.support.tables import entity_table

FULL = """ward_code,ward_name,council,police_force,health_footprint,region,deprivation_quintile,centre_easting,centre_northing
W01,Harbour,Northshire,Coast,Bay,East,1,620000,510000
W02,Dunes,Southshire,Coast,Bay,East,5,621000,511000
"""


def read(folder: Path, *, versions: str | None = None):
    if versions is not None:
        (folder / "ward_versions.csv").write_text(
            "ward_code,ward_name,current_ward_code,valid_from,valid_to\n" + versions, encoding="utf-8"
        )
    names = file_names(Geography(ward_versions=None if versions is None else "ward_versions.csv"))
    return read_places({part: folder / name for part, name in names.items()})


@pytest.fixture
def geography(tmp_path: Path) -> Path:
    return write_geography(tmp_path)


def test_a_list_of_wards_may_say_what_each_belongs_to_and_need_not(geography: Path) -> None:
    bare = read(geography).wards.to_pylist()[0]
    (geography / "wards.csv").write_text(FULL, encoding="utf-8")
    full = read(geography).wards.to_pylist()[1]

    assert (bare["ward"], bare["ward_name"], bare["council"], bare["centre_easting"]) == ("W01", "Harbour", None, None)
    assert (full["council"], full["deprivation"], full["centre_northing"]) == ("Southshire", "5", 511000)


def test_a_list_of_wards_without_names_is_refused_with_what_it_needs(geography: Path) -> None:
    (geography / "wards.csv").write_text("ward_code,council\nW01,Northshire\n", encoding="utf-8")

    with pytest.raises(InputRefused) as refused:
        read(geography)

    assert refused.value.hint == "It needs the columns ward_code, ward_name."


def test_without_a_history_each_ward_is_itself(geography: Path) -> None:
    versions = read(geography).ward_versions.to_pylist()

    assert [(row["ward"], row["current_ward"], row["valid_to"]) for row in versions] == [("W01", "W01", None), ("W02", "W02", None)]


def test_a_former_ward_leads_to_the_ward_of_today(geography: Path) -> None:
    versions = read(
        geography, versions="F01,Old Harbour,W01,2015-05-07,2024-05-01\nW01,Harbour,W01,2024-05-02,\n"
    ).ward_versions.to_pylist()

    assert [row["ward"] for row in versions] == ["W01", "W02", "F01"]
    assert versions[-1]["current_ward"] == "W01"
    assert versions[-1]["valid_to"] == date(2024, 5, 1)


@pytest.mark.parametrize("versions", ["F01,Old,W99,2015-05-07,2024-05-01\n", "F01,Old,W01,,2024-05-01\nF01,Old,W02,,2024-05-01\n"])
def test_a_former_ward_that_became_none_or_two_is_refused(geography: Path, versions: str) -> None:
    with pytest.raises(InputRefused, match="former ward"):
        read(geography, versions=versions)


def test_incidents_count_where_they_now_lie_and_codes_of_elsewhere_stay() -> None:
    incident = ENTITIES["incident"]
    rows = [{"incident_id": code, "incident_reference": code, "ward": code} for code in ("F01", "W02", "NR-3")] + [
        {"incident_id": "none", "incident_reference": "none"}
    ]
    with DuckDBEngine(threads=1) as engine:
        engine.register_table("told_incident", entity_table("incident", rows))
        engine.register_table("ward_version", pa.table({"ward": ["W01", "W02", "F01"], "current_ward": ["W01", "W02", "W01"]}))
        found = engine.query(with_todays_wards(incident, "select * from told_incident")).to_pylist()

    assert {row["incident_id"]: row["ward"] for row in found} == {"F01": "W01", "W02": "W02", "NR-3": "NR-3", "none": None}


def test_rows_of_what_has_no_ward_are_left_as_they_are() -> None:
    assert with_todays_wards(ENTITIES["referral"], "select 1 as found") == "select 1 as found"
