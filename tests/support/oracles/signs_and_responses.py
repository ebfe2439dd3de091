"""What agencies record that may go with exploitation, what they did because of it, and how long that took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from tests.support.oracles.base import Rows, birthday, day_of, is_exact, once_a_world, oracle, years_in
from tests.support.oracles.recorded import concern_days, first_concerns, harm_outside_home, help_given, missing_episodes, parts_in_incidents
from tests.support.random_worlds import Row, World


class Told(NamedTuple):
    """Something that was recorded about a child, or done, on a day."""

    person_id: str
    agency_id: str
    kind: str
    day: date
    is_exact: bool


def _told(row: Row, kind: str, column: str) -> Iterator[Told]:
    if row[column] is not None:
        yield Told(row["person_id"], row["agency_id"], kind, day_of(row[column]), is_exact(row, column))


@once_a_world
def possible_signs(world: World) -> list[Told]:
    """Signs of children of ten to seventeen, or of whom nobody knows how old they are."""
    return [sign for sign in _signs_of_anybody(world) if _is_of_age(world, sign)]


def _is_of_age(world: World, sign: Told) -> bool:
    ten, eighteen = (birthday(world.person.get(sign.person_id), years) for years in (10, 18))
    return ten is None or eighteen is None or ten <= sign.day < eighteen


def _signs_of_anybody(world: World) -> Iterator[Told]:
    for child, began, spell in missing_episodes(world):
        for record in spell:
            yield Told(child, record["agency_id"], "missing", began, is_exact(record, "started_at"))
    harmed = [(part, incident, "harmed") for part, incident in harm_outside_home(world)]
    suspected = [(part, incident, "suspected") for part, incident in parts_in_incidents(world) if part["role"] == "suspect"]
    for part, incident, kind in harmed + suspected:
        yield from _told({**incident, "person_id": part["person_id"]}, kind, "started_at")
    for row in world["custody"]:
        yield from _told(row, "suspected", "detained_at")
    for row in world["ae_attendance"]:
        if row["assault"] or row["safeguarding_concern"] not in {None, "none", "not_recorded"}:
            yield from _told(row, "injury", "arrived_at")
    for row in world["exclusion"]:
        if row["category"] in {"suspension", "permanent"}:
            yield from _told(row, "sent_home", "started_on")
    for row in world["housing_case"]:
        if row["cuckooing"]:
            yield from _told(row, "home_taken_over", "opened_on")
    yield from terms_half_missed(world)


def terms_half_missed(world: World) -> Iterator[Told]:
    terms: dict[tuple[str, str, date], list[Row]] = defaultdict(list)
    for row in world["absence"]:
        if row["term_started_on"] is not None:
            terms[row["person_id"], row["agency_id"], row["term_started_on"]].append(row)
    for told in terms.values():
        possible = max(row["possible_sessions"] for row in told)
        if possible > 0 and sum(row["sessions"] for row in told) >= possible / 2:
            first = min(told, key=lambda row: row["term_started_on_precision"])
            yield from _told(first, "absent", "term_started_on")


@once_a_world
def responses(world: World) -> list[Told]:
    """What was done for a child because of exploitation, and planned help that began while a concern was held."""
    named = {
        (row["person_id"], row["agency_id"], row["started_on"])
        for row in world["assessment_factor"]
        if row["exploitation_type"] not in {None, "missing"}
    }
    found: list[Told] = []
    for row in world["assessment"]:
        if (row["person_id"], row["agency_id"], row["started_on"]) in named:
            found += _told(row, "assessment", "started_on")
    for row in world["screening"]:
        found += _told(row, "screening", "completed_on")
    for row in world["nrm_referral"]:
        found += _told(row, "nrm", "referred_on")
    for row in help_given(world):
        if row["plan_type"] in {"MACE", "SAFETY"}:
            found += _told(row, "exploitation_plan", "started_on")
        elif any(first <= row["started_on"] <= last for first, last in concern_days(world, row["person_id"])):
            found += _told(row, "help", "started_on")
    return found


@oracle
def time_to_first_response(world: World, *, within_days: int) -> Rows:
    found = []
    for child, begun in first_concerns(world).items():
        recognised = [row for row in begun if is_exact(row, "started_on")]
        answers = [each for each in responses(world) if each.person_id == child and each.is_exact]
        if not recognised or not answers:
            continue
        recognised_on, responded_on = recognised[0]["started_on"], min(each.day for each in answers)
        noticed = [
            (sign.day, sign.agency_id, sign.kind)
            for sign in possible_signs(world)
            if sign.person_id == child and sign.is_exact and 0 <= (recognised_on - sign.day).days <= within_days
        ]
        if responded_on > recognised_on:
            noticed += [(recognised_on, row["agency_id"], "concern") for row in recognised]
        first_sign = min((day for day, _, _ in noticed), default=date.max)
        if first_sign > responded_on:
            continue
        found += [
            (child, period, responded_on, child, agency, sign, answer.kind, (responded_on - first_sign).days)
            for day, agency, sign in noticed
            for answer in answers
            for period in years_in(world, responded_on)
            if day == first_sign and answer.day == responded_on
        ]
    return set(found)
