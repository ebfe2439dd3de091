"""What several measures stand on, read from the records in plain words: concerns, missing episodes, incidents, help."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from sightline.model.periods import Quarter
from tests.support.oracles.base import day_of, is_exact, lasts_on, once_a_world, year_to
from tests.support.random_worlds import Row, World, months_before


@once_a_world
def concerns(world: World) -> list[Row]:
    """A flag from its first to its last day; an exploitation factor for the twelve months after its assessment was signed off.

    Missing is no exploitation.
    """
    found = []
    for row in world["flag"]:
        if row["exploitation_type"] not in {None, "missing"} and row["started_on"] is not None:
            found.append({**row, "concern_id": row["flag_id"]})
    for row in world["assessment_factor"]:
        if row["exploitation_type"] not in {None, "missing"} and row["authorised_on"] is not None:
            day, precision = row["authorised_on"], row["authorised_on_precision"]
            last = months_before(day, -12) - timedelta(days=1)
            told = {"started_on": day, "started_on_precision": precision, "ended_on": last, "ended_on_precision": precision}
            found.append({**row, **told, "concern_id": row["assessment_factor_id"], "certainty": "suspected"})
    return found


def held_in_year(world: World, quarter: Quarter) -> list[Row]:
    """Concerns held on any day of the twelve months to the end of the quarter."""
    return [row for row in concerns(world) if lasts_on(row, year_to(quarter), quarter.end)]


def held_on_last_day(world: World, quarter: Quarter) -> list[Row]:
    return [row for row in concerns(world) if lasts_on(row, quarter.end, quarter.end)]


@once_a_world
def first_concerns(world: World) -> dict[str, list[Row]]:
    """For each child who has any, the concerns that began on the earliest day of all; several where agencies or forms began together."""
    days: dict[str, date] = {}
    for row in concerns(world):
        days[row["person_id"]] = min(row["started_on"], days.get(row["person_id"], row["started_on"]))
    return {
        child: [row for row in concerns(world) if row["person_id"] == child and row["started_on"] == day] for child, day in days.items()
    }


def recognised_on(world: World) -> dict[str, date]:
    """The day on which the first concern of each child began."""
    return {child: found[0]["started_on"] for child, found in first_concerns(world).items()}


def concern_days(world: World, child: str) -> list[tuple[date, date]]:
    """The times, from day to day, during which anybody held a concern about a child; those that touch are one."""
    spans = sorted((row["started_on"], row["ended_on"] or date.max) for row in concerns(world) if row["person_id"] == child)
    joined: list[tuple[date, date]] = []
    for start, end in spans:
        if joined and (joined[-1][1] == date.max or start <= joined[-1][1] + timedelta(days=1)):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


@once_a_world
def help_given(world: World) -> list[Row]:
    """Planned help of any agency: plans, early help, programmes; each with its kind, none for a service's own programme."""
    youth_justice = {"prevention", "diversion", "referral_order", "weapons", "exploitation", "other"}
    found = [{**row, "end_inferred": bool(row["end_inferred"])} for row in world["plan"]]
    for row in world["early_help_episode"]:
        found.append({**row, "plan_id": row["early_help_episode_id"], "plan_type": "EH", "end_inferred": False})
    for row in world["intervention"]:
        kind = "YJ" if row["programme"] in youth_justice else None
        found.append({**row, "plan_id": row["intervention_id"], "plan_type": kind, "end_inferred": False})
    return [row for row in found if row["started_on"] is not None]


@once_a_world
def parts_in_incidents(world: World) -> list[tuple[Row, Row]]:
    """Every involvement with the incident it is in: the same agency's, of the same reference."""
    return [
        (part, incident)
        for part in world["involvement"]
        for incident in world["incident"]
        if (part["agency_id"], part["incident_reference"]) == (incident["agency_id"], incident["incident_reference"])
    ]


@once_a_world
def harm_outside_home(world: World) -> list[tuple[Row, Row]]:
    """Parts of who was harmed in incidents that have a day and were not at home."""
    return [
        (part, incident)
        for part, incident in parts_in_incidents(world)
        if part["role"] == "victim" and incident["location_type"] != "home" and incident["started_at"] is not None
    ]


@once_a_world
def missing_episodes(world: World) -> list[tuple[str, date, list[Row]]]:
    """Missing episodes, each once whoever told: the child, the day it began, and its records in the order of their beginning.

    A record that begins while an earlier one lasts, or within a day of its beginning, tells of the same episode; one of which only the
    month is known is an episode of its own. Away without authorisation is not missing. The record with the first id names the episode.
    """
    exact: dict[str, list[Row]] = defaultdict(list)
    found: list[tuple[str, date, list[Row]]] = []
    for row in world["missing_episode"]:
        if row["started_at"] is None or row["episode_type"] == "away":
            continue
        if is_exact(row, "started_at") and (row["ended_at"] is None or is_exact(row, "ended_at")):
            exact[row["person_id"]].append(row)
        else:
            found.append((row["person_id"], day_of(row["started_at"]), [row]))
    for child, told in exact.items():
        spells: list[list[Row]] = []
        for row in sorted(told, key=lambda row: row["started_at"]):
            until = (
                max((max(r["ended_at"] or r["started_at"], r["started_at"] + timedelta(days=1)) for r in spells[-1]), default=None)
                if spells
                else None
            )
            if until is not None and row["started_at"] <= until:
                spells[-1].append(row)
            else:
                spells.append([row])
        found += [(child, day_of(spell[0]["started_at"]), spell) for spell in spells]
    return found


def episode_id(spell: list[Row]) -> str:
    return min(str(row["missing_episode_id"]) for row in spell)
