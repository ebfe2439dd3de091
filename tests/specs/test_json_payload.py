"""The children's social care payload: nested JSON read by the paths its format names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.intake import read

from sightline.definitions.formats import load_format
from sightline.intake import recognise
from sightline.model.periods import Quarter

CHILD: dict[str, Any] = {
    "la_child_id": "C1",
    "purge": False,
    "child_details": {"first_name": "Ada", "surname": "Example", "date_of_birth": "2010-02-03", "sex": "F", "ethnicity": "WBRI"},
    "social_care_episodes": [
        {
            "social_care_episode_id": "E1",
            "referral_date": "2025-06-01",
            "referral_source": "6",
            "child_and_family_assessments": [
                {"start_date": "2025-06-02", "authorisation_date": "2025-07-01", "factors": ["24A", "10A"]},
                {"start_date": "2025-09-02", "factors": ["2A"]},
            ],
            "child_protection_plans": [{"child_protection_plan_id": "P1", "start_date": "2025-08-01", "end_date": None}],
        },
        {"social_care_episode_id": "E2", "referral_date": "2026-01-05", "referral_source": "1A"},
    ],
}


def payload(folder: Path, content: Any):
    path = folder / "payload.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path, read(load_format("dfe_csc_api"), path, period=Quarter(2026, 1))


@pytest.mark.parametrize("wrapped", [[CHILD], {"children": [CHILD]}, CHILD])
def test_every_level_of_a_child_becomes_rows_of_its_own(tmp_path, wrapped):
    path, result = payload(tmp_path, wrapped)

    assert not result.refused
    assert recognise([path]) == "dfe_csc_api"
    assert [row["received_on"].isoformat() for row in result.tables["referral"].to_pylist()] == ["2025-06-01", "2026-01-05"]
    assert result.tables["assessment_factor"]["factor"].to_pylist() == ["24A", "10A", "2A"]
    assert result.tables["assessment_factor"]["exploitation_type"].to_pylist() == ["criminal", "missing", None]
    assert {tuple(row[name] for name in ("local_id", "plan_type")) for row in result.tables["plan"].to_pylist()} == {("C1", "CP")}


def test_a_row_names_the_record_it_came_from(tmp_path):
    _, result = payload(tmp_path, [CHILD, CHILD | {"la_child_id": "C2"}])

    assert {(row["local_id"], row["source_row"]) for row in result.tables["referral"].to_pylist()} == {("C1", 1), ("C2", 2)}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('[{"la_child_id": "C1"', "breaks off"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "nested too deep"),
        ('[{"la child id": "C1"}]', "a key is no name"),
        ('[{"la_child_id": [["C1"]]}]', "a list stands directly in a list"),
        ("[{}, 2]", "holds no records"),
    ],
)
def test_json_that_is_no_payload_is_told_in_one_finding(tmp_path, content, why):
    _, result = payload(tmp_path, content)

    assert [finding.code for finding in result.findings] == ["SL-INT-072"]
    assert why in result.findings[0].text


def test_markup_and_control_characters_in_a_text_stay_text(tmp_path):
    odd = CHILD | {"la_child_id": "<C&1>\x00]]>"}
    _, result = payload(tmp_path, [odd])

    assert not result.refused
    assert result.tables["identity_record"]["local_id"].to_pylist() == ["<C&1> ]]>"]
