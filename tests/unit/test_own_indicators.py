"""A partnership adds indicators with YAML and SQL only, chooses its five key ones, and is told every mistake with file and line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sightline.app.indicators import check_definitions
from sightline.cli.main import app
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Indicator
from sightline.errors import CatalogueProblems, NotFound

MEASURE = """\
-- Referrals of children that a school made.
select referral.person_id, referral.referral_id as event_id, referral.received_on as happened_on, referral.source as referral_source
from referral
where referral.source = 'school'
"""
INDICATOR = """\
id: school_referrals
domain: recognition
title: Referrals that schools made
question: How often do schools ask social care for help?
purpose: Learn with schools what makes referring easy or hard.
unit: referrals
numerator: {measure: school_referrals, says: Referrals that a school made in the quarter}
denominator: {measure: referrals, says: Referrals in the quarter}
per: 100
ages: {unknown: counted}
breakdowns: [ward, age_band]
sources: Referrals to children's social care with who made them.
agencies_needed: [csc]
interpretations:
  - Schools see and refer more, or less.
  - Others refer more, or less, so that the share of schools changes.
lines_of_inquiry:
  - Which schools have made none, and what do they do instead?
caveat: The source is who rang, not who noticed.
"""
PARTNERSHIP = """\
id: here
name: Here
area: Here
authority_code: "999"
first_period: 2025-Q1
agencies:
  - id: csc
    name: Social care
    mode: record_level
    datasets: [{id: annex_a, title: Annex A, format: annex_a, every: quarter, due_days: 21}]
key_indicators:
  - {id: school_referrals, reason: Schools asked for it.}
  - {id: missing_episodes, reason: Three homes opened.}
  - {id: children_referred_again, reason: The board follows it.}
  - {id: children_safe_after_plan, reason: Families asked.}
  - {id: children_newly_recognised, reason: New training began.}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A partnership's folder with one indicator and one measure of its own."""
    write(tmp_path / "indicators" / "school_referrals.yml", INDICATOR)
    write(tmp_path / "measures" / "school_referrals.sql", MEASURE)
    write(tmp_path / "partnership.yml", PARTNERSHIP)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def spoil(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def problems(own: Path) -> list[str]:
    with pytest.raises(CatalogueProblems) as caught:
        load_catalogue(own=own)
    return [re.sub(r"^.*/", "", str(problem)) for problem in caught.value.problems]


def test_yaml_and_sql_alone_make_an_indicator_that_stands_beside_the_catalogues(own: Path) -> None:
    catalogue, shipped = load_catalogue(own=own), load_catalogue()

    assert {each.id for each in catalogue.indicators} - {each.id for each in shipped.indicators} == {"school_referrals"}
    found = catalogue.indicator("school_referrals")
    assert (found.statistic, found.framework, found.per) == ("proportion", None, 100)
    assert "referral.source" in catalogue.lineage_of(found)
    assert "school_referrals" not in {each.id for each in load_catalogue().indicators}


def test_the_partnership_chooses_its_five_with_reasons_and_the_others_take_their_place_in_the_framework(own: Path) -> None:
    catalogue = load_catalogue(own=own)

    assert [(each.id, each.key_reason) for each in catalogue.indicators if each.key] == [
        ("school_referrals", "Schools asked for it."),
        ("missing_episodes", "Three homes opened."),
        ("children_referred_again", "The board follows it."),
        ("children_safe_after_plan", "Families asked."),
        ("children_newly_recognised", "New training began."),
    ]
    assert [each.id for each in catalogue.indicators[:6]][-1] == "children_with_known_concern", "A01 comes first of the others"
    assert catalogue.indicators[0].id == "school_referrals"


def test_without_a_choice_the_catalogues_five_hold(own: Path) -> None:
    (own / "partnership.yml").unlink()

    assert [each.id for each in load_catalogue(own=own).indicators if each.key] == [
        each.id for each in load_catalogue().indicators if each.key
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("id: missing_episodes", "id: missing_socks", 'partnership.yml, line 13: "missing_socks" is no indicator'),
        ("id: missing_episodes", "id: sexual_health_concerns", "waits for data and is not counted yet"),
    ],
)
def test_a_choice_of_what_is_not_counted_is_told_with_its_line(own: Path, before: str, after: str, told: str) -> None:
    spoil(own / "partnership.yml", before, after)

    assert any(told in problem for problem in problems(own))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("  - {id: missing_episodes, reason: Three homes opened.}\n", "", "4 key indicators are chosen"),
        ("id: missing_episodes", "id: school_referrals", '"school_referrals" is chosen twice'),
        (", reason: Three homes opened.", "", 'reason" is missing'),
    ],
)
def test_five_are_chosen_each_once_and_with_a_reason(own: Path, before: str, after: str, told: str) -> None:
    spoil(own / "partnership.yml", before, after)

    assert any(told in str(problem) and "partnership.yml, line 1" in str(problem) for problem in check_definitions(own).problems)


