"""Ranges: the same SQL counts changed people as linked and as they might be, and the gate shows what is left open without telling more."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.definitions.catalogue import load_catalogue
from sightline.disclosure import protect
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators import Scope, cells_from_table, count_indicators, with_ranges
from sightline.indicators.ranges import has_range
from sightline.model.figures import Cell, Range, Released
from sightline.model.periods import Quarter
from tests.support.gate import KEY
from tests.support.tables import drawn, register_all

CATALOGUE = load_catalogue()
QUARTER = Quarter(2026, 1)
PEOPLE = "person_id | birth_month | ward | sex | ethnicity\n"
REFERRED = "person_id | received_on | source\n"


def ranges(changed: str, people: str, *, replicates: int) -> dict[tuple[str, str], Cell]:
    """Count twenty children referred twice, then the changed rows."""
    only = CATALOGUE.alone(CATALOGUE.indicator("children_referred_again"))
    everybody = [f"P{number}" for number in range(20)]
    given_people = PEOPLE + "\n".join(f"{each} | 2012-05-01 | W01 | female | white" for each in everybody)
    rows = "\n".join(f"{each} | 2026-01-10 | police\n{each} | 2026-02-10 | school" for each in everybody)
    with DuckDBEngine(threads=1) as engine:
        register_all(engine, {"person": drawn(given_people), "referral": drawn(REFERRED + rows)}, quarters=[QUARTER])
        cells = count_indicators(engine, only, Scope((QUARTER,)))
        register_all(engine, {"person": drawn(PEOPLE + people), "referral": drawn(REFERRED + changed)}, quarters=[QUARTER])
        found = cells_from_table(with_ranges(engine, only, cells, replicates=replicates))
    return {(cell.breakdown, cell.category): cell for cell in found if isinstance(cell, Cell)}


def test_a_child_who_may_be_two_lowers_the_range_of_what_only_one_child_did() -> None:
    # In two of four replicates one child, referred in January and in February, is two children, each referred once.
    one, two = "{r}-:0.0", ("{r}+:0.0", "{r}+:0.1")
    people = "\n".join(f"{each.format(r=r)} | 2012-05-01 | W01 | female | white" for r in (0, 3) for each in (one, *two))
    referrals = [(one, "2026-01-10", "police"), (one, "2026-02-10", "school")]
    referrals += [(two[0], "2026-01-10", "police"), (two[1], "2026-02-10", "school")]
    rows = "\n".join(f"{person.format(r=r)} | {day} | {source}" for r in (0, 3) for person, day, source in referrals)
    found = ranges(rows, people, replicates=4)

    whole = found["all", "all"]
    # draws 19, 20, 20, 19: mean 19.5, s = .5774, t(3) = 3.182, √(1 + 1/4): 19.5 ± 2.05
    assert (whole.numerator, whole.low, whole.high) == (20, 17, 22)
    assert (found["ward", "W01"].low, found["ward", "W01"].high) == (17, 22)
    assert (found["referral_source", "police"].low, found["referral_source", "police"].high) == (0, 0), (
        "the second referral came from school"
    )
    assert (found["ward", "W02"].low, found["ward", "W02"].high) == (0, 0)


def test_without_a_change_every_count_is_its_own_range() -> None:
    found = ranges("", "", replicates=5)
    assert all((cell.low, cell.high) == (cell.numerator, cell.numerator) for cell in found.values())


def shown(count: int, low: int, high: int) -> tuple[object, Range | None]:
    (figure,) = protect([Cell("i", "2026-Q1", "all", "all", count, None, count, low=low, high=high)], key=KEY)
    return figure.count, figure.range


@pytest.mark.parametrize(
    ("count", "low", "high", "expected"),
    [
        (40, 40, 40, Range(40, 40, sensitive=False)),
        (40, 39, 41, Range(35, 45, sensitive=False)),
        (40, 35, 40, Range(35, 40, sensitive=True)),
        (100, 90, 98, Range(90, 100, sensitive=True)),  # more missed than wrong: the range lies below the count
        (10, 0, 28, Range(0, 30, sensitive=True)),
    ],
)
def test_a_range_is_laid_about_the_rounded_count_and_rounded_outwards(count: int, low: int, high: int, expected: Range) -> None:
    assert shown(count, low, high)[1] == expected


def test_a_small_count_has_no_range() -> None:
    assert shown(5, 0, 14)[1] is None


@settings(max_examples=60, deadline=None)
@given(count=st.integers(10, 400), other=st.integers(10, 400), below=st.integers(-20, 20), above=st.integers(-20, 20))
def test_two_counts_that_look_alike_have_ranges_that_look_alike(count: int, other: int, below: int, above: int) -> None:
    """A range must not tell what rounding took away: all counts behind one rounded number show the same range for the same doubt."""
    one, same = shown(count, count - below, count + above), shown(other, other - below, other + above)
    if one[0] == same[0]:
        assert one[1] == same[1]
    assert isinstance(one[0], Released)


def ranged(indicator_id: str, **update: object) -> bool:
    indicator = CATALOGUE.indicator(indicator_id).model_copy(update=update)
    return has_range(CATALOGUE, indicator)


def test_what_cannot_be_counted_again_for_changed_people_alone_has_no_range_and_what_is_about_nobody_is_as_sure_as_it_stands() -> None:
    median = next(each for each in CATALOGUE.indicators if each.statistic == "median")
    about_nobody = [each for each in CATALOGUE.indicators if not CATALOGUE.measures[each.numerator.measure].is_about_people]

    assert ranged("children_referred_again")
    assert not ranged("children_referred_again", linkage_range=False)
    assert not ranged(median.id)
    assert about_nobody
    for each in about_nobody:
        assert has_range(CATALOGUE, each) == (not CATALOGUE.measures[each.numerator.measure].knows_people)


def test_a_median_is_left_without_a_range() -> None:
    median = next(each for each in CATALOGUE.indicators if each.statistic == "median")
    only = CATALOGUE.alone(median)
    with DuckDBEngine(threads=1) as engine:
        register_all(engine, {}, quarters=[QUARTER])
        cells = count_indicators(engine, only, Scope((QUARTER,)))
        found = cells_from_table(with_ranges(engine, only, cells, replicates=3))

    assert {(cell.low, cell.high) for cell in found if isinstance(cell, Cell)} == {(None, None)}
