"""What was recorded about children before or without a concern: signs, harm, being a suspect, ties to recognised children."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sightline.model.periods import Quarter
from tests.support.oracles.base import Rows, day_of, is_exact, is_in_year, oracle, years_in
from tests.support.oracles.concerns_held import CRIMINAL
from tests.support.oracles.recorded import concerns, harm_outside_home, parts_in_incidents, recognised_on
from tests.support.oracles.signs_and_responses import possible_signs
from tests.support.oracles.ties_and_records import ties
from tests.support.random_worlds import World


def _kinds_of_sign(world: World, quarter: Quarter, signs: int) -> Iterator[tuple[str, str]]:
    """Each child with so many kinds of sign in the twelve months, with every kind."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for sign in possible_signs(world):
        if is_in_year(sign.day, quarter):
            kinds[sign.person_id].add(sign.kind)
    return ((child, kind) for child, found in kinds.items() if len(found) >= signs for kind in found)


def _is_recognised(world: World, child: str, quarter: Quarter) -> bool:
    """Whether any agency had ever held a concern by the end of the quarter."""
    return recognised_on(world).get(child, date.max) <= quarter.end


@oracle
def children_with_signs(world: World, *, signs: int) -> Rows:
    for quarter in world.quarters:
        yield from ((child, str(quarter), kind, kind) for child, kind in _kinds_of_sign(world, quarter, signs))


@oracle
def children_with_signs_and_no_concern(world: World, *, signs: int) -> Rows:
    for quarter in world.quarters:
        for child, kind in _kinds_of_sign(world, quarter, signs):
            if not _is_recognised(world, child, quarter):
                yield child, str(quarter), kind, kind


@oracle
def children_near_recognised_children(world: World, *, others: int) -> Iterator[tuple[Any, ...]]:
    for quarter in world.quarters:
        near: dict[str, set[str]] = defaultdict(set)
        for tie in ties(world):
            if is_in_year(tie.day, quarter) and _is_recognised(world, tie.other, quarter):
                near[tie.one].add(tie.other)
        for child, tied in near.items():
            if len(tied) >= others and not _is_recognised(world, child, quarter):
                yield child, str(quarter), child


@oracle
def children_met_first_as_suspect(world: World) -> Iterator[tuple[Any, ...]]:
    for child in world.person:
        days = [row["started_on"] for row in concerns(world) if row["person_id"] == child and row["exploitation_type"] in CRIMINAL]
        if not days:
            continue
        told = [(sign.day, sign.kind, sign.is_exact) for sign in possible_signs(world) if sign.person_id == child]
        told.append((recognised_on(world)[child], "concern", True))
        earliest = min(day for day, _, _ in told)
        that_day = {(kind, is_known) for day, kind, is_known in told if day == earliest}
        if ("suspected", True) in that_day and not {"harmed", "concern"} & {kind for kind, _ in that_day}:
            yield from ((child, period, min(days), child) for period in years_in(world, min(days)))


@oracle
def children_harmed_in_incidents(world: World) -> Rows:
    for part, incident in harm_outside_home(world):
        yield part["person_id"], day_of(incident["started_at"]), incident["incident_id"], part["agency_id"]


def _first_days(world: World, quarter: Quarter) -> dict[str, tuple[date, date]]:
    """When each child was first harmed and first suspected in the twenty-four months; `date.max` is never."""
    told = [(part["person_id"], incident, 0) for part, incident in harm_outside_home(world)]
    told += [(part["person_id"], incident, 1) for part, incident in parts_in_incidents(world) if part["role"] == "suspect"]
    first: dict[str, list[date]] = {}
    for child, incident, which in told:
        if is_exact(incident, "started_at") and is_in_year(day_of(incident["started_at"]), quarter, months=24):
            days = first.setdefault(child, [date.max, date.max])
            days[which] = min(days[which], day_of(incident["started_at"]))
    return {child: (harmed_on, suspected_on) for child, (harmed_on, suspected_on) in first.items()}


@oracle
def children_harmed_or_suspected(world: World) -> Rows:
    return [(child, str(quarter), child) for quarter in world.quarters for child in _first_days(world, quarter)]


@oracle
def children_harmed_and_suspected(world: World) -> Rows:
    for quarter in world.quarters:
        for child, (harmed_on, suspected_on) in _first_days(world, quarter).items():
            if date.max in (harmed_on, suspected_on):
                continue
            words = "harmed_first" if harmed_on < suspected_on else "suspected_first" if suspected_on < harmed_on else "same_day"
            yield child, str(quarter), child, words
