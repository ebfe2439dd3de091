"""Files that others wrote are read as they lie: accepted, or refused for a true reason, with findings that help."""

from __future__ import annotations

import pytest

from sightline.definitions.formats import load_format
from sightline.intake import recognise
from sightline.model.findings import Severity
from sightline.model.periods import Quarter
from tests.support.intake import codes, read, rows_set_aside
from tests.support.samples import samples_folder

pytestmark = pytest.mark.samples


def sample(name):
    folder = samples_folder()
    return next(path for path in (folder / name, folder / "samples" / name) if path.exists())


def read_sample(*names, period=None):
    paths = [sample(name) for name in names]
    return read(load_format(recognise(paths)), *paths, period=period)


def test_an_older_annex_a_workbook():
    result = read_sample("annex_a/Annex_A_older.xlsx")

    assert not result.refused
    assert result.period == Quarter(2020, 3)  # its lists were filled in over months; the contacts are of September 2020
    assert (result.rows_read, result.rows_kept) == (59, 54)
    assert len(result.mapped) >= 70
    assert {name: made.num_rows for name, made in result.tables.items() if name != "identity_record"} == {
        "contact": 5,
        "early_help_episode": 5,
        "referral": 6,
        "assessment": 5,
        "plan": 17,
        "plan_review": 10,
        "ace": 7,
        "person_location": 5,
    }
    unknown = [finding for finding in result.findings if finding.code == "SL-INT-024"]
    assert any("CS Assessment Updated" in finding.text for finding in unknown)
    assert set(result.tables["contact"]["source"].to_pylist()) == {"police", "individual", "anonymous"}


def test_a_census_whose_name_says_2021_and_whose_header_says_2023():
    right, wrong = (read_sample("cin_census/CIN_Census_2021.xml", period=Quarter(year, 1)) for year in (2023, 2021))

    assert not right.refused
    assert right.tables["referral"].num_rows == 1
    assert right.tables["assessment_factor"]["factor"].to_pylist() == ["2A", "2B"]
    loose = next(finding for finding in right.findings if finding.code == "SL-INT-040")
    assert loose.place.line == 23 or loose.examples[0] == 23
    assert [finding.code for finding in wrong.findings if finding.severity is Severity.BLOCK] == ["SL-INT-013"]


def test_a_census_whose_year_and_reference_date_disagree():
    result = read_sample("cin_census/CIN_Census_2024.xml", period=Quarter(2024, 1))

    assert not result.refused
    assert "SL-INT-041" in codes(result)
    assert "SL-CIN-301" in codes(result)
    factor = next(finding for finding in result.findings if finding.code == "SL-INT-024" and finding.place.column == "AssessmentFactors")
    assert '"RB"' in factor.text


def test_a_census_of_three_hundred_children():
    result = read_sample("cin_census/fake_CIN_data.xml")

    assert not result.refused
    assert (result.tables["identity_record"].num_rows, result.tables["referral"].num_rows) == (332, 402)
    assert result.rows_read == result.rows_kept


def test_the_looked_after_return_as_files_and_as_xml():
    names = [f"ssda903/{path.name}" for path in sorted(sample("ssda903").glob("*.csv"))]
    files, xml = read_sample(*names), read_sample("ssda903/fake_903.xml")

    assert not files.refused
    assert files.rows_read == 25_945
    assert files.rows_read - files.rows_kept == rows_set_aside(files)
    assert files.tables["missing_episode"].num_rows == 43
    assert set(files.tables["missing_episode"]["started_at_precision"].to_pylist()) == {"day"}
    assert not xml.refused
    assert xml.tables["plan_review"].num_rows == 1206
    assert xml.tables["missing_episode"].num_rows == 6


def test_a_looked_after_return_of_another_year_is_refused():
    result = read_sample("ssda903/missing.csv", period=Quarter(2026, 1))

    assert [finding.code for finding in result.findings if finding.severity is Severity.BLOCK] == ["SL-INT-013"]
