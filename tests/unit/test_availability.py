"""Whether an indicator can be counted for a quarter depends on the agencies it needs, each asked about what it sends."""

from __future__ import annotations

import pytest

from sightline.definitions.catalogue import load_catalogue
from sightline.indicators.availability import NO_RETURN, Sources, reason_for_none
from sightline.model.periods import Quarter

QUARTER = Quarter(2026, 1)
RATIO = load_catalogue().indicator("actions_for_each_restriction")
ACTIONS, RESTRICTIONS = {"disruption"}, {"custody", "care_episode"}


def reason(covered: dict[tuple[str, str], set[str]], filled: dict[str, set[tuple[str, str]]]) -> str | None:
    sources = Sources({entity: frozenset(found) for entity, found in filled.items()}, covered)
    return reason_for_none(RATIO, ACTIONS, QUARTER, None, sources, out_of=RESTRICTIONS)


POLICE, CARE = ("police", "police"), ("csc", "ssda903")
BOTH = {"disruption": {POLICE}, "custody": {POLICE}, "care_episode": {CARE}}


def test_an_agency_needed_for_what_a_count_is_out_of_is_asked_about_that() -> None:
    assert reason({POLICE: {"2026-Q1"}, CARE: {"2026-Q1"}}, BOTH) is None


@pytest.mark.parametrize("silent", [POLICE, CARE])
def test_either_agency_that_sent_nothing_for_the_quarter_leaves_no_count(silent: tuple[str, str]) -> None:
    covered = {POLICE: {"2026-Q1"}, CARE: {"2026-Q1"}} | {silent: {"2025-Q4"}}
    assert reason(covered, BOTH) == NO_RETURN


def test_nobody_who_ever_sent_what_is_counted_is_no_count_of_zero() -> None:
    """Police who send custody and no actions have not said that there were no actions."""
    filled = {"custody": {POLICE}, "care_episode": {CARE}}
    assert reason({POLICE: {"2026-Q1"}, CARE: {"2026-Q1"}}, filled) == NO_RETURN
