"""What the police come to know: incidents, who was there in which role, and the markers put on people.

Peer groups are met together, often with the same adult; some incidents gather on both sides of a ward boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from sightline.synthesis.concerns import BLACK, Concerns, mistaken_markers
from sightline.synthesis.draw import (
    NEVER,
    YEAR,
    Days,
    Numbers,
    Positions,
    Texts,
    Truths,
    age_on,
    chance,
    day,
    days_array,
    lasting,
    pick_text,
    repeated_within,
    years_after,
)
from sightline.synthesis.geography import AUTHORITY, Area
from sightline.synthesis.people import People
from sightline.synthesis.returns import FIRST_DAY, LAST_DAY

MINUTES = 1440
YEARLY_VICTIM, YEARLY_SUSPECT = 0.014, 0.005
YEARLY_GROUP_INCIDENTS, YEARLY_LONE_INCIDENTS = 2.6, 0.8
ELSEWHERE_MORE = 4.0
"""How much likelier the force knows one of the children of other areas that are made here: they stand for many who are not."""

HOTSPOT_FROM = day("2025-01-01")
HOTSPOT_YEARLY_PER_10000 = 14.0
HOTSPOT_SPREAD_M = 170.0

ORDINARY = (
    ("105/01", "Common assault", 0.26), ("008/06", "Assault occasioning actual bodily harm", 0.12), ("034/10", "Robbery", 0.05),
    ("045/10", "Theft from person", 0.08), ("008/01", "Grievous bodily harm", 0.03), ("058/01", "Criminal damage", 0.11),
    ("125/11", "Harassment", 0.14), ("092/10", "Possession of cannabis", 0.06), ("N/A", "Concern for safety", 0.15),
)  # fmt: skip
SEXUAL = (
    ("017/16", "Sexual activity with a child", 0.4),
    ("070/01", "Sexual communication with a child", 0.25),
    ("N/A", "Concern: child sexual exploitation", 0.35),
)
CRIMINAL = (
    ("092/20", "Supplying a controlled drug", 0.35),
    ("106/01", "Modern slavery", 0.12),
    ("010/13", "Possession of a bladed article", 0.13),
    ("N/A", "Concern: child criminal exploitation", 0.40),
)
PLACES = {
    "street/public": 0.38,
    "home": 0.2,
    "other residence": 0.1,
    "park/open space": 0.09,
    "school/education": 0.08,
    "transport": 0.05,
    "licensed premises": 0.03,
    "shop/food": 0.05,
    "not known": 0.02,
}


@dataclass(frozen=True, slots=True)
class Scenes:
    """Incidents before their details: when, where, of which sort, and whether exploitation was noticed."""

    when: Days
    points: Numbers
    sort: Texts
    place: Texts
    noticed: Texts


def make_incidents(
    rng: np.random.Generator, people: People, concerns: Concerns, missing: pl.DataFrame, area: Area
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Occurrences, and the roles of people in them (`occurrence` joins the two)."""
    parts = [
        _everyday(rng, people, area, victims=True),
        _everyday(rng, people, area, victims=False),
        _exploitation(rng, people, concerns, area),
        _gathering(rng, people, concerns, area),
        _missing(rng, people, missing, area),
    ]
    occurrences, roles, shift = [], [], 0
    for events, involved in parts:
        occurrences.append(events.with_columns(occurrence=pl.int_range(pl.len(), dtype=pl.Int64) + shift))
        roles.append(involved.with_columns(pl.col("occurrence") + shift))
        shift += events.height
    events = pl.concat(occurrences)
    count = events.height
    raw = events.select("easting", "northing").to_numpy().astype(np.float64)
    elsewhere = area.is_elsewhere(raw)
    points, ward = raw.copy(), np.full(count, -1)
    points[~elsewhere], ward[~elsewhere] = area.ashore(raw[~elsewhere])
    codes = np.array([*area.ward_codes, None], dtype=object)
    events = events.with_columns(
        easting=pl.Series(points[:, 0].astype(np.int64)),
        northing=pl.Series(points[:, 1].astype(np.int64)),
        ward=pl.Series(codes[ward].tolist(), dtype=pl.String),
        authority=pl.Series(_authorities(area, points, elsewhere).tolist(), dtype=pl.String),
        settles=pl.Series(rng.random(count)),
        lag=pl.Series(rng.integers(5, 900, count)),
        outcome=pl.Series(pick_text(rng, count, {"": 0.5, "15": 0.14, "16": 0.16, "18": 0.1, "1": 0.05, "8": 0.03, "22": 0.02}).tolist()),
    )
    return events, pl.concat(roles)


