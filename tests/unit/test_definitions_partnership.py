"""A partnership's definition: every mistake with its line, and the calendar it gives."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import sightline
from sightline.definitions.partnership import Dataset, load_partnership
from sightline.errors import CatalogueProblems, NotFound
from sightline.model.periods import Quarter
from tests.support.partnership import PARTNERSHIP, write_partnership

SALTMERE = Path(sightline.__path__[0]) / "catalogue" / "partnerships" / "saltmere"


def dataset(**more: object) -> Dataset:
    return Dataset.model_validate({"id": "x", "title": "X", "format": "annex_a", "every": "quarter", "due_days": 21} | more)


def problems(tmp_path, text: str) -> list[str]:
    with pytest.raises(CatalogueProblems) as found:
        load_partnership(write_partnership(tmp_path, text))
    return [f"{problem.place.line}: {problem.message}" for problem in found.value.problems]


def test_every_mistake_is_listed_with_its_line(tmp_path):
    text = PARTNERSHIP.replace("mode: record_level", "mode: everything", 1).replace("due_days: 60", "due_days: soon")

    found = problems(tmp_path, text)

    assert [line.split(":")[0] for line in found] == ["10", "13"]
    assert "record_level" in found[0]


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("id: cin_census,", "id: annex_a,", "13", "two datasets"),
        ("  - id: police\n", "  - id: csc\n", "14", "two agencies"),
        ("title: Counts, format: annex_a", "title: Counts", "28", "a format or a mapping"),
        ("title: Counts, format", "title: Counts, mapping: mappings/none.yml, format", "28", "a format or a mapping"),
        ("title: Counts, format: annex_a", "title: Counts, mapping: mappings/none.yml", "28", "does not exist"),
        ("first_period: 2025-Q1", "first_period: January", "6", "not a period"),
        ("id: testing", "id: Testing Place", "2", '"id"'),
        ("id: testing", "id: testing\ncolour: blue", "3", "not a key"),
    ],
)
def test_a_mistake_is_found_where_it_is(tmp_path, before, after, line, says):
    assert before in PARTNERSHIP

    found = problems(tmp_path, PARTNERSHIP.replace(before, after, 1))

    assert len(found) == 1
    assert found[0].startswith(f"{line}:")
    assert says in found[0]


@pytest.mark.parametrize(("text", "says"), [("", "empty"), ("id: [", "not valid YAML"), ("- a\n- b\n", "partnership")])
def test_a_file_that_is_no_definition_is_a_problem_not_a_crash(tmp_path, text, says):
    assert says in problems(tmp_path, text)[0]


def test_a_missing_definition_names_the_file_looked_for(tmp_path):
    with pytest.raises(NotFound, match=r"partnership\.yml"):
        load_partnership(tmp_path)


def test_quarters_are_due_for_each_a_year_for_its_last_and_a_term_for_the_one_it_ends_in():
    year = [Quarter(2025, number) for number in (1, 2, 3, 4)]

    assert [quarter.number for quarter in year if dataset().is_expected(quarter)] == [1, 2, 3, 4]
    assert [quarter.number for quarter in year if dataset(every="year").is_expected(quarter)] == [1]
    assert [quarter.number for quarter in year if dataset(every="term").is_expected(quarter)] == [1, 2, 4]


def test_a_year_covers_april_to_march_and_the_autumn_term_begins_in_september():
    assert dataset().covers(Quarter(2026, 1)) == (date(2026, 1, 1), date(2026, 3, 31))
    assert dataset(every="year").covers(Quarter(2026, 1)) == (date(2025, 4, 1), date(2026, 3, 31))
    assert dataset(every="term").covers(Quarter(2025, 4)) == (date(2025, 9, 1), date(2025, 12, 31))


def test_a_return_is_due_a_number_of_days_after_its_period():
    assert dataset().due_on(Quarter(2026, 1)) == date(2026, 4, 21)


def test_only_periods_that_have_ended_are_in_the_calendar(tmp_path):
    partnership = load_partnership(write_partnership(tmp_path))

    assert partnership.periods(dataset(), date(2026, 3, 31))[-1] == Quarter(2025, 4)
    assert partnership.periods(dataset(), date(2026, 4, 1))[-1] == Quarter(2026, 1)
    assert partnership.periods(dataset(), date(2024, 4, 1)) == []


def test_the_partnership_that_comes_with_sightline_is_sound_and_invented():
    saltmere = load_partnership(SALTMERE)

    assert [agency.id for agency in saltmere.agencies] == [
        *("csc", "early_help", "youth_justice", "police", "health", "education", "housing", "voluntary")
    ]
    assert saltmere.authority_code == "999"
    assert sum(len(saltmere.periods(each, date(2026, 5, 15))) for agency in saltmere.agencies for each in agency.datasets) == 172
