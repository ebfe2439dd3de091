"""Children who go missing, are sent home from school or are referred, and what lies close together in time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.support.oracles.base import Rows, is_exact, lasts_on, once_a_world, oracle, years_in
from tests.support.oracles.recorded import concerns, episode_id, first_concerns, missing_episodes
from tests.support.random_worlds import World, months_before

WITHOUT_LEAVE = {"N", "O"}
"""Attendance codes of absence without leave, and of absence of which no reason is given yet."""
MONTHS_OF_A_TERM = 4
"""Records say when a term began, not when it ended: what comes later than this is no longer in it."""


@oracle
def children_missing_in_year(world: World) -> Rows:
    for child, began, spell in missing_episodes(world):
        yield from ((child, period, began, episode_id(spell)) for period in years_in(world, began))


@once_a_world
def _episodes_known_to_the_day(world: World) -> dict[str, list[tuple[date, str]]]:
    """The first days of each child's missing episodes, in order."""
    found: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for child, began, spell in missing_episodes(world):
        if is_exact(spell[0], "started_at"):
            found[child].append((began, episode_id(spell)))
    return {child: sorted(days) for child, days in found.items()}


@oracle
def children_missing_repeatedly(world: World, *, within_days: int) -> Iterator[tuple[Any, ...]]:
    for child, days in _episodes_known_to_the_day(world).items():
        for (first, _), (third, number) in zip(days, days[2:], strict=False):
            if (third - first).days <= within_days:
                yield from ((child, period, third, number) for period in years_in(world, third))


@oracle
def children_missing_and_absent(world: World, *, half_days: int) -> Iterator[tuple[Any, ...]]:
    missed: Counter[tuple[str, date]] = Counter()
    for row in world["absence"]:
        if row["reason"] in WITHOUT_LEAVE and is_exact(row, "term_started_on"):
            missed[row["person_id"], row["term_started_on"]] += row["sessions"]
    terms = {row["term_started_on"] for row in world["absence"] if row["term_started_on"] is not None}
    for (child, term), sessions in missed.items():
        ends = min([months_before(term, -MONTHS_OF_A_TERM), *(other for other in terms if other > term)])
        for began, number in _episodes_known_to_the_day(world).get(child, []):
            if sessions >= half_days and term <= began < ends:
                yield child, began, number


@oracle
def children_suspended(world: World) -> Rows:
    for row in world["exclusion"]:
        if row["category"] == "suspension":
            yield row["person_id"], row["started_on"], row["exclusion_id"]


@oracle
def children_suspended_with_concern(world: World) -> Rows:
    for row in world["exclusion"]:
        day, own = row["started_on"], [concern for concern in concerns(world) if concern["person_id"] == row["person_id"]]
        if row["category"] == "suspension" and day is not None and any(lasts_on(concern, day, day) for concern in own):
            yield row["person_id"], day, row["exclusion_id"]


@oracle
def children_recognised_after_exclusion(world: World, *, within_days: int) -> Rows:
    for row in world["exclusion"]:
        if row["category"] not in {"suspension", "permanent"} or not is_exact(row, "started_on"):
            continue
        for concern in first_concerns(world).get(row["person_id"], []):
            if is_exact(concern, "started_on") and 0 < (concern["started_on"] - row["started_on"]).days <= within_days:
                yield row["person_id"], concern["started_on"], concern["concern_id"], concern["agency_id"], row["category"]


@oracle
def children_referred(world: World) -> Rows:
    for row in world["referral"]:
        yield row["person_id"], row["received_on"], row["referral_id"], row["source"]


@oracle
def children_referred_again(world: World, *, within_days: int) -> Rows:
    for row in world["referral"]:
        earlier = [
            each["received_on"] for each in world["referral"] if each["person_id"] == row["person_id"] and is_exact(each, "received_on")
        ]
        if is_exact(row, "received_on") and any(0 < (row["received_on"] - day).days <= within_days for day in earlier):
            yield row["person_id"], row["received_on"], row["referral_id"], row["source"]
