"""Wards: those where three maps meet and those without a concern; and the places that young people name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sightline.model.periods import Quarter
from tests.support.oracles.base import birthday, is_in_year, is_known_under_18, oracle, years_in
from tests.support.oracles.incidents import Part, parts
from tests.support.oracles.recorded import held_in_year
from tests.support.random_worlds import Row, World


def _told(world: World, ward: str, quarter: Quarter) -> Row:
    deprivation = next(row["deprivation"] for row in world["ward"] if row["ward"] == ward)
    return {"event_id": ward, "period": str(quarter), "ward_deprivation": deprivation}


@oracle
def every_ward(world: World) -> Iterable[Row]:
    return [_told(world, ward["ward"], quarter) for ward in world["ward"] for quarter in world.quarters]


@oracle
def wards_without_a_concern(world: World) -> Iterator[Row]:
    for quarter in world.quarters:
        names = {row["person_id"] for row in held_in_year(world, quarter)}
        homes = {world.person[name]["ward"] for name in names if name in world.person and not _has_grown_up(world, name, quarter)}
        for ward in world["ward"]:
            if ward["ward"] not in homes:
                yield _told(world, ward["ward"], quarter)


def _has_grown_up(world: World, name: str, quarter: Quarter) -> bool:
    """Whether somebody is known to be 18 by the quarter's last day; of whom nobody knows, is taken for a child."""
    grown_up = birthday(world.person.get(name), 18)
    return grown_up is not None and grown_up <= quarter.end


def _is_adult(world: World, part: Part) -> bool:
    grown_up = birthday(world.person.get(part.person_id), 18)
    return grown_up is not None and part.day >= grown_up


@oracle
def wards_where_three_meet(world: World) -> Iterator[Row]:
    wards = {row["ward"] for row in world["ward"]}
    for quarter in world.quarters:
        of_children = [
            part
            for part in parts(world)
            if part.is_of_harm and is_in_year(part.day, quarter) and is_known_under_18(world.person.get(part.person_id), part.day)
        ]
        with_children = {part.incident["incident_id"] for part in of_children}
        children, adults, incidents = (defaultdict[str, set[str]](set) for _ in range(3))
        for part in of_children:
            children[world.person[part.person_id]["ward"]].add(part.person_id)
            incidents[part.incident["ward"]].add(part.incident["incident_id"])
        for part in parts(world):
            if part.incident["incident_id"] in with_children and "suspect" in part.roles and _is_adult(world, part):
                adults[world.person[part.person_id]["ward"]].add(part.person_id)
        for ward in sorted(wards):
            if all(_is_in_top_fifth(ward, layer, wards) for layer in (children, adults, incidents)):
                yield _told(world, ward, quarter)


def _is_in_top_fifth(ward: str, found: dict[str, set[str]], wards: set[str]) -> bool:
    """Whether so few wards have more that this one stands among the first fifth of all; wards with the same number stand together."""
    ahead = sum(len(found.get(other, ())) > len(found.get(ward, ())) for other in wards)
    return bool(found.get(ward)) and (ahead + 1) * 5 <= len(wards)


@oracle
def places_named(world: World) -> Iterator[Row]:
    return _named(world, {"safe", "unsafe", "mixed"})


@oracle
def places_named_unsafe(world: World) -> Iterator[Row]:
    return _named(world, {"unsafe"})


def _named(world: World, feelings: set[str]) -> Iterator[Row]:
    for row in world["participation_response"]:
        for period in years_in(world, row["given_on"]):
            if row["feeling"] in feelings:
                yield {
                    "event_id": row["participation_response_id"],
                    "period": period,
                    "location_type": row["location_type"],
                    "said_age_band": row["age_band"],
                    "said_gender": row["gender"],
                }
