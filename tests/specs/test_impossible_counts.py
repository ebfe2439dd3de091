"""What cannot be counted, or cannot be true: said with its reason, never shown as a number, and nothing half published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.tables import drawn, engine_with

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators import MoreThanAll, Scope, cells_from_table, count_indicators
from sightline.model.figures import Absent, Cell
from sightline.model.periods import Quarter

Q4, Q1 = Quarter(2025, 4), Quarter(2026, 1)
PEOPLE = """
    person_id | birth_month | ward | sex    | ethnicity | resident_in_area
    Ada       | 2012-05-01  | W01  | female | white     | yes
    Ben       | 2012-05-01  | W02  | male   | asian     | no
    Cal       | 2012-05-01  | W02  | male   | asian     | -
"""
REFERRALS = """
    person_id | received_on | source | closed_on
    Ada       | 2026-01-10  | school | 2026-01-30
    Ada       | 2026-02-10  | school | 2026-02-16
    Ben       | 2026-01-20  | police | 2026-03-31
    Cal       | 2025-11-20  | police | -
"""
INDICATOR = """\
id: odd_share
domain: recognition
title: An odd share
question: What is wrong here?
purpose: Show what happens when a part is more than the whole.
unit: referrals
numerator: {measure: referrals, says: Referrals}
denominator: {measure: school_referrals, says: Referrals that a school made}
per: 100
ages: {unknown: counted}
breakdowns: [referral_source, ward]
sources: Referrals.
agencies_needed: [csc]
interpretations: [One., Another.]
lines_of_inquiry: [Why?]
caveat: It is odd.
"""
SCHOOLS = """\
-- Referrals that a school made.
select referral.person_id, referral.referral_id as event_id, referral.received_on as happened_on, referral.source as referral_source
from referral
where referral.source = 'school'
"""
WAITS = """\
-- Days from a referral to its close.
select referral.person_id, referral.referral_id as event_id, referral.received_on as happened_on, referral.source as referral_source,
    date_diff('day', referral.received_on, referral.closed_on) as value
from referral
where referral.received_on_precision = 'day' and referral.closed_on_precision = 'day'
"""
PLACES = """\
-- Incidents, whoever was in them.
select incident.incident_id as event_id, cast(incident.started_at as date) as happened_on, incident.ward as incident_ward
from incident
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    for folder, name, text in (("indicators", "odd_share.yml", INDICATOR), ("measures", "school_referrals.sql", SCHOOLS)):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    return tmp_path


@contextmanager
def engine(**tables: str) -> Iterator[DuckDBEngine]:
    with engine_with({name: drawn(text) for name, text in tables.items()}, quarters=[Q4, Q1]) as made:
        yield made


def alone(own: Path, id: str = "odd_share") -> Catalogue:
    catalogue = load_catalogue(own=own)
    return catalogue.alone(catalogue.indicator(id))


def cells(catalogue: Catalogue, scope: Scope, **tables: str) -> dict[tuple[str, str, str], Cell | Absent]:
    with engine(**tables) as made:
        return {(cell.period, cell.breakdown, cell.category): cell for cell in cells_from_table(count_indicators(made, catalogue, scope))}


def rewrite(own: Path, *changes: tuple[str, str]) -> None:
    path = own / "indicators" / "odd_share.yml"
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")


def test_a_part_that_is_more_than_its_whole_is_refused_naming_indicator_quarter_and_breakdown_but_no_count(own: Path) -> None:
    with pytest.raises(MoreThanAll) as caught, engine(person=PEOPLE, referral=REFERRALS) as made:
        count_indicators(made, alone(own), Scope((Q4, Q1)))

    told = caught.value.message
    assert "1 indicator counts more than it is out of" in told
    assert "odd_share.yml, line 1: odd_share in 2025-Q4 in all, 2025-Q4 by referral_source, 2025-Q4 by ward, 2026-Q1 in all" in told
    assert "3" not in told.replace("odd_share", "").partition("line 1:")[2].replace("2025-Q4", "").replace("2026-Q1", "")


def test_a_rate_may_be_more_than_one_for_each(own: Path) -> None:
    """Only a share of a whole has a whole that it cannot exceed."""
    rewrite(own, ("per: 100", "per: 1\nstatistic: ratio"))
    found = cells(alone(own), Scope((Q1,)), person=PEOPLE, referral=REFERRALS)["2026-Q1", "all", "all"]

    assert isinstance(found, Cell)
    assert (found.numerator, found.denominator, found.per) == (3, 2, 1)


def test_a_quarter_with_no_returns_has_a_reason_in_every_cell_and_no_number(own: Path) -> None:
    rewrite(own, ("denominator: {measure: school_referrals", "denominator: {measure: referrals"))
    covered = {("csc", "csc"): {"2025-Q4"}}
    found = cells(alone(own), Scope((Q4, Q1), covered), person=PEOPLE, referral=REFERRALS)

    of_q1 = [cell for (period, _, _), cell in found.items() if period == "2026-Q1"]
    assert of_q1
    assert all(isinstance(cell, Absent) and cell.reason == "no return received" for cell in of_q1)
    assert isinstance(found["2025-Q4", "all", "all"], Cell)


