"""Help and care of children about whom a concern is held: specialist help, panel plans, moves in care, waits, decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from tests.support.oracles.base import Rows, day_of, is_exact, is_known_under_18, lasts_on, once_a_world, oracle, year_to, years_in
from tests.support.oracles.recorded import concern_days, concerns, recognised_on
from tests.support.random_worlds import Row, World

SOMETHING_ELSE = {"mental_health", "substance_support", "mentoring", "prevention", "diversion", "referral_order", "weapons", "other"}
LEVELS = {"none": 0, "emerging": 1, "moderate": 2, "significant": 3, "known_harm": 4}


def is_specialist(programme: Row) -> bool:
    """Whether help is about exploitation itself, and began; a service that did not take a child on helped nobody."""
    named = programme["concern"] not in {None, "not_recorded"} and programme["programme"] not in SOMETHING_ELSE
    about = programme["programme"] in {"specialist_team", "exploitation"} or named
    return about and programme["accepted"] is not False and programme["started_on"] is not None


@oracle
def days_to_first_contact(world: World) -> Iterator[Row]:
    for row in world["intervention"]:
        if is_specialist(row) and is_exact(row, "referred_on") and is_exact(row, "started_on") and row["referred_on"] <= row["started_on"]:
            for period in years_in(world, row["started_on"]):
                yield {
                    "person_id": row["person_id"],
                    "period": period,
                    "happened_on": row["started_on"],
                    "event_id": row["intervention_id"],
                    "agency_id": row["agency_id"],
                    "value": (row["started_on"] - row["referred_on"]).days,
                }


@oracle
def waits_for_therapy(world: World) -> Iterator[Row]:
    for row in world["intervention"]:
        began = row["started_on"]
        is_of_help = row["programme"] in {"mental_health", "therapy"} and is_exact(row, "referred_on") and is_exact(row, "started_on")
        if is_of_help and row["referred_on"] <= began and recognised_on(world).get(row["person_id"], date.max) <= began:
            yield {
                "person_id": row["person_id"],
                "happened_on": began,
                "event_id": row["intervention_id"],
                "referral_source": row["source"],
                "value": (began - row["referred_on"]).days,
            }


# Referrals


@oracle
def referrals(world: World) -> Rows:
    """Records of one child on one day are one referral, which may have several sources."""
    found: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in world["referral"]:
        if row["received_on"] is not None:
            found[row["person_id"], row["received_on"]].append(row)
    return {(name, day, f"{name}{day}", row["source"]) for (name, day), told in found.items() for row in told}


@oracle
def exploitation_referrals(world: World, *, within_days: int) -> Iterator[tuple[Any, ...]]:
    for name, day, number, source in referrals(world):
        told = [row for row in world["referral"] if (row["person_id"], row["received_on"], row["source"]) == (name, day, source)]
        known = any(is_exact(row, "received_on") for row in told)
        own = [concern for concern in concerns(world) if concern["person_id"] == name]
        if any(_is_named_by(concern, day, within_days if known else None) for concern in own):
            yield name, day, number, source


def _is_named_by(concern: Row, day: date, within_days: int | None) -> bool:
    """Whether a concern was held on the day of a referral, or began so soon after it; both days must be known for that."""
    if lasts_on(concern, day, day):
        return True
    days_later = (concern["started_on"] - day).days
    return within_days is not None and is_exact(concern, "started_on") and 0 < days_later <= within_days


def _specialist_referrals(world: World, decided: set[bool]) -> Rows:
    found = []
    for row in world["intervention"]:
        if row["programme"] == "specialist_team" and row["accepted"] in decided:
            for period in years_in(world, row["referred_on"]):
                found.append((row["person_id"], period, row["referred_on"], f"{row['person_id']}{row['referred_on']}", row["source"]))
    return set(found)


@oracle
def specialist_referrals(world: World) -> list[Row]:
    return _specialist_referrals(world, {True, False})


@oracle
def specialist_referrals_accepted(world: World) -> list[Row]:
    return _specialist_referrals(world, {True})


@oracle
def time_to_conclusive_decision(world: World) -> Iterator[Row]:
    for row in world["nrm_referral"]:
        if is_exact(row, "referred_on") and is_exact(row, "conclusive_grounds_on") and row["referred_on"] <= row["conclusive_grounds_on"]:
            for period in years_in(world, row["conclusive_grounds_on"]):
                yield {
                    "person_id": row["person_id"],
                    "period": period,
                    "happened_on": row["conclusive_grounds_on"],
                    "event_id": row["nrm_referral_id"],
                    "nrm_decision": row["conclusive_grounds"],
                    "value": (row["conclusive_grounds_on"] - row["referred_on"]).days,
                }


# Plans of the exploitation panel


def _panel_plans(world: World) -> list[Row]:
    """Plans of the panel that began and ended."""
    return [row for row in world["plan"] if row["plan_type"] == "MACE" and None not in (row["started_on"], row["ended_on"])]


def _ended(world: World, plans: Iterable[Row]) -> Iterator[Row]:
    for row in plans:
        for period in years_in(world, row["ended_on"]):
            yield {"person_id": row["person_id"], "period": period, "happened_on": row["ended_on"], "event_id": row["plan_id"]}


def _lead_workers(world: World, plan: Row) -> list[str]:
    """Who leads, by each review of the plan that names it."""
    return [
        row["lead_worker"]
        for row in world["plan_review"]
        if all(row[name] == plan[name] for name in ("agency_id", "person_id", "case_reference"))
        and row["case_reference"] is not None
        and row["plan_type"] == "MACE"
        and row["lead_worker"] is not None
    ]


@once_a_world
def views_of_children(world: World) -> list[tuple[str, date, date]]:
    """From which day to which the own view of a child is recorded."""
    found = [
        (row["person_id"], row["reviewed_on"], row["reviewed_on"])
        for row in world["plan_review"]
        if row["child_heard"] and row["reviewed_on"] is not None
    ]
    for row in world["return_interview"]:
        at = row["held_at"] or row["episode_ended_at"]
        if row["child_heard"] and at is not None:
            found.append((row["person_id"], day_of(at), day_of(at)))
    for row in world["early_help_episode"]:
        if row["child_heard"] and row["started_on"] is not None:
            found.append((row["person_id"], row["started_on"], row["ended_on"] or date.max))
    return found


def _was_heard(world: World, plan: Row) -> bool:
    return any(
        name == plan["person_id"] and first <= plan["ended_on"] and last >= plan["started_on"]
        for name, first, last in views_of_children(world)
    )


@oracle
def panel_plans_ended(world: World) -> Iterator[Row]:
    return _ended(world, _panel_plans(world))


@oracle
def panel_plans_ended_with_less_concern(world: World) -> Iterator[Row]:
    known = [row for row in _panel_plans(world) if row["level_in"] in LEVELS and row["level_out"] in LEVELS]
    return _ended(world, [row for row in known if LEVELS[row["level_out"]] < LEVELS[row["level_in"]] and _was_heard(world, row)])


@oracle
def panel_plans_with_lead_workers(world: World) -> Iterator[Row]:
    return _ended(world, [row for row in _panel_plans(world) if len(_lead_workers(world, row)) >= 2])


@oracle
def panel_plans_with_one_lead_worker(world: World) -> Iterator[Row]:
    named = [(row, _lead_workers(world, row)) for row in _panel_plans(world)]
    return _ended(world, [row for row, workers in named if len(workers) >= 2 and len(set(workers)) == 1])


# Care


def _is_under_concern(world: World, name: str, day: date) -> bool:
    return any(first <= day <= last for first, last in concern_days(world, name))


def _moves(world: World) -> Iterator[Row]:
    """Moves to other carers, of children about whom a concern was held on the day."""
    for row in world["care_episode"]:
        day = row["started_on"]
        if row["reason"] in {"P", "B"} and day is not None and _is_under_concern(world, row["person_id"], day):
            yield {"person_id": row["person_id"], "happened_on": day, "event_id": row["care_episode_id"]}


@oracle
def looked_after_children_moved(world: World) -> Iterable[Row]:
    return [{**row, "period": period} for row in _moves(world) for period in years_in(world, row["happened_on"])]


@oracle
def looked_after_children_secured(world: World) -> Iterator[Row]:
    for row in world["care_episode"]:
        for quarter in world.quarters:
            if row["placement"] in {"K1", "R5"} and row["started_on"] is not None:
                since = max(row["started_on"], year_to(quarter))
                until = min(row["ended_on"] or date.max, quarter.end)
                days = [max(first, since) for first, last in concern_days(world, row["person_id"]) if max(first, since) <= min(last, until)]
                if days:
                    told = {"person_id": row["person_id"], "period": str(quarter)}
                    yield {**told, "happened_on": min(days), "event_id": row["care_episode_id"]}


@oracle
def restrictions_on_children(world: World) -> Rows:
    placed = list(_moves(world))
    for row in world["custody"]:
        if row["detained_at"] is not None and _is_under_concern(world, row["person_id"], day_of(row["detained_at"])):
            placed.append({"person_id": row["person_id"], "happened_on": day_of(row["detained_at"]), "event_id": row["custody_id"]})
    of_children = [row for row in placed if is_known_under_18(world.person.get(row["person_id"]), row["happened_on"])]
    found = [(period, row["happened_on"], row["event_id"]) for row in of_children for period in years_in(world, row["happened_on"])]
    return set(found)