def _authorities(area: Area, points: Numbers, elsewhere: Truths) -> Texts:
    """The authority in which each point lies: that of the nearest postcode for those beyond the sea."""
    names = np.full(len(points), AUTHORITY, dtype=object)
    outside = area.points[area.inside :]
    if elsewhere.any():
        nearest = cKDTree(outside).query(points[elsewhere])[1]
        names[elsewhere] = area.authority_of(area.inside + nearest)
    return names


def _occurrences(rng: np.random.Generator, when: Days, points: Numbers, *, kinds: Texts, place: Texts, flags: Texts) -> pl.DataFrame:
    count = len(when)
    codes = np.array([kind.split("|") for kind in kinds.tolist()], dtype=object).reshape(count, 2)
    return pl.DataFrame(
        {
            "happened": when.astype(np.int64) * MINUTES + rng.integers(0, MINUTES, count),
            "lasted": rng.integers(0, 180, count),
            "code": codes[:, 0].tolist(),
            "description": codes[:, 1].tolist(),
            "easting": points[:, 0].astype(np.int64),
            "northing": points[:, 1].astype(np.int64),
            "place": place.tolist(),
            "flags": flags.tolist(),
            "grade": [""] * count,
        },
        schema_overrides={"code": pl.String, "description": pl.String, "place": pl.String, "flags": pl.String, "grade": pl.String},
    )


def _kinds(rng: np.random.Generator, count: int, table: tuple[tuple[str, str, float], ...]) -> Texts:
    return pick_text(rng, count, {f"{code}|{words}": weight for code, words, weight in table})


def _roles(occurrence: Positions, person: Positions, role: Texts) -> pl.DataFrame:
    frame = {"occurrence": occurrence.astype(np.int64), "person": person.astype(np.int64), "role": role.tolist()}
    return pl.DataFrame(frame, schema_overrides={"role": pl.String})


def _near_home(rng: np.random.Generator, people: People, person: Positions, when: Days, *, area: Area, spread_m: float) -> Numbers:
    home = np.where(people.moved[person] <= when, people.later_home[person], people.home[person])
    return area.points[home] + rng.normal(0, spread_m, (len(person), 2))


