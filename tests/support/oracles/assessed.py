"""Assessments and what they name, and children about whom a concern is held whose needs are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sightline.model.periods import Quarter
from tests.support.oracles.base import Rows, is_exact, is_in_year, lasts_on, oracle, years_in
from tests.support.oracles.recorded import first_concerns, held_on_last_day, recognised_on
from tests.support.random_worlds import Row, World

ALCOHOL_OR_DRUGS_OF_THE_CHILD = {"1A", "2A"}
LEARNING_OR_PHYSICAL_DISABILITY_OF_THE_CHILD = {"5A", "6A"}
PLAN, SUPPORT = {"E", "S"}, {"K", "A", "P"}
"""How the school census tells an education, health and care plan, and special educational needs support."""


@oracle
def assessments(world: World) -> Rows:
    for row in world["assessment"]:
        if row["authorised_on"] is not None:
            yield row["person_id"], row["authorised_on"], row["assessment_id"]


@oracle
def assessments_naming_exploitation(world: World) -> Rows:
    return {
        (row["person_id"], row["authorised_on"], row["assessment_id"], factor["exploitation_type"])
        for row in world["assessment"]
        for factor in world["assessment_factor"]
        if row["authorised_on"] is not None
        and all(factor[name] == row[name] for name in ("person_id", "agency_id", "started_on"))
        and row["started_on"] is not None
        and factor["exploitation_type"] not in {None, "missing"}
    }


def _named_in_year(world: World, quarter: Quarter) -> Iterator[Row]:
    """Factors of a child's own alcohol or drug use in assessments signed off in the twelve months, of children ever recognised by then."""
    for row in world["assessment_factor"]:
        recognised = recognised_on(world).get(row["person_id"])
        is_recognised = recognised is not None and recognised <= quarter.end
        if is_recognised and row["factor"] in ALCOHOL_OR_DRUGS_OF_THE_CHILD and is_in_year(row["authorised_on"], quarter):
            yield row


@oracle
def children_with_substance_need(world: World) -> Rows:
    return {(row["person_id"], str(quarter), row["person_id"]) for quarter in world.quarters for row in _named_in_year(world, quarter)}


@oracle
def children_with_substance_support(world: World) -> Rows:
    programmes = [row for row in world["intervention"] if row["programme"] == "substance_support"]
    early_help = [row for row in world["early_help_episode"] if "substances" in (row["reason"] or "")]
    return {
        (row["person_id"], str(quarter), row["person_id"])
        for quarter in world.quarters
        for row in _named_in_year(world, quarter)
        for support in (*programmes, *early_help)
        if support["person_id"] == row["person_id"] and lasts_on(support, row["authorised_on"], quarter.end)
    }


@oracle
def children_with_concern_and_support_need(world: World) -> Iterator[tuple[Any, ...]]:
    for quarter in world.quarters:
        children = {row["person_id"] for row in held_on_last_day(world, quarter)}
        for row in world["school_spell"]:
            at_the_time = lasts_on(row, quarter.end, quarter.end, start="entered_on", end="left_on")
            if row["person_id"] in children and at_the_time and row["special_needs"] in PLAN | SUPPORT:
                yield row["person_id"], str(quarter), row["school_spell_id"], "plan" if row["special_needs"] in PLAN else "support"
        for row in world["assessment_factor"]:
            by_then = row["started_on"] is not None and row["started_on"] <= quarter.end
            if row["person_id"] in children and by_then and row["factor"] in LEARNING_OR_PHYSICAL_DISABILITY_OF_THE_CHILD:
                yield row["person_id"], str(quarter), row["assessment_factor_id"], "disability"


@oracle
def children_with_earlier_adversity(world: World, *, experiences: int, within_days: int) -> Iterator[tuple[Any, ...]]:
    """Kinds of experience, each once however often it is recorded, of which the day is known."""
    for child, begun in first_concerns(world).items():
        first = begun[0]["started_on"]
        if not any(is_exact(row, "started_on") for row in begun):
            continue
        kinds = {
            row["ace_type"]
            for row in world["ace"]
            if row["person_id"] == child and is_exact(row, "recorded_on") and 0 < (first - row["recorded_on"]).days <= within_days
        } - {None, "not_recorded"}
        if len(kinds) >= experiences:
            yield from ((child, period, first, child, kind) for period in years_in(world, first) for kind in kinds)
