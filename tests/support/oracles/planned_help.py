"""Planned help: who has it, who is heard in it, what came before and after it, and how the level of concern moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sightline.model.periods import Quarter
from tests.support.oracles.base import FOR_EVER, Rows, day_of, is_exact, lasts_on, oracle, year_to, years_in
from tests.support.oracles.help_and_care import LEVELS, is_specialist, views_of_children
from tests.support.oracles.recorded import (
    concern_days,
    concerns,
    first_concerns,
    harm_outside_home,
    held_in_year,
    held_on_last_day,
    help_given,
    missing_episodes,
)
from tests.support.random_worlds import Row, World, months_before


def _help_in(world: World, quarter: Quarter, *kinds: str) -> Iterator[Row]:
    """Planned help on at least one day of the quarter, of these kinds (all, if none is named)."""
    return (row for row in help_given(world) if lasts_on(row, quarter.start, quarter.end) and (not kinds or row["plan_type"] in kinds))


@oracle
def children_with_open_plan(world: World) -> Rows:
    for quarter in world.quarters:
        yield from ((row["person_id"], str(quarter), row["plan_id"], row["agency_id"]) for row in _help_in(world, quarter))


@oracle
def children_whose_voice_is_recorded(world: World) -> Rows:
    for quarter in world.quarters:
        heard = {child for child, first, last in views_of_children(world) if first <= quarter.end and last >= quarter.start}
        for row in _help_in(world, quarter):
            if row["person_id"] in heard:
                yield row["person_id"], str(quarter), row["plan_id"], row["agency_id"]


@oracle
def children_in_youth_justice(world: World) -> Rows:
    for quarter in world.quarters:
        yield from ((row["person_id"], str(quarter), row["plan_id"]) for row in _help_in(world, quarter, "YJ"))


@oracle
def children_in_youth_justice_with_concern(world: World) -> Rows:
    return {
        (row["person_id"], str(quarter), row["plan_id"], concern["agency_id"])
        for quarter in world.quarters
        for row in _help_in(world, quarter, "YJ")
        for concern in concerns(world)
        if concern["person_id"] == row["person_id"] and lasts_on(concern, quarter.start, quarter.end)
    }


@oracle
def children_with_concern_and_plan(world: World) -> Rows:
    return {
        (row["person_id"], str(quarter), row["plan_id"], row["plan_type"])
        for quarter in world.quarters
        for concern in held_on_last_day(world, quarter)
        for row in help_given(world)
        if row["person_id"] == concern["person_id"] and row["plan_type"] is not None and lasts_on(row, quarter.end, quarter.end)
    }


@oracle
def children_with_concern_and_specialist(world: World) -> Rows:
    return {
        (row["person_id"], str(quarter), row["intervention_id"])
        for quarter in world.quarters
        for concern in held_on_last_day(world, quarter)
        for row in world["intervention"]
        if row["person_id"] == concern["person_id"] and is_specialist(row) and lasts_on(row, quarter.start, quarter.end)
    }


# Care


def _in_care(world: World, quarter: Quarter) -> Iterator[Row]:
    """Times of being looked after that reach into the twelve months."""
    return (row for row in world["plan"] if row["plan_type"] == "CLA" and lasts_on(row, year_to(quarter), quarter.end))


@oracle
def children_looked_after(world: World) -> Rows:
    for quarter in world.quarters:
        yield from ((row["person_id"], str(quarter), row["plan_id"]) for row in _in_care(world, quarter))


@oracle
def children_looked_after_with_concern(world: World) -> Iterator[tuple[Any, ...]]:
    places = {True: "out_of_area", False: "in_area", None: None}
    for quarter in world.quarters:
        recognised = {row["person_id"] for row in held_in_year(world, quarter)}
        for care in _in_care(world, quarter):
            for first in first_concerns(world).get(care["person_id"], []):
                if care["person_id"] in recognised:
                    order = _which_came_first(care, first)
                    yield care["person_id"], str(quarter), care["plan_id"], places[care["placed_out_of_area"]], order


def _which_came_first(care: Row, concern: Row) -> str:
    """As far as the days are known: where either may have come first, or both together, nobody can say."""
    (care_from, care_to), (concern_from, concern_to) = possible_days(care, "started_on"), possible_days(concern, "started_on")
    if concern_to < care_from:
        return "concern_first"
    if care_to < concern_from:
        return "care_first"
    return "same_day" if is_exact(care, "started_on") and is_exact(concern, "started_on") else "not_recorded"


def possible_days(row: Row, column: str) -> tuple[date, date]:
    """The first and the last day on which something of which only the month or the year is known may have been."""
    day = day_of(row[column])
    if is_exact(row, column):
        return day, day
    months = 1 if row[f"{column}_precision"] == "month" else 12
    first = day.replace(day=1) if months == 1 else day.replace(month=1, day=1)
    return first, months_before(first, -months) - timedelta(days=1)


@oracle
def children_with_concern_in_care(world: World) -> Iterator[tuple[Any, ...]]:
    """On the first day in each placement on which a concern was held."""
    for row in world["care_episode"]:
        for quarter in world.quarters:
            if row["started_on"] is None:
                continue
            since, until = max(row["started_on"], year_to(quarter)), min(row["ended_on"] or FOR_EVER, quarter.end)
            days = [max(first, since) for first, last in concern_days(world, row["person_id"]) if max(first, since) <= min(last, until)]
            if days:
                yield row["person_id"], str(quarter), min(days), row["care_episode_id"]


# Before and after


@oracle
def children_helped_before_recognition(world: World) -> Iterator[tuple[Any, ...]]:
    for child, begun in first_concerns(world).items():
        day = begun[0]["started_on"]
        if not any(is_exact(row, "started_on") for row in begun):
            continue
        own = [row for row in help_given(world) if row["person_id"] == child]
        early = _first_known([row for row in own if row["plan_type"] == "EH"], day)
        asked = [{**row, "started_on": row["received_on"], "ended_on": row["received_on"]} for row in world["referral"]]
        social = [row for row in own if row["plan_type"] in {"CIN", "CP", "CLA"}] + [row for row in asked if row["person_id"] == child]
        route = _route(early, _first_known(social, day))
        if route is not None:
            yield from ((child, period, day, child, route) for period in years_in(world, day))


def _first_known(told: list[Row], recognised: date) -> date | None:
    """The first day of what began before that day and reached into the twenty-four months before it."""
    since = months_before(recognised, 24)
    days = [row["started_on"] for row in told if lasts_on(row, since, recognised) and row["started_on"] < recognised]
    return min(days, default=None)


def _route(early: date | None, social: date | None) -> str | None:
    if early is None or social is None:
        return "early_help" if early else "social_care" if social else None
    return "together" if early == social else "early_help_first" if early < social else "social_care_first"


def _last_ends(world: World, quarter: Quarter) -> dict[str, tuple[date, str]]:
    """Each child's last end of planned help in the quarter that lies two quarters earlier, with the id it goes by.

    What other help follows, or goes on, has not ended; an end that is not known to the day, or only inferred, is none to look back on.
    """
    first, after = months_before(quarter.start, 6), months_before(quarter.start, 3)
    found: dict[str, tuple[date, str]] = {}
    for row in help_given(world):
        if not is_exact(row, "ended_on") or row["end_inferred"] or not first <= row["ended_on"] < after:
            continue
        next_day = row["ended_on"] + timedelta(days=1)
        goes_on = any(
            each["started_on"] <= next_day and (each["ended_on"] is None or each["ended_on"] >= next_day)
            for each in help_given(world)
            if each["person_id"] == row["person_id"]
        )
        if not goes_on:
            day, number = found.get(row["person_id"], (date.min, ""))
            found[row["person_id"]] = max(day, row["ended_on"]), max(number, row["plan_id"])
    return found


@oracle
def children_whose_plan_ended(world: World) -> Rows:
    for quarter in world.quarters:
        yield from ((child, ended, str(quarter), number) for child, (ended, number) in _last_ends(world, quarter).items())


def _days_of_harm(world: World, child: str) -> Iterator[tuple[date, date]]:
    """The days on which each sign that a child was not safe may have been: a referral, a missing episode, harm, a concern that began."""
    told = [(row, "received_on") for row in world["referral"] if row["person_id"] == child and row["received_on"] is not None]
    told += [(spell[0], "started_at") for name, _, spell in missing_episodes(world) if name == child]
    told += [(incident, "started_at") for part, incident in harm_outside_home(world) if part["person_id"] == child]
    told += [(row, "started_on") for row in concerns(world) if row["person_id"] == child]
    return (possible_days(row, column) for row, column in told)


@oracle
def children_safe_after_plan(world: World, *, within_days: int) -> Rows:
    for quarter in world.quarters:
        for child, (ended, number) in _last_ends(world, quarter).items():
            until = ended + timedelta(days=within_days)
            if not any(first <= until and last > ended for first, last in _days_of_harm(world, child)):
                yield child, ended, str(quarter), number


# Levels of concern


def _last_changes(world: World, within_days: int) -> Iterator[tuple[str, date, str, int]]:
    """Child, day and id of each quarter's last review of an exploitation plan that gave a level, and how far it moved since the one before.

    Of several reviews of one day the highest level counts; both days must be known, and not too far apart.
    """
    days: dict[str, dict[date, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in world["plan_review"]:
        if row["plan_type"] == "MACE" and row["level_out"] in LEVELS and row["reviewed_on"] is not None:
            days[row["person_id"]][row["reviewed_on"]].append(row)
    for child, by_day in days.items():
        for quarter in world.quarters:
            pairs = [(one, other) for one, other in pairwise(sorted(by_day)) if quarter.start <= other <= quarter.end]
            if not pairs or (pairs[-1][1] - pairs[-1][0]).days > within_days:
                continue
            before, last = by_day[pairs[-1][0]], by_day[pairs[-1][1]]
            if all(is_exact(row, "reviewed_on") for row in (*before, *last)):
                levels = [max(LEVELS[row["level_out"]] for row in told) for told in (before, last)]
                yield child, pairs[-1][1], min(row["plan_review_id"] for row in last), levels[1] - levels[0]


@oracle
def children_reviewed_again(world: World, *, within_days: int) -> Rows:
    return [(child, day, number) for child, day, number, _ in _last_changes(world, within_days)]


@oracle
def children_whose_level_changed(world: World, *, within_days: int) -> Rows:
    for child, day, number, change in _last_changes(world, within_days):
        if change:
            yield child, day, number, "higher" if change > 0 else "lower"
