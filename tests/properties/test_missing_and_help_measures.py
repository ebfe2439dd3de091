"""Measures of missing episodes, help and harm count what a plain reading of their words counts, on whatever rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.definitions.catalogue import load_catalogue
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators.people import with_values
from sightline.model.periods import Quarter
from tests.support.tables import entity_table, quarters_table

CATALOGUE = load_catalogue()
QUARTER = Quarter(2026, 1)
YEAR_FROM = Quarter(2025, 2).start
"""The first day of the twelve months to the end of the quarter."""
QUICK = settings(max_examples=20, deadline=None, derandomize=True)
NAMES = st.sampled_from(["Ada", "Ben"])
Row = dict[str, Any]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as opened:
        opened.register_table("quarter", quarters_table([QUARTER]))
        yield opened


def found_by(engine: DuckDBEngine, measure: str, tables: Mapping[str, Sequence[Row]], **values: int) -> list[Row]:
    """What a measure answers on these rows; entities that it reads and that are not given are empty."""
    chosen = CATALOGUE.measures[measure]
    for entity in chosen.entities:
        engine.register_table(entity, entity_table(entity, tables.get(entity, ())))
    for name in chosen.derived:
        engine.materialise(name, CATALOGUE.derived[name].sql)
    rows: list[Row] = engine.query(with_values(chosen.sql, values)).to_pylist()
    return rows


def is_in_year(day: date) -> bool:
    return YEAR_FROM <= day <= QUARTER.end


DAYS = st.dates(date(2025, 2, 1), date(2026, 4, 30))
EPISODES = st.lists(
    st.fixed_dictionaries(
        {
            "person_id": NAMES,
            "agency_id": st.sampled_from(["police", "csc"]),
            "started_at": st.builds(datetime.combine, DAYS, st.times()).map(lambda moment: moment.replace(second=0, microsecond=0)),
            "hours": st.integers(0, 60),
        }
    ),
    max_size=9,
)


def told(episodes: list[Row]) -> list[Row]:
    """The drawn episodes as rows of the common model."""
    return [
        {
            **{name: row[name] for name in ("person_id", "agency_id", "started_at")},
            "ended_at": row["started_at"] + timedelta(hours=row["hours"]),
        }
        for row in episodes
    ]


def spells_in_plain_words(episodes: list[Row]) -> dict[str, list[list[Row]]]:
    """Each child's records, those of one absence together: a record that begins while another lasts, or within a day of its beginning."""
    spells: dict[str, list[list[Row]]] = {}
    for row in sorted(episodes, key=lambda row: row["started_at"]):
        own = spells.setdefault(row["person_id"], [])
        if own and row["started_at"] <= max(max(each["ended_at"], each["started_at"] + timedelta(days=1)) for each in own[-1]):
            own[-1].append(row)
        else:
            own.append([row])
    return spells


@QUICK
@given(episodes=EPISODES, within_days=st.integers(1, 120))
def test_a_third_episode_counts_if_it_came_within_the_days_of_the_first_of_the_three(
    engine: DuckDBEngine, episodes: list[Row], within_days: int
) -> None:
    rows = told(episodes)
    expected = []
    for name, spells in spells_in_plain_words(rows).items():
        days = [spell[0]["started_at"].date() for spell in spells]
        expected += [
            (name, third) for first, third in zip(days, days[2:], strict=False) if (third - first).days <= within_days and is_in_year(third)
        ]

    answer = found_by(engine, "children_missing_repeatedly", {"missing_episode": rows}, within_days=within_days)
    assert sorted((row["person_id"], row["happened_on"]) for row in answer) == sorted(expected)


@QUICK
@given(episodes=EPISODES)
def test_hours_away_are_those_of_the_longest_record_of_an_absence(engine: DuckDBEngine, episodes: list[Row]) -> None:
    rows = told(episodes)
    expected = [
        (
            name,
            max(each["ended_at"] for each in spell).date(),
            max((each["ended_at"] - each["started_at"]) / timedelta(hours=1) for each in spell),
        )
        for name, spells in spells_in_plain_words(rows).items()
        for spell in spells
    ]
    answer = found_by(engine, "hours_missing", {"missing_episode": rows})
    assert sorted((row["person_id"], row["happened_on"], row["value"]) for row in answer) == sorted(expected)


SPELLS = st.lists(
    st.fixed_dictionaries(
        {"person_id": NAMES, "started_on": st.dates(date(2023, 1, 1), date(2026, 3, 1)), "days": st.none() | st.integers(0, 500)}
    ),
    max_size=4,
)


def spells(rows: list[Row], **more: str) -> list[Row]:
    return [
        {
            "person_id": row["person_id"],
            "started_on": row["started_on"],
            "ended_on": None if row["days"] is None else row["started_on"] + timedelta(days=row["days"]),
            **more,
        }
        for row in rows
    ]


def two_years_before(day: date) -> date:
    return day.replace(year=day.year - 2, day=28 if (day.month, day.day) == (2, 29) else day.day)