@pytest.mark.parametrize(
    ("name", "text"),
    [("indicators/missing_episodes.yml", INDICATOR), ("measures/referrals.sql", MEASURE), ("derived/concern.sql", MEASURE)],
)
def test_a_name_that_the_catalogue_has_is_refused_with_file_and_line(own: Path, name: str, text: str) -> None:
    write(own / name, text)

    assert any(re.match(rf"{Path(name).name}, line 1: the catalogue has .* already", problem) for problem in problems(own))


def test_every_mistake_of_every_file_is_told_at_once_with_file_and_line(own: Path) -> None:
    """A measure that deletes, one that reads a column there is not, and an indicator with several mistakes."""
    write(own / "measures" / "gone.sql", "-- Counts.\n\ndelete from referral where referral.source = 'school'\n")
    spoil(own / "measures" / "school_referrals.sql", "where referral.source", "where referral.colour")
    spoil(own / "indicators" / "school_referrals.yml", "purpose: Learn with schools what makes referring easy or hard.\n", "")
    spoil(own / "indicators" / "school_referrals.yml", "  - Others refer more, or less, so that the share of schools changes.\n", "")
    spoil(own / "indicators" / "school_referrals.yml", "domain: recognition", "domain: elsewhere")
    found = problems(own)

    assert [problem.partition(" Use")[0] for problem in found if problem.startswith("gone")] == [
        "gone.sql, line 3: holds something other than one select statement. A measure only reads."
    ]
    assert any(problem.startswith('school_referrals.sql, line 4: "referral.colour" is not a column') for problem in found)
    told = [problem for problem in found if problem.startswith("school_referrals.yml")]
    assert any('line 1: "purpose" is missing' in problem for problem in told)
    assert any(re.search(r"line \d+: \"interpretations\"", problem) for problem in told)
    assert any('line 2: "elsewhere" is no part of the framework' in problem for problem in told)
    assert any('"school_referrals" is not a measure that loaded' in problem for problem in told)


def test_what_only_running_shows_is_told_too(own: Path) -> None:
    spoil(own / "measures" / "school_referrals.sql", "where referral.source = 'school'", "where\n  referral.received_on > 5")
    (found,) = check_definitions(own).problems

    assert Path(str(found.place.file)).name == "school_referrals.sql"
    assert found.place.line == 5
    assert "cannot be run" in found.message


def test_a_file_that_is_no_indicator_at_all_is_told(own: Path) -> None:
    write(own / "indicators" / "list.yml", "- one\n- two\n")

    assert any(problem.startswith("list.yml, line 1: is not an indicator") for problem in problems(own))


def test_a_median_needs_a_measure_that_returns_the_value(own: Path) -> None:
    text = INDICATOR.replace(
        "denominator: {measure: referrals, says: Referrals in the quarter}\nper: 100\n", "statistic: median\nvalue: days\n"
    )
    write(own / "indicators" / "school_referrals.yml", text)

    assert any("does not return value, of which the median is taken" in problem for problem in problems(own))


def test_what_is_about_nobody_counts_no_children_and_has_no_breakdown_of_the_child(own: Path) -> None:
    spoil(own / "measures" / "school_referrals.sql", "referral.person_id, ", "")
    spoil(own / "indicators" / "school_referrals.yml", "unit: referrals", "unit: children")
    found = problems(own)

    assert any("counts no children: it returns no person_id" in problem for problem in found)
    assert any("does not say whom it is about, which ward needs" in problem for problem in found)


def test_the_command_lists_shows_and_checks(own: Path) -> None:
    run = CliRunner().invoke
    listed = run(app, ["indicators", "list", "--folder", str(own), "--json"])
    shown = run(app, ["indicators", "show", "school_referrals", "--folder", str(own)])
    by_number = run(app, ["indicators", "show", "C01", "--json"])
    checked = run(app, ["indicators", "check", str(own)])

    assert next(each["id"] for each in json.loads(listed.stdout)["indicators"] if each["key"]) == "school_referrals"
    assert "Learn with schools" in shown.stdout
    assert "where referral.source = 'school'" in shown.stdout
    assert json.loads(by_number.stdout)["id"] == "missing_episodes"
    assert checked.exit_code == 0
    assert "1 of them your own (school_referrals)" in checked.stdout


def test_the_command_explains_every_mistake_and_refuses(own: Path) -> None:
    spoil(own / "indicators" / "school_referrals.yml", "per: 100", "per: 1000")
    spoil(own / "partnership.yml", "id: missing_episodes", "id: school_referrals")
    checked = CliRunner().invoke(app, ["indicators", "check", str(own)])
    as_json = CliRunner().invoke(app, ["indicators", "check", str(own), "--json"])

    assert checked.exit_code == 3
    assert re.search(r"school_referrals\.yml, line 9: \"per\" is wrong", checked.stdout)
    assert "chosen twice" in checked.stdout
    assert all(problem["line"] for problem in json.loads(as_json.stdout)["problems"])


def test_the_shipped_catalogue_loads_and_every_measure_runs() -> None:
    found = check_definitions(None)

    assert found.problems == ()
    assert found.counted >= 60
    assert all(isinstance(each, Indicator) for each in load_catalogue().indicators)


def test_files_beside_their_folders_are_not_taken_for_checked(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text("id: mine\n", encoding="utf-8")

    with pytest.raises(NotFound, match="nothing to check"):
        check_definitions(tmp_path)
