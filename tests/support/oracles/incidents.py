"""Incidents and offences: who had a part in them, where they happened, what was decided, and who was suspected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from math import hypot
from typing import NamedTuple

from tests.support.oracles.base import Rows, birthday, day_of, is_known_under_18, once_a_world, oracle, years_in
from tests.support.oracles.recorded import parts_in_incidents
from tests.support.random_worlds import Row, World

ONLOOKERS = {"witness", "reporter"}
SHARED_PLACES = {"street", "park", "school", "shop", "licensed", "transport"}


class Part(NamedTuple):
    """A person's part in an incident, in all roles but those of who only saw or reported it."""

    person_id: str
    agency_id: str
    incident: Row
    roles: frozenset[str | None]

    @property
    def day(self) -> date:
        return day_of(self.incident["started_at"])

    @property
    def form(self) -> str | None:
        """The form of exploitation that the police marked the incident with; missing is none."""
        marked: str | None = self.incident["exploitation_type"]
        return None if marked == "missing" else marked

    @property
    def is_of_harm(self) -> bool:
        """The person was harmed, or the police marked the incident with exploitation."""
        return "victim" in self.roles or self.form is not None

    @property
    def place(self) -> str:
        return self.incident["location_type"] or "not_recorded"

    @property
    def time_of_day(self) -> str:
        """Only where the record gives it to the minute."""
        if self.incident["started_at_precision"] != "minute":
            return "not_recorded"
        return ("night", "morning", "afternoon", "evening")[self.incident["started_at"].hour // 6]

    def told(self) -> Row:
        return {
            "person_id": self.person_id,
            "event_id": self.incident["incident_id"],
            "happened_on": self.day,
            "incident_ward": self.incident["ward"],
            "time_of_day": self.time_of_day,
            "exploitation_type": self.form,
        }


@once_a_world
def parts(world: World) -> list[Part]:
    """One for each person and incident of which the day is told."""
    found: dict[tuple[str, str], Part] = {}
    for part, incident in parts_in_incidents(world):
        if part["role"] not in ONLOOKERS and incident["started_at"] is not None:
            key = part["person_id"], incident["incident_id"]
            others = found[key].roles if key in found else frozenset()
            found[key] = Part(part["person_id"], part["agency_id"], incident, others | {part["role"]})
    return list(found.values())


@oracle
def incidents_in_shared_places(world: World) -> Iterator[Row]:
    for part in parts(world):
        if part.is_of_harm and part.place in SHARED_PLACES:
            yield {**part.told(), "location_type": part.place}


@oracle
def incidents_with_a_place(world: World) -> Iterable[Row]:
    return [part.told() for part in parts(world) if part.is_of_harm and part.place not in {"not_recorded", "online"}]


@oracle
def incidents_marked_with_exploitation(world: World) -> Iterator[Row]:
    for part in parts(world):
        for period in years_in(world, part.day):
            if part.form is not None:
                yield {**part.told(), "period": period}


@oracle
def marked_incidents_in_transport(world: World) -> Iterator[Row]:
    places = {(part.person_id, part.incident["incident_id"]): part.place for part in parts(world)}
    for row in incidents_marked_with_exploitation(world):
        if places[row["person_id"], row["event_id"]] == "transport":
            yield row


@oracle
def incidents_with_children(world: World) -> Iterator[Row]:
    for part, incident in parts_in_incidents(world):
        is_told = incident["started_at"] is not None and incident["recorded_at"] is not None
        if is_told and incident["incident_type"] not in {"missing", "away"} and part["role"] not in ONLOOKERS | {"missing"}:
            yield {
                "person_id": part["person_id"],
                "happened_on": day_of(incident["started_at"]),
                "event_id": incident["incident_id"],
                "location_type": incident["location_type"] or "not_recorded",
            }


@oracle
def incidents_with_drugs_or_weapons(world: World) -> Iterator[Row]:
    kinds = {incident["incident_id"]: incident["incident_type"] for incident in world["incident"]}
    for row in incidents_with_children(world):
        if kinds[row["event_id"]] in {"drugs", "weapons"}:
            yield {**row, "drugs_or_weapons": kinds[row["event_id"]]}


@oracle
def distance_from_home(world: World) -> Iterator[Row]:
    wards = {ward["ward"]: ward for ward in world["ward"]}
    own = {row["authority"].lower() for row in world["own_authority"]}
    for part in parts(world):
        home = wards.get(world.person[part.person_id]["ward"]) if part.person_id in world.person else None
        is_away = part.is_of_harm and part.place not in {"home", "other_home", "online"}
        point = part.incident["easting"], part.incident["northing"]
        if is_away and home is not None and home["centre_easting"] is not None and None not in point:
            ward, authority = part.incident["ward"], part.incident["incident_authority"]
            if ward is None:
                border = "not_recorded" if authority is None or authority.lower() in own else "outside_area"
            else:
                border = "home_ward" if ward == home["ward"] else "another_ward" if ward in wards else "outside_area"
            yield {
                "person_id": part.person_id,
                "event_id": f"{part.person_id} {part.incident['incident_id']}",
                "happened_on": part.day,
                "value": hypot(point[0] - home["centre_easting"], point[1] - home["centre_northing"]) / 1000,
                "location_type": part.place,
                "exploitation_type": part.form,
                "border_crossed": border,
            }


@once_a_world
def offences(world: World) -> list[tuple[Row, Row]]:
    """Parts in recorded offences that the police marked with a form of exploitation; concerns and missing reports are no offences."""
    return [
        (part, incident)
        for part, incident in parts_in_incidents(world)
        if incident["exploitation_type"] not in {None, "missing"}
        and incident["started_at"] is not None
        and incident["incident_type"] not in {"exploitation_concern", "safety_concern", "missing", "away"}
        and incident["status"] in {"crime", "not_recorded", None}
        and part["role"] not in ONLOOKERS
    ]


@oracle
def exploitation_offences(world: World) -> Iterator[Row]:
    for part, incident in offences(world):
        yield {
            "person_id": part["person_id"],
            "happened_on": day_of(incident["started_at"]),
            "event_id": incident["incident_id"],
            "exploitation_type": incident["exploitation_type"],
            "location_type": incident["location_type"] or "not_recorded",
        }


def decisions_about(world: World, incident: Row) -> list[Row]:
    """What has been decided about an offence so far, as far as anybody told what and when."""
    return [
        row
        for row in world["offence_outcome"]
        if (row["agency_id"], row["incident_reference"]) == (incident["agency_id"], incident["incident_reference"])
        and row["decided_on"] is not None
        and row["outcome"] not in {None, "not_recorded"}
    ]


def _decided(world: World, *, charged: bool) -> Iterator[Row]:
    for part, incident in offences(world):
        decisions = decisions_about(world, incident)
        if part["role"] != "victim" or not decisions or (charged and "charged" not in {row["outcome"] for row in decisions}):
            continue
        first = min(row["decided_on"] for row in decisions)
        for period in years_in(world, first):
            yield {
                "person_id": part["person_id"],
                "period": period,
                "happened_on": first,
                "event_id": incident["incident_id"],
                "exploitation_type": incident["exploitation_type"],
            }


@oracle
def exploitation_offences_decided(world: World) -> Iterable[Row]:
    return _decided(world, charged=False)


@oracle
def exploitation_offences_charged(world: World) -> Iterable[Row]:
    return _decided(world, charged=True)


def _suspects(world: World) -> Iterator[tuple[Row, Row]]:
    """Named as a suspect in an offence in the partnership's area, or where nobody told where."""
    own = {row["authority"].lower() for row in world["own_authority"]}
    for part, incident in offences(world):
        where = incident["incident_authority"]
        if part["role"] == "suspect" and (where is None or where.lower() in own):
            yield part, incident


def _knows_the_month(incident: Row) -> bool:
    """Birth is known to the month: so the month of an offence is enough to know the age, and the year is not."""
    return incident["started_at_precision"] in {"month", "day", "minute"}


@oracle
def suspects_of_known_age(world: World) -> Rows:
    found = []
    for part, incident in _suspects(world):
        name, day = part["person_id"], day_of(incident["started_at"])
        if birthday(world.person.get(name), 18) is not None and _knows_the_month(incident):
            found += [(name, period, day, name, incident["exploitation_type"]) for period in years_in(world, day)]
    return set(found)


@oracle
def suspects_under_18(world: World) -> Rows:
    found = []
    for part, incident in _suspects(world):
        name, day = part["person_id"], day_of(incident["started_at"])
        if is_known_under_18(world.person.get(name), day) and _knows_the_month(incident):
            found += [(name, period, day, name, incident["exploitation_type"]) for period in years_in(world, day)]
    return set(found)


@oracle
def disruption_actions(world: World) -> Iterator[Row]:
    for row in world["disruption"]:
        if row["taken_on"] is not None:
            yield {"happened_on": row["taken_on"], "event_id": row["disruption_id"], "disruption_type": row["disruption_type"]}


@oracle
def disruption_actions_in_year(world: World) -> Iterator[Row]:
    for row in disruption_actions(world):
        for period in years_in(world, row["happened_on"]):
            yield {**row, "period": period}