@QUICK
@given(recognised=st.dates(date(2025, 1, 1), date(2026, 3, 31)), early_help=SPELLS, plans=SPELLS, referrals=SPELLS)
def test_routes_follow_which_service_knew_the_child_first_in_the_24_months_before(
    engine: DuckDBEngine, recognised: date, early_help: list[Row], plans: list[Row], referrals: list[Row]
) -> None:
    def first_known(*, own: list[Row]) -> date | None:
        since = two_years_before(recognised)
        days = [
            row["started_on"]
            for row in own
            if row["person_id"] == "Ada" and row["started_on"] < recognised and (row["ended_on"] or since) >= since
        ]
        return min(days, default=None)

    asked = [{"person_id": row["person_id"], "received_on": row["started_on"]} for row in referrals]
    told_of = [{"person_id": row["person_id"], "started_on": row["started_on"], "ended_on": row["started_on"]} for row in referrals]
    early = first_known(own=spells(early_help))
    social = first_known(own=[*spells(plans), *told_of])
    answer = found_by(
        engine,
        "children_helped_before_recognition",
        {
            "flag": [{"person_id": "Ada", "started_on": recognised, "exploitation_type": "sexual"}],
            "early_help_episode": spells(early_help),
            "plan": spells(plans, plan_type="CIN"),
            "referral": asked,
        },
    )
    if not is_in_year(recognised) or (early is None and social is None):
        assert answer == []
    elif early is None or social is None:
        assert [row["route"] for row in answer] == ["early_help" if social is None else "social_care"]
    elif early == social:
        assert [row["route"] for row in answer] == ["together"]
    else:
        assert [row["route"] for row in answer] == ["early_help_first" if early < social else "social_care_first"]


@QUICK
@given(care=SPELLS, flags=SPELLS, reasons=st.lists(st.sampled_from(["S", "P", "L", "B"]), min_size=4, max_size=4))
def test_children_who_moved_while_a_concern_was_held_are_among_those_in_care_with_one(
    engine: DuckDBEngine, care: list[Row], flags: list[Row], reasons: list[str]
) -> None:
    episodes = [{**row, "reason": reason} for row, reason in zip(spells(care), reasons, strict=False)]
    tables = {"care_episode": episodes, "flag": spells(flags, exploitation_type="criminal")}
    moved, in_care = (
        {(row["person_id"], row["happened_on"]) for row in found_by(engine, measure, tables)}
        for measure in ("looked_after_children_moved", "children_with_concern_in_care")
    )
    held = {
        (episode["person_id"], episode["started_on"])
        for episode in episodes
        for flag in tables["flag"]
        if episode["person_id"] == flag["person_id"]
        and episode["reason"] in {"P", "B"}
        and is_in_year(episode["started_on"])
        and flag["started_on"] <= episode["started_on"] <= (flag["ended_on"] or date.max)
    }
    assert moved == held
    assert moved <= in_care, "on the same day, so that a child has one age in both"
    assert {name for name, _ in in_care} == {
        episode["person_id"]
        for episode in episodes
        for flag in tables["flag"]
        if episode["person_id"] == flag["person_id"]
        and max(YEAR_FROM, episode["started_on"], flag["started_on"])
        <= min(QUARTER.end, episode["ended_on"] or date.max, _end_of_spell(flag, tables["flag"]))
    }


def _end_of_spell(flag: Row, flags: Sequence[Row]) -> date:
    """The last day of a concern and of those that follow it without a gap."""
    end = flag["ended_on"] or date.max
    for other in flags:
        follows = (
            other["person_id"] == flag["person_id"]
            and end < date.max
            and flag["started_on"] <= other["started_on"] <= end + timedelta(days=1)
        )
        if follows and (other["ended_on"] or date.max) > end:
            return _end_of_spell({**flag, "ended_on": other["ended_on"]}, flags)
    return end


ROLES = st.lists(
    st.fixed_dictionaries(
        {
            "person_id": NAMES,
            "role": st.sampled_from(["victim", "suspect", "witness"]),
            "started_at": st.dates(date(2024, 1, 1), date(2026, 5, 1)),
            "location_type": st.sampled_from(["street", "home", None]),
            "started_at_precision": st.sampled_from(["minute", "minute", "day", "month"]),
        }
    ),
    max_size=8,
)


@QUICK
@given(parts=ROLES)
def test_which_was_first_is_the_earliest_of_each_in_the_24_months(engine: DuckDBEngine, parts: list[Row]) -> None:
    first: dict[str, dict[str, date]] = {}
    for part in parts:
        harmed = part["role"] == "victim" and part["location_type"] != "home"
        is_known = part["started_at_precision"] != "month" and date(2024, 3, 31) < part["started_at"] <= QUARTER.end
        if is_known and (harmed or part["role"] == "suspect"):
            own = first.setdefault(part["person_id"], {})
            own[part["role"]] = min(own.get(part["role"], date.max), part["started_at"])
    both = {name: own for name, own in first.items() if len(own) == 2}

    incidents = [
        {
            "incident_reference": f"I{place}",
            "started_at": datetime.combine(part["started_at"], datetime.min.time()),
            "started_at_precision": part["started_at_precision"],
            "location_type": part["location_type"],
        }
        for place, part in enumerate(parts)
    ]
    roles = [{"incident_reference": f"I{place}", "person_id": part["person_id"], "role": part["role"]} for place, part in enumerate(parts)]
    answer = found_by(engine, "children_harmed_and_suspected", {"incident": incidents, "involvement": roles})
    words = {True: "harmed_first", False: "suspected_first"}
    assert {row["person_id"]: row["came_first"] for row in answer} == {
        name: "same_day" if own["victim"] == own["suspect"] else words[own["victim"] < own["suspect"]] for name, own in both.items()
    }
    either = {row["person_id"] for row in found_by(engine, "children_harmed_or_suspected", {"incident": incidents, "involvement": roles})}
    assert either == set(first)
