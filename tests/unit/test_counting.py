"""Counting: unknown is not zero, every category has a cell, one age for a child in a quarter."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Ages
from sightline.indicators import Scope, cells_from_table, count_indicators
from sightline.indicators.people import with_values
from sightline.model.figures import Absent, Cell
from sightline.model.periods import Quarter
from tests.support.tables import drawn, engine_with

CATALOGUE = load_catalogue()
QUARTER = Quarter(2026, 1)
REFERRALS = "person_id | received_on | source\nAda | 2026-01-10 | police\nAda | 2026-02-10 | school"
MISSING = "person_id | agency_id | dataset | started_at\nAda | police | police | 2026-01-10T22:00\nBen | csc | annex_a | 2026-01-20T22:00"
PEOPLE = "person_id | birth_month | ward | sex | ethnicity\nAda | 2012-05-01 | W01 | female | white\nBen | 2012-05-01 | W01 | male | white"

Cells = dict[tuple[str, str, str], Cell | Absent]


def cells(indicator: str, *, scope: Scope | None = None, people: str = PEOPLE, **tables: str) -> Cells:
    rows = {name: drawn(text) for name, text in {"person": people, **tables}.items()}
    scope = scope or Scope((QUARTER,))
    with engine_with(rows, quarters=scope.quarters) as engine:
        only = CATALOGUE.alone(CATALOGUE.indicator(indicator))
        found = cells_from_table(count_indicators(engine, only, scope))
    return {(cell.period, cell.breakdown, cell.category): cell for cell in found}


def covering(**quarters: str) -> Mapping[tuple[str, str], set[str]]:
    datasets = {"police": ("police", "police"), "csc": ("csc", "annex_a")}
    return {datasets[agency]: set(listed.split()) for agency, listed in quarters.items()}


def test_every_category_that_exists_has_a_cell_and_counts_zero_where_nothing_happened() -> None:
    found = cells("children_referred_again", referral=REFERRALS)

    by_source = {category: cell for (_, breakdown, category), cell in found.items() if breakdown == "referral_source"}
    assert len(by_source) == 11
    assert {category for category, cell in by_source.items() if isinstance(cell, Cell) and cell.numerator} == {"school"}
    assert ("2026-Q1", "ward", "W02") in found
    assert ("2026-Q1", "ward", "not_recorded") in found


def test_a_quarter_without_a_needed_agencys_return_is_absent_not_zero() -> None:
    scope = Scope((QUARTER.plus(-1), QUARTER), covered=covering(csc="2025-Q4 2026-Q1", police="2025-Q4"))
    found = cells("missing_episodes", scope=scope, missing_episode=MISSING)

    assert found["2026-Q1", "all", "all"] == Absent("missing_episodes", "2026-Q1", "all", "all", "no return received", 10_000)
    assert isinstance(found["2025-Q4", "all", "all"], Cell)
    empty = found["2025-Q4", "ward", "W02"]
    assert isinstance(empty, Cell)
    assert (empty.numerator, empty.denominator, empty.contributors, empty.per) == (0, None, 0, 10_000)


def test_an_agency_that_sent_nothing_is_absent_in_its_own_column_though_the_total_stands() -> None:
    helped = "person_id | started_on | child_heard | dataset\nAda | 2026-01-02 | yes | early_help"
    programmes = "person_id | started_on | dataset\nBen | 2025-12-01 | youth_justice"
    covered = {
        ("csc", "annex_a"): {"2026-Q1"},
        ("early_help", "early_help"): {"2026-Q1"},
        ("youth_justice", "youth_justice"): {"2025-Q4"},
    }
    plans = "person_id | plan_type | started_on | dataset\nBen | CIN | 2026-01-02 | annex_a"
    heard = "person_id | plan_type | reviewed_on | child_heard | dataset\nBen | CIN | 2026-02-02 | yes | annex_a"
    found = cells(
        "children_whose_voice_is_recorded",
        scope=Scope((QUARTER,), covered),
        early_help_episode=helped,
        intervention=programmes,
        plan=plans,
        plan_review=heard,
    )

    assert isinstance(found["2026-Q1", "all", "all"], Cell)
    assert isinstance(found["2026-Q1", "agency", "early_help"], Cell)
    assert isinstance(found["2026-Q1", "agency", "youth_justice"], Absent)


def test_a_quarter_that_looks_back_further_than_the_records_is_absent() -> None:
    quarters = (Quarter(2022, 2), Quarter(2023, 1), Quarter(2023, 2))
    found = cells("children_referred_again", scope=Scope(quarters, first=Quarter(2022, 2)), referral=REFERRALS)

    reasons = [getattr(found[str(quarter), "all", "all"], "reason", None) for quarter in quarters]
    assert reasons == ["records do not reach back far enough"] * 2 + [None]


def test_a_child_has_one_age_band_in_a_quarter_that_of_its_first_day() -> None:
    people = "person_id | birth_month | ward | sex | ethnicity\nAda | 2010-02-01 | W01 | female | white"
    found = cells("children_referred_again", people=people, referral=REFERRALS)

    in_bands = {category: cell for (_, breakdown, category), cell in found.items() if breakdown == "age_band" and isinstance(cell, Cell)}
    assert {band: cell.denominator for band, cell in in_bands.items() if cell.denominator} == {"13-15": 1}


@pytest.mark.parametrize(("birth_month", "counts"), [("2008-02-01", 0), ("2008-03-01", 1), ("-", 1)])
def test_a_child_counts_who_is_under_18_on_the_day_itself(birth_month: str, counts: int) -> None:
    people = f"person_id | birth_month | ward | sex | ethnicity\nAda | {birth_month} | W01 | female | white"
    found = cells("children_referred_again", people=people, referral=REFERRALS)

    cell = found["2026-Q1", "all", "all"]
    assert isinstance(cell, Cell)
    assert cell.numerator == counts, "the second referral came on 10 February"


def test_somebody_who_was_never_linked_to_a_known_child_is_left_out_where_adults_are_recorded_too() -> None:
    assert CATALOGUE.indicator("children_harmed_in_incidents").ages == Ages.model_validate({"from": 10, "under": 18, "unknown": "left_out"})
    incident = "incident_reference | agency_id | started_at\nI1 | police | 2026-01-10T17:00"
    involvement = "person_id | incident_reference | role\nunlinked:x | I1 | victim"

    cell = cells("children_harmed_in_incidents", incident=incident, involvement=involvement)["2026-Q1", "all", "all"]
    assert isinstance(cell, Cell)
    assert cell.numerator == 0


def test_a_rate_by_ward_is_out_of_the_children_who_live_there_and_by_agency_of_all() -> None:
    population = "ward | age_band | sex | ethnicity | children\nW01 | 13-15 | female | white | 40\nW02 | 13-15 | male | white | 60"
    found = cells("missing_episodes", missing_episode=MISSING, population=population)

    out_of = {key[1:]: cell.denominator for key, cell in found.items() if isinstance(cell, Cell)}
    assert (out_of["all", "all"], out_of["ward", "W01"], out_of["agency", "police"]) == (100, 40, 100)
    assert out_of["ward", "not_recorded"] is None, "nobody knows how many live nowhere in particular"


def test_only_whole_numbers_can_take_the_place_of_a_parameter() -> None:
    assert with_values("select $days as days", {"days": 3}) == "select 3 as days"


def test_progress_tells_how_far_counting_is() -> None:
    told: list[tuple[str, int, int]] = []
    with engine_with({}, quarters=[QUARTER]) as engine:
        count_indicators(engine, CATALOGUE, Scope((QUARTER,)), progress=lambda words, done, total: told.append((words, done, total)))

    assert told[0] == ("Counting indicators", 0, len(CATALOGUE.indicators))
    assert told[-1] == ("Counting indicators", len(CATALOGUE.indicators), len(CATALOGUE.indicators))
