"""Flows from one agency, authority or stage to another: every table that shows them says so, and nothing else draws them."""

from __future__ import annotations

import pytest

from sightline.definitions.analyses import Analyses, load_analyses
from sightline.definitions.catalogue import load_catalogue

ENDS = ("agency", "authorit", "stage", "ward", "council", "from", "source", "placed", "told_by")
"""Parts of names of dimensions that are an end of a way: who sent, where to, what came next."""
NO_FLOWS = {
    ("flags_compared", "pairs"): "whether two agencies hold a concern about the same children, who go nowhere",
    ("flags_compared", "pairs_that_both_knew"): "the same, of children whom both knew",
    (
        "missing_children",
        "told_by_and_place",
    ): "from what kind of home, and which agency told first: both of where the child was missing from",
}


@pytest.fixture(scope="module")
def analyses() -> Analyses:
    return load_analyses()


def ends(by: tuple[str, ...]) -> int:
    return sum(any(end in dimension for end in ENDS) for dimension in by)


def test_every_table_with_two_ends_declares_its_flows_or_says_why_it_has_none(analyses: Analyses) -> None:
    with_two = {(each.id, table.id): table.flows for each in analyses.analyses for table in each.tables if ends(table.by) > 1}

    assert {name for name, flows in with_two.items() if flows} == {
        ("away_from_home", "three_authorities"),
        ("journeys", "flows"),
        ("who_flagged_first", "first_and_next"),
    }
    assert {name for name, flows in with_two.items() if not flows} == NO_FLOWS.keys()


def test_every_drawing_of_flows_is_of_a_table_that_declares_them(analyses: Analyses) -> None:
    assert all(table.flows for each in analyses.analyses for table in each.tables if table.chart == "sankey")


def test_no_indicator_is_broken_down_by_two_ends_at_once() -> None:
    """A breakdown is by one thing; where one is a pair, it is one of agencies that are compared."""
    breakdowns = load_catalogue().breakdowns.values()

    assert [each.id for each in breakdowns if each.list == "agency_pairs"] == ["agency_pair"]
