"""Which agency knows which child for a reason of its own, and which others may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sightline.model.periods import Quarter
from tests.support.oracles.base import FOR_EVER, Rows, day_of, lives_elsewhere, once_a_world, oracle, year_to
from tests.support.oracles.recorded import help_given, missing_episodes, parts_in_incidents
from tests.support.oracles.signs_and_responses import terms_half_missed
from tests.support.random_worlds import Row, World

DAYS = (
    ("contact", "contacted_on", None),
    ("referral", "received_on", None),
    ("assessment", "started_on", "authorised_on"),
    ("exclusion", "started_on", None),
)
"""Records that tell of one day, or of the days from one to another."""


@once_a_world
def known(world: World) -> list[tuple[str, str, date, date]]:
    """Child, agency, and the days from which to which; being on a school's roll or an ordinary visit to hospital is not being known."""
    told: list[tuple[Row, date | None, date | None]] = []
    for entity, first, last in DAYS:
        told += [(row, row[first], row[last or first] or row[first]) for row in world[entity]]
    told += [(row, row["started_on"], row["ended_on"] or FOR_EVER) for row in (*help_given(world), *world["flag"])]
    told += [(row, row["opened_on"], row["closed_on"] or FOR_EVER) for row in world["housing_case"]]
    told += [(row, began, began) for _, began, spell in missing_episodes(world) for row in spell]
    for part, incident in parts_in_incidents(world):
        told.append((part, _day(incident["started_at"]), _day(incident["started_at"])))
    for row in world["ae_attendance"]:
        if row["assault"] or row["safeguarding_concern"] not in {None, "none", "not_recorded"}:
            told.append((row, _day(row["arrived_at"]), _day(row["arrived_at"])))
    terms = [(term.person_id, term.agency_id, term.day, term.day) for term in terms_half_missed(world)]
    return terms + [
        (row["person_id"], row["agency_id"], first, last) for row, first, last in told if first is not None and last is not None
    ]


def _day(moment: date | None) -> date | None:
    return None if moment is None else day_of(moment)


def _knowing(world: World, quarter: Quarter) -> dict[str, set[str]]:
    """The agencies that knew each child in the twelve months to the end of the quarter."""
    found: dict[str, set[str]] = defaultdict(set)
    for child, agency, first, last in known(world):
        if first <= quarter.end and last >= year_to(quarter):
            found[child].add(agency)
    return found


def _knowing_here(world: World, quarter: Quarter) -> dict[str, set[str]]:
    return {child: agencies for child, agencies in _knowing(world, quarter).items() if not lives_elsewhere(world, child)}


@oracle
def children_known_to_agencies(world: World) -> Rows:
    for quarter in world.quarters:
        for child, agencies in _knowing(world, quarter).items():
            yield from ((child, str(quarter), agency, agency) for agency in agencies)


@oracle
def agencies_that_do_not_know(world: World) -> Iterator[tuple[str, ...]]:
    for quarter in world.quarters:
        knowing = _knowing_here(world, quarter)
        sharing = set().union(*knowing.values())
        for child, agencies in knowing.items():
            yield from ((child, str(quarter), agency, f"{child} {agency}") for agency in sharing - agencies)


@oracle
def agencies_that_may_know(world: World) -> Iterator[tuple[str, ...]]:
    """Every agency that shares is another than some agency that knew the child, but one that alone knew it."""
    for quarter in world.quarters:
        knowing = _knowing_here(world, quarter)
        sharing = set().union(*knowing.values())
        for child, agencies in knowing.items():
            yield from ((child, str(quarter), agency, f"{child} {agency}") for agency in sharing if agencies - {agency})
