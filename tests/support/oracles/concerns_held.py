"""Who holds a concern about which children, alone or with others, and which forms are named."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from sightline.model.periods import Quarter
from tests.support.oracles.base import Rows, is_exact, is_in_year, lives_elsewhere, oracle, years_in
from tests.support.oracles.recorded import concerns, first_concerns, held_in_year, held_on_last_day
from tests.support.random_worlds import World

CRIMINAL = {"criminal", "gangs"}


@oracle
def age_at_first_concern(world: World) -> Rows:
    for child, found in first_concerns(world).items():
        born = world.person[child]["birth_month"]
        for row in found:
            day = row["started_on"]
            if born is None or day < born or row["started_on_precision"] == "year":
                continue
            months = (day.year - born.year) * 12 + day.month - born.month
            for period in years_in(world, day):
                yield (child, period, day, child, row["agency_id"], row["exploitation_type"], months / 12)


@oracle
def children_first_recognised_by_one_agency(world: World) -> Rows:
    for child, found in first_concerns(world).items():
        agencies = {row["agency_id"] for row in found}
        if len(agencies) == 1 and all(is_exact(row, "started_on") for row in found):
            first = min(row["concern_id"] for row in found)
            for period in years_in(world, found[0]["started_on"]):
                yield (child, period, found[0]["started_on"], first, min(agencies))


@oracle
def children_first_recognised_criminally(world: World) -> Rows:
    for child in world.person:
        days = [row["started_on"] for row in concerns(world) if row["person_id"] == child and row["exploitation_type"] in CRIMINAL]
        for period in years_in(world, min(days, default=None)):
            yield (child, period, min(days), child)


@oracle
def children_flagged(world: World) -> Rows:
    return {
        (row["person_id"], str(quarter), row["agency_id"], row["agency_id"], row["exploitation_type"], row["certainty"])
        for quarter in world.quarters
        for row in held_in_year(world, quarter)
    }


def _flagged_by(world: World, quarter: Quarter) -> dict[str, set[str]]:
    """The children about whom each agency held a concern in the twelve months."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in held_in_year(world, quarter):
        found[row["agency_id"]].add(row["person_id"])
    return found


@oracle
def children_flagged_by_both(world: World) -> Rows:
    return {
        (child, str(quarter), f"{one}+{other}", f"{one}+{other}")
        for quarter in world.quarters
        for (one, by_one), (other, by_other) in combinations(sorted(_flagged_by(world, quarter).items()), 2)
        for child in by_one & by_other
    }


@oracle
def children_flagged_by_either(world: World) -> Rows:
    return {
        (child, str(quarter), f"{one}+{other}", f"{one}+{other}")
        for quarter in world.quarters
        for (one, by_one), (other, by_other) in combinations(sorted(_flagged_by(world, quarter).items()), 2)
        for child in by_one | by_other
    }


@oracle
def children_flagged_by_one_agency(world: World) -> Rows:
    for quarter in world.quarters:
        for child in world.person:
            agencies = [agency for agency, children in _flagged_by(world, quarter).items() if child in children]
            if len(agencies) == 1 and not lives_elsewhere(world, child):
                yield (child, str(quarter), agencies[0], child)


@oracle
def children_newly_recognised(world: World) -> Rows:
    for child, found in first_concerns(world).items():
        for row in found:
            yield (child, row["started_on"], row["concern_id"], row["agency_id"], row["exploitation_type"])


@oracle
def children_recognised_in_year(world: World) -> Rows:
    for child, found in first_concerns(world).items():
        for period in years_in(world, found[0]["started_on"]):
            first = min(row["concern_id"] for row in found)
            yield (child, period, found[0]["started_on"], first)


@oracle
def children_recognised_to_the_day(world: World) -> Rows:
    """A first concern of which anybody knows the day has a day."""
    for child, found in first_concerns(world).items():
        if any(is_exact(row, "started_on") for row in found):
            for period in years_in(world, found[0]["started_on"]):
                yield (child, period, found[0]["started_on"], child)


@oracle
def children_with_known_concern(world: World) -> Rows:
    for quarter in world.quarters:
        for row in held_on_last_day(world, quarter):
            yield (row["person_id"], str(quarter), row["concern_id"], row["agency_id"], row["exploitation_type"])


@oracle
def children_with_named_form(world: World) -> Rows:
    return {
        (row["person_id"], str(quarter), row["exploitation_type"], row["exploitation_type"], row["agency_id"])
        for quarter in world.quarters
        for row in held_in_year(world, quarter)
        if row["exploitation_type"] != "other"
    }


@oracle
def children_with_several_forms(world: World, *, forms: int) -> Rows:
    for quarter in world.quarters:
        for child in world.person:
            named = {row["exploitation_type"] for row in held_in_year(world, quarter) if row["person_id"] == child} - {"other"}
            if len(named) >= forms:
                for form in named:
                    yield (child, str(quarter), form, form)


@oracle
def criminal_concern_for_girls_sexual_for_boys(world: World) -> Rows:
    against_the_usual = {("female", "criminal"), ("male", "sexual")}
    return {
        (row["person_id"], str(quarter), row["agency_id"], row["agency_id"])
        for quarter in world.quarters
        for row in held_in_year(world, quarter)
        if (world.person[row["person_id"]]["sex"], row["exploitation_type"]) in against_the_usual
    }


@oracle
def children_screened_with_concern(world: World, *, within_days: int) -> Rows:
    for quarter in world.quarters:
        for row in held_on_last_day(world, quarter):
            screened = any(
                is_exact(each, "completed_on") and 0 <= (quarter.end - each["completed_on"]).days <= within_days
                for each in world["screening"]
                if each["person_id"] == row["person_id"]
            )
            if screened:
                yield (row["person_id"], str(quarter), row["concern_id"], row["agency_id"], row["exploitation_type"])


@oracle
def children_within_referral_mechanism(world: World) -> Rows:
    """Concerns of a form the mechanism is for, and children referred to it all the same."""
    for quarter in world.quarters:
        for row in held_in_year(world, quarter):
            if row["exploitation_type"] in {"sexual", "criminal", "gangs", "trafficking"}:
                yield (row["person_id"], str(quarter), row["concern_id"])
        for row in world["nrm_referral"]:
            if is_in_year(row["referred_on"], quarter):
                yield (row["person_id"], str(quarter), row["nrm_referral_id"])


@oracle
def children_referred_to_mechanism(world: World) -> Rows:
    in_words = {True: "yes", False: "no", None: None}
    for row in world["nrm_referral"]:
        for period in years_in(world, row["referred_on"]):
            yield (row["person_id"], period, row["nrm_referral_id"], row["first_responder"], in_words[row["county_lines"]])