def _everyday(rng: np.random.Generator, people: People, area: Area, *, victims: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Incidents that have nothing to do with exploitation: a child harmed, or a child suspected; now and then an adult suspect."""
    years = (LAST_DAY - FIRST_DAY) / YEAR
    age = age_on(people.born, (FIRST_DAY + LAST_DAY) // 2)
    rate = np.where(age >= 9, YEARLY_VICTIM, YEARLY_VICTIM / 3) if victims else np.where(age >= 9, YEARLY_SUSPECT, 0.0)
    rate = rate * np.where(people.local, 1.0, ELSEWHERE_MORE)
    events = rng.poisson(rate * years * people.strain**0.7 * ~people.adult)
    person = np.repeat(np.arange(len(people)), events)
    when = days_array(rng.integers(FIRST_DAY, LAST_DAY + 1, len(person)))
    kept = (when > people.born[person]) & (when < people.grown[person]) & (when >= people.arrived[person])
    kept &= (age_on(people.born[person], when) >= 10) | victims
    person, when = person[kept], when[kept]
    flags = np.where(chance(rng, 0.05, len(person)), "child at risk", "").astype(object)
    points = _near_home(rng, people, person, when, area=area, spread_m=600)
    kinds, place = _kinds(rng, len(person), ORDINARY), pick_text(rng, len(person), PLACES)
    table = _occurrences(rng, when, points, kinds=kinds, place=place, flags=flags)
    word = "victim" if victims else "suspect"
    roles = _roles(np.arange(len(person)), person, np.full(len(person), word, dtype=object))
    return table, pl.concat([roles, _beside(rng, people, len(person), 0.14 if victims else 0.05)])


def _beside(rng: np.random.Generator, people: People, incidents: int, share: float) -> pl.DataFrame:
    """Adults suspected, or witnessing, in some of the incidents."""
    there = np.flatnonzero(chance(rng, share, incidents))
    adults = np.flatnonzero(people.adult)
    role = np.where(chance(rng, 0.7, len(there)), "suspect", "witness").astype(object)
    return _roles(there, adults[rng.integers(0, len(adults), len(there))], role)


def _exploitation(rng: np.random.Generator, people: People, concerns: Concerns, area: Area) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Incidents of peer groups (several children, often the same adult) and of children harmed alone."""
    first = np.maximum(concerns.started, FIRST_DAY).astype(np.int64)
    last = np.minimum(concerns.ended, LAST_DAY + 1).astype(np.int64)
    yearly = np.where(concerns.group >= 0, YEARLY_GROUP_INCIDENTS / 2.2, YEARLY_LONE_INCIDENTS)
    events = rng.poisson(yearly * np.maximum(last - first, 0) / YEAR)
    owner, _ = repeated_within(events)
    when = days_array(first[owner] + (rng.random(len(owner)) * (last - first)[owner]).astype(np.int64))
    meeting = _meeting_places(rng, people, concerns, area)[owner] + rng.normal(0, 130, (len(owner), 2))
    sexual = concerns.sexual[owner] & (~concerns.criminal[owner] | chance(rng, 0.5, len(owner)))
    kinds = np.where(sexual, _kinds(rng, len(owner), SEXUAL), _kinds(rng, len(owner), CRIMINAL))
    seen = concerns.recognised["police"][owner] < when + 60
    gangs = concerns.gangs[owner] & chance(rng, 0.4, len(owner))
    name = np.where(sexual, "CSE", np.where(gangs, "CCE;gang/OCG", np.where(chance(rng, 0.3, len(owner)), "CCE;county lines", "CCE")))
    flags = np.where(seen | chance(rng, 0.12, len(owner)), name, "").astype(object)
    place = np.where(sexual & chance(rng, 0.25, len(owner)), "online", pick_text(rng, len(owner), PLACES)).astype(object)
    table = _occurrences(rng, when, meeting, kinds=kinds, place=place, flags=flags)
    suspected = concerns.criminal[owner] & ~sexual & chance(rng, 0.42, len(owner))
    roles = [_roles(np.arange(len(owner)), concerns.person[owner], np.where(suspected, "suspect", "victim").astype(object))]
    roles.append(_friends(rng, concerns, owner, when))
    roles.append(_adults_who_harm(rng, people, concerns, owner))
    return table, pl.concat(roles)


def _meeting_places(rng: np.random.Generator, people: People, concerns: Concerns, area: Area) -> Numbers:
    """Where each child's incidents gather: one place for a group (that of one of its children), near home for the others."""
    own = area.points[people.home_on(LAST_DAY)[concerns.person]] + rng.normal(0, 500, (len(concerns), 2))
    if len(concerns):
        lead = np.full(int(concerns.group.max(initial=-1)) + 2, 0)
        lead[concerns.group] = np.arange(len(concerns))
        own = np.where((concerns.group >= 0)[:, None], own[lead[concerns.group]], own)
    return own


def _friends(rng: np.random.Generator, concerns: Concerns, owner: Positions, when: Days) -> pl.DataFrame:
    """Other children of the same group who were there: harmed too, or there as associates."""
    scene = pl.DataFrame({"occurrence": np.arange(len(owner)), "self": concerns.person[owner], "group": concerns.group[owner], "day": when})
    members = concerns.frame().select("group", "person", "started", "ended").filter(pl.col("group") >= 0)
    there = scene.join(members, on="group", how="inner", maintain_order="left").filter(
        (pl.col("person") != pl.col("self")) & (pl.col("started") - 60 <= pl.col("day")) & (pl.col("ended") + 60 >= pl.col("day"))
    )
    there = there.filter(pl.Series(chance(rng, 0.4, there.height), dtype=pl.Boolean))
    role = pick_text(rng, there.height, {"victim": 0.5, "associate": 0.4, "witness": 0.1})
    return _roles(there["occurrence"].to_numpy(), there["person"].to_numpy(), role)


def _adults_who_harm(rng: np.random.Generator, people: People, concerns: Concerns, owner: Positions) -> pl.DataFrame:
    """The same one or two adults behind a group; someone different for children harmed alone."""
    adults = np.flatnonzero(people.adult)
    harmful = adults[: max(len(adults) // 3, 2)]
    group = concerns.group[owner]
    chosen = np.where(group >= 0, (group * 2 + rng.integers(0, 2, len(owner))) % len(harmful), rng.integers(0, len(harmful), len(owner)))
    there = np.flatnonzero(chance(rng, np.where(group >= 0, 0.55, 0.35), len(owner)))
    role = np.where(chance(rng, 0.8, len(there)), "suspect", "associate").astype(object)
    return _roles(there, harmful[chosen[there]], role)


def _gathering(rng: np.random.Generator, people: People, concerns: Concerns, area: Area) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Incidents that gather where two wards meet, from 2025 on: each ward alone sees half of them."""
    years = (LAST_DAY + 1 - HOTSPOT_FROM) / YEAR
    children = int((~people.adult & people.resident).sum())
    wanted = int(rng.poisson(HOTSPOT_YEARLY_PER_10000 * children / 10_000 * years))
    of_age = np.flatnonzero(people.local & (age_on(people.born, HOTSPOT_FROM) >= 11) & (people.grown > LAST_DAY))
    harmed = np.intersect1d(concerns.person[concerns.ended > HOTSPOT_FROM], of_age)
    if not len(of_age):
        wanted = 0
    pool = np.concatenate([np.repeat(harmed, max(len(of_age) // max(2 * len(harmed), 1), 1)), of_age])
    person = pool[rng.integers(0, max(len(pool), 1), wanted)] if wanted else np.zeros(0, dtype=np.int64)
    when = days_array(HOTSPOT_FROM + np.sqrt(rng.random(wanted)) * (LAST_DAY - HOTSPOT_FROM))
    spot = area.hotspots[rng.integers(0, len(area.hotspots), wanted)]
    points = spot + rng.normal(0, HOTSPOT_SPREAD_M, (wanted, 2))
    kinds = np.where(chance(rng, 0.5, wanted), _kinds(rng, wanted, CRIMINAL), _kinds(rng, wanted, ORDINARY)).astype(object)
    flags = np.where(chance(rng, 0.35, wanted), "CCE", "").astype(object)
    place = pick_text(rng, wanted, {"transport": 0.5, "street/public": 0.3, "shop/food": 0.2})
    table = _occurrences(rng, when, points, kinds=kinds, place=place, flags=flags)
    role = pick_text(rng, wanted, {"victim": 0.7, "suspect": 0.15, "associate": 0.15})
    return table, pl.concat([_roles(np.arange(wanted), person, role), _beside(rng, people, wanted, 0.3)])


def _missing(rng: np.random.Generator, people: People, missing: pl.DataFrame, area: Area) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Missing episodes reported to the police, kept as occurrences."""
    told = missing.filter(_is_told())
    person, when = told["person"].to_numpy(), told["left_day"].to_numpy()
    points = _near_home(rng, people, person, when, area=area, spread_m=20)
    kinds = np.where(told["absence_only"].to_numpy(), "N/A|Absent person", "N/A|Missing person").astype(object)
    place = np.where(told["in_care"].to_numpy(), "care home", "home").astype(object)
    table = _occurrences(rng, when, points, kinds=kinds, place=place, flags=np.full(len(person), "missing", dtype=object))
    table = table.with_columns(happened=told["police_start"], lasted=told["police_end"] - told["police_start"], grade=told["grade"])
    return table, _roles(np.arange(len(person)), person, np.full(len(person), "missing person", dtype=object))


def with_occurrences(missing: pl.DataFrame, occurrences: int) -> pl.DataFrame:
    """Add the ``occurrence`` that the police made of each episode; `make_incidents` puts those last, in the same order."""
    told = missing.with_columns(told=_is_told())
    rank = pl.col("told").cum_sum().cast(pl.Int64) - 1 + (pl.lit(occurrences) - pl.col("told").sum())
    return told.with_columns(occurrence=pl.when("told").then(rank).otherwise(None)).drop("told")


def _is_told() -> pl.Expr:
    return pl.col("police_knows") & (pl.col("left_day") >= FIRST_DAY)


THRESHOLD_CHANGED = "2024-04-01"
"""From this day one officer's note is enough for a CCE marker; before it the tactical group had to grade the information."""

BEFORE_THE_CHANGE = 0.35
"""How many of the CCE markers that would be put on now were put on under the higher threshold."""

YEARLY_NOTED, NOTED_SOONER = 0.0036, 4.0
"""Children from eleven of whom an officer notes an indicator in a year that the tactical group would not have graded so high; how much more
often of Black children."""

GRADED = "CE tactical group graded medium or above"
MARKER_THRESHOLDS = {
    "CSE": GRADED,
    "CCE": "One CCE indicator noted by any officer",
    "county lines": "Named in county lines intelligence, graded B1 or better",
    "gang/OCG": "Mapped to a group by the intelligence unit",
    "child at risk": "Any officer's concern; no threshold",
}
REVIEW_DAYS = {"CSE": 91, "CCE": 182, "county lines": 182, "gang/OCG": 365, "child at risk": 0}
NOT_REVIEWED, ONE_IN = "CCE", 3
"""Of the markers of this kind one in so many, told by its first day, is never looked at again: the day of its first review stays."""


def _noted(rng: np.random.Generator, people: People) -> tuple[Positions, Days]:
    """Markers that one officer's note is enough for, since it is: whose, and from when; more often on Black children."""
    first = day(THRESHOLD_CHANGED)
    readiness = np.where(BLACK[people.ethnicity], NOTED_SOONER, 1.0)
    events = rng.poisson(YEARLY_NOTED * readiness * (LAST_DAY - first) / YEAR * people.strain**0.5 * people.local)
    person = np.repeat(np.arange(len(people)), events)
    when = days_array(rng.integers(first, LAST_DAY + 1, len(person)))
    of_age = (when >= years_after(people.born[person], 11)) & (when < people.grown[person] - 60) & (when >= people.arrived[person])
    return person[of_age], when[of_age]


def make_markers(rng: np.random.Generator, people: People, concerns: Concerns) -> pl.DataFrame:
    """Warning markers: put on when the police recognise a harm (or think they do), reviewed by rules that differ, taken off late."""
    seen = np.flatnonzero(concerns.recognised["police"] < NEVER)
    person, started, until = concerns.person[seen], concerns.recognised["police"][seen], concerns.ended[seen]
    harm = np.where(
        concerns.sexual[seen] & (~concerns.criminal[seen] | chance(rng, 0.5, len(seen))),
        "CSE",
        np.where(concerns.gangs[seen], "gang/OCG", np.where(concerns.trafficking[seen], "county lines", "CCE")),
    )
    wrong, wrong_from = mistaken_markers(rng, people, LAST_DAY)
    wrong_kind = pick_text(rng, len(wrong), {"CCE": 0.45, "gang/OCG": 0.3, "child at risk": 0.25})
    noted, noted_from = _noted(rng, people)
    marker = np.concatenate([harm, wrong_kind, np.full(len(noted), "CCE", dtype=object)]).astype(object)
    person, started = np.concatenate([person, wrong, noted]), np.concatenate([started, wrong_from, noted_from]).astype(np.int64)
    wanted = np.concatenate(
        [until, wrong_from + lasting(rng, len(wrong), 300, 0.4), noted_from + lasting(rng, len(noted), 170, 0.3)]
    ).astype(np.int64)
    under_the_old = (marker == "CCE") & (started < day(THRESHOLD_CHANGED))
    kept = ~under_the_old | chance(rng, BEFORE_THE_CHANGE, len(marker))
    marker, person, started, wanted, under_the_old = (each[kept] for each in (marker, person, started, wanted, under_the_old))
    review = np.array([REVIEW_DAYS[name] for name in marker.tolist()], dtype=np.int64)
    rounds = np.where(review > 0, -(-(wanted - started) // np.maximum(review, 1)), 0)
    ended = np.where(review > 0, started + rounds * review, NEVER)
    units = {
        "CSE": "Vulnerability hub",
        "CCE": "Response",
        "county lines": "Organised crime team",
        "gang/OCG": "Intelligence unit",
        "child at risk": "Response",
    }
    return pl.DataFrame(
        {
            "person": person,
            "marker": marker.tolist(),
            "started": days_array(started),
            "ended": days_array(np.minimum(ended, NEVER)),
            "review_days": review,
            "unit": [units[name] for name in marker.tolist()],
            "threshold": [GRADED if old else MARKER_THRESHOLDS[name] for name, old in zip(marker.tolist(), under_the_old, strict=True)],
        },
        schema_overrides={"marker": pl.String, "unit": pl.String, "threshold": pl.String},
    )