def test_an_agency_that_shares_counts_only_is_the_reason_where_records_are_needed(own: Path) -> None:
    rewrite(own, ("denominator: {measure: school_referrals", "denominator: {measure: referrals"))
    scope = Scope((Q1,), modes={"csc": "aggregate_only"})
    found = cells(alone(own), scope, person=PEOPLE, referral=REFERRALS)["2026-Q1", "all", "all"]

    assert found == Absent("odd_share", "2026-Q1", "all", "all", "an agency it needs shares counts only", 100)


def test_a_median_counts_those_whose_value_is_known_and_has_no_end_of_a_range_with_so_few(own: Path) -> None:
    (own / "measures" / "waits.sql").write_text(WAITS, encoding="utf-8")
    rewrite(
        own,
        ("measure: referrals,", "measure: waits,"),
        ("denominator: {measure: school_referrals, says: Referrals that a school made}\nper: 100\n", "statistic: median\nvalue: days\n"),
    )
    found = cells(alone(own), Scope((Q4, Q1)), person=PEOPLE, referral=REFERRALS)
    whole, school = found["2026-Q1", "all", "all"], found["2026-Q1", "referral_source", "school"]

    assert isinstance(whole, Cell)
    assert isinstance(school, Cell)
    assert (whole.numerator, whole.contributors, whole.median, whole.value) == (3, 2, 20, "days")
    assert (school.numerator, school.median, school.median_low, school.median_high) == (2, 13, None, None)
    open_still = found["2025-Q4", "all", "all"]
    assert isinstance(open_still, Cell)
    assert (open_still.numerator, open_still.median) == (0, None)


def test_what_is_about_nobody_is_counted_by_itself(own: Path) -> None:
    (own / "measures" / "incidents_by_place.sql").write_text(PLACES, encoding="utf-8")
    rewrite(
        own,
        ("measure: referrals,", "measure: incidents_by_place,"),
        ("denominator: {measure: school_referrals, says: Referrals that a school made}\nper: 100\n", ""),
        ("unit: referrals", "unit: incidents"),
        ("breakdowns: [referral_source, ward]", "breakdowns: [incident_ward]"),
    )
    incidents = (
        "incident_reference | started_at | ward\nI1 | 2026-01-10T17:00 | W02\nI2 | 2026-01-11T17:00 | W99\nI3 | 2026-02-01T09:00 | W02"
    )
    found = cells(alone(own), Scope((Q1,)), incident=incidents)

    numbers = {key[1:]: (cell.numerator, cell.contributors) for key, cell in found.items() if isinstance(cell, Cell)}
    assert numbers["all", "all"] == (3, 3)
    assert numbers["incident_ward", "W02"] == (2, 2)
    assert numbers["incident_ward", "not_recorded"] == (1, 1), "a ward that nobody knows is not lost"


def test_a_rate_of_residents_counts_residents_by_what_their_ward_belongs_to(own: Path) -> None:
    rewrite(
        own,
        (
            "denominator: {measure: school_referrals, says: Referrals that a school made}",
            "denominator: {resident_age_bands: [13-15], says: Residents}",
        ),
        ("per: 100", "per: 10000"),
        ("breakdowns: [referral_source, ward]", "breakdowns: [ward, deprivation, council]"),
    )
    population = "ward | age_band | sex | ethnicity | children\nW01 | 13-15 | female | white | 40\nW02 | 13-15 | male | asian | 60"
    found = cells(alone(own), Scope((Q4, Q1)), person=PEOPLE, referral=REFERRALS, population=population)
    parts = {key: (cell.numerator, cell.denominator) for key, cell in found.items() if isinstance(cell, Cell)}

    assert parts["2026-Q1", "all", "all"] == (2, 100), "Ben is known to live elsewhere"
    assert parts["2025-Q4", "all", "all"] == (1, 100), "of Cal nobody knows"
    assert parts["2026-Q1", "deprivation", "1"] == (2, 40)
    assert parts["2025-Q4", "deprivation", "3"] == (1, 60)
    assert {key[2]: whole for key, whole in parts.items() if key[:2] == ("2026-Q1", "council")} == {
        "Saltmere Harbour": (2, 40),
        "Saltmere Downs": (0, 60),
        "not_recorded": (0, None),
    }


def test_what_no_ward_tells_of_is_not_counted_by(own: Path) -> None:
    rewrite(own, ("denominator: {measure: school_referrals", "denominator: {measure: referrals"), ("referral_source, ward]", "region]"))
    with engine(person=PEOPLE, referral=REFERRALS) as made:
        made.materialise("told", "select * from ward")
        made.materialise("ward", "select * replace (cast(null as varchar) as region) from told")
        found = cells_from_table(count_indicators(made, alone(own), Scope((Q1,))))

    assert {cell.breakdown for cell in found} == {"all"}


def test_indicators_that_count_the_same_thing_for_other_ages_do_not_share_it(own: Path) -> None:
    rewrite(own, ("denominator: {measure: school_referrals", "denominator: {measure: referrals"))
    catalogue = load_catalogue(own=own)
    young = catalogue.indicator("odd_share").model_copy(
        update={"id": "young", "ages": catalogue.indicator("odd_share").ages.model_copy(update={"under": 10})}
    )
    both = replace(catalogue.alone(catalogue.indicator("odd_share")), indicators=(catalogue.indicator("odd_share"), young))
    with engine(person=PEOPLE, referral=REFERRALS) as made:
        found = {(c.indicator, c.breakdown): c for c in cells_from_table(count_indicators(made, both, Scope((Q1,)))) if isinstance(c, Cell)}

    assert (found["odd_share", "all"].numerator, found["young", "all"].numerator) == (3, 0)
