"""A council's mapping takes what a vendor's exports have in common and says only what differs."""

from __future__ import annotations

import pytest
from tests.support.intake import read, workbook

from sightline.definitions.formats import load_mapping, vendor_bases
from sightline.errors import CatalogueProblems

LOCAL = """
extends: vendor/systemc@1.2
id: our_missing
version: "3"
agency: csc
tables:
  missing:
    columns:
      grade: {map: {"Very high": high}}
"""


def local(folder, text: str = LOCAL):
    path = folder / "ours.yml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def test_a_local_file_overrides_only_what_differs(tmp_path):
    form = local(tmp_path)
    grade = form.tables["missing"].columns["grade"]

    assert form.mapping_version == "our_missing@3"
    assert grade.headers == ("Risk",)
    assert grade.map == {"Std": "medium", "Very high": "high"}


def test_an_export_in_the_vendors_words_reads_with_it(tmp_path):
    book = workbook(
        tmp_path / "missing.xlsx",
        {
            "MFH": [
                ["Episode ID", "PersonID", "Start Date", "Return Date", "Type", "Risk"],
                ["E1", "P1", "05/01/2026 22:10", "06/01/2026 01:00", "MFH", "Std"],
                ["E2", "P1", "05/02/2026 22:10", "31/12/9999", "AWOL", "Very high"],
                ["E3", "P2", "07/02/2026 21:00", "", "MFH", "Purple"],
            ]
        },
    )
    result = read(local(tmp_path), book)

    episodes = {row["episode_reference"]: row for row in result.tables["missing_episode"].to_pylist()}
    assert {name: (row["episode_type"], row["grade"], row["grade_local"]) for name, row in episodes.items()} == {
        "E1": ("missing", "medium", "Std"),
        "E2": ("away", "high", "Very high"),
    }
    assert episodes["E2"]["ended_at"] is None
    assert "SL-INT-031" in {finding.code for finding in result.findings}, "a grade nobody knows is quarantined, and told"


def test_an_unknown_version_says_which_there_are(tmp_path):
    with pytest.raises(CatalogueProblems) as refused:
        local(tmp_path, LOCAL.replace("@1.2", "@9.9"))

    assert all(name in str(refused.value) for name in vendor_bases())
