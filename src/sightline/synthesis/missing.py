"""Missing episodes and the conversations offered afterwards, in the truth and as police and social care each came to know of them."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.synthesis.concerns import Concerns
from sightline.synthesis.draw import NEVER, YEAR, Numbers, Positions, Texts, chance, day, days_array, month_of, pick_text, years_after
from sightline.synthesis.geography import AUTHORITY, OTHER_AUTHORITIES
from sightline.synthesis.people import People
from sightline.synthesis.returns import LAST_DAY

FROM = day("2021-10-01")
YEARLY_WHEN_HARMED, YEARLY_IN_CARE, YEARLY_OTHERWISE = 1.9, 0.75, 0.0035
YEARLY_WHEN_PLACED_HERE = 2.6
PLACES_FOUND = (
    "Harbour bus station", "Lantern retail park", "Marram park", "Ferry terminal", "A friend's home", "Skate park", "Tern Quay arcade",
    "Saltings railway station", "Cockle Row flats", "Breakwater beach", "A relative's home", "Beacon hotel",
)  # fmt: skip
LONG_EVENINGS = np.array([0, 0.9, 0.9, 0.95, 0.98, 1.03, 1.06, 1.1, 1.08, 1.0, 0.99, 0.93, 0.88]) / 1.1
MINUTES = 1440


def make_missing(rng: np.random.Generator, people: People, concerns: Concerns, placements: pl.DataFrame) -> pl.DataFrame:
    """One row for each episode; moments are minutes since 1970, empty interview moments are `NEVER` days in minutes."""
    person, when = _episodes(rng, people, concerns, placements)
    count = len(person)
    left = when.astype(np.int64) * MINUTES + rng.choice([17, 18, 19, 20, 21, 22, 23, 15, 9], count) * 60 + rng.integers(0, 60, count)
    away = np.maximum((9.5 * 60 * rng.lognormal(0, 1.05, count)).astype(np.int64), 25)
    back = left + away
    late_report = rng.integers(20, 260, count)
    police_knows = chance(rng, 0.87, count)
    care_knows = chance(rng, np.where(police_knows, 0.72, 0.9), count) & people.local[person]
    offered = chance(rng, 0.86, count)
    accepted = offered & chance(rng, 0.68, count)
    trend = (when - FROM) / (LAST_DAY - FROM)
    prompt = chance(rng, 0.48 + 0.18 * trend, count)
    held = back + np.where(prompt, rng.integers(8 * 60, 71 * 60, count), rng.integers(73 * 60, 15 * MINUTES, count))
    placed = (people.placed_from[person] <= when) & (people.placed_until[person] > when)
    own, away_to = _from_placement(person, when, placements)
    in_care = np.where(placed, "K2", own).astype(object)
    where = np.where(
        in_care == "",
        pick_text(rng, count, {"home": 0.9, "school": 0.05, "other": 0.05}),
        np.where(np.isin(in_care, ("K1", "K2")), "children's home", "foster care"),
    )
    harmed = np.isin(person, concerns.person)
    distance = np.round(np.where(harmed, 5.5, 2.2) * rng.lognormal(0.0, 1.25, count), 1)
    return pl.DataFrame(
        {
            "person": person,
            "left_day": days_array(when),
            "left": left,
            "back": back,
            "police_start": left + late_report,
            "police_end": back + rng.integers(0, 90, count),
            "care_start": left + rng.integers(-30, 200, count),
            "care_end": back + rng.integers(-20, 120, count),
            "police_knows": police_knows,
            "care_knows": care_knows,
            "absence_only": chance(rng, 0.16, count),
            "grade": pick_text(rng, count, {"low": 0.12, "medium": 0.58, "high": 0.27, "no apparent risk": 0.03}).tolist(),
            "missing_from": where.tolist(),
            "in_care": in_care != "",
            "offered": offered,
            "accepted": accepted,
            "held": np.where(accepted, held, NEVER * MINUTES),
            "voice": accepted & chance(rng, 0.62 + 0.15 * trend, count),
            "settles": rng.random(count),
            "reference": rng.integers(10**8, 10**9, count),
            "reported": left + np.minimum(late_report, rng.integers(10, 240, count)),
            "home_authority": _authority(np.where(placed, people.placed_by[person], -1)).tolist(),
            "placing_authority": np.where(in_care == "", "", np.where(placed, _authority(people.placed_by[person]), AUTHORITY)).tolist(),
            "incident_authority": _authority(away_to).tolist(),
            "distance": distance,
            "found_by": pick_text(
                rng, count, {"returned alone": 0.52, "police": 0.24, "family or carer": 0.16, "friend": 0.05, "worker": 0.03}
            ).tolist(),
            "found_at": rng.integers(0, len(PLACES_FOUND), count),
            "harm": np.where(
                harmed & chance(rng, 0.24, count),
                pick_text(rng, count, {"exploitation": 0.5, "sexual": 0.15, "physical": 0.2, "substance": 0.15}),
                pick_text(rng, count, {"none known": 0.72, "not asked": 0.2, "physical": 0.03, "substance": 0.05}),
            ).tolist(),
            "offered_after": rng.integers(2 * 60, 60 * 60, count),
            "declined": pick_text(
                rng, count, {"child did not want to": 0.6, "could not be reached": 0.25, "spoke to own worker": 0.15}
            ).tolist(),
            "push": pick_text(
                rng,
                count,
                {"conflict": 0.4, "placement": 0.14, "school": 0.12, "mental health": 0.12, "abuse/neglect": 0.08, "other": 0.14},
            ).tolist(),
            "pull": np.where(
                harmed & chance(rng, 0.4, count),
                "exploiter contact",
                pick_text(rng, count, {"friends": 0.5, "family": 0.15, "relationship": 0.15, "social media": 0.1, "drugs/alcohol": 0.1}),
            ).tolist(),
            "safe_home": pick_text(rng, count, {"Y": 0.62, "N": 0.16, "unsure": 0.22}).tolist(),
            "shared": pick_text(
                rng, count, {"police;social care": 0.34, "police": 0.18, "social care": 0.2, "social care;school": 0.08, "nobody": 0.2}
            ).tolist(),
            "companion": _companions(rng, concerns, person, when),
        }
    ).sort("left", "person")


def _authority(number: Positions) -> Texts:
    """The name of another authority by its number; the area's own for -1."""
    return np.array([*OTHER_AUTHORITIES, AUTHORITY], dtype=object)[number]


def _companions(rng: np.random.Generator, concerns: Concerns, person: Positions, when: Positions) -> Positions:
    """Another child of the same peer group who was missing as well, as the missing team was told; -1 for most."""
    episodes = pl.DataFrame({"row": np.arange(len(person)), "person": person, "day": when})
    members = concerns.frame().filter(pl.col("group") >= 0).select("person", "group", "started", "ended")
    mine = episodes.join(members.select("person", "group"), on="person", how="inner", maintain_order="left")
    pairs = mine.join(members.rename({"person": "other"}), on="group", how="inner", maintain_order="left").filter(
        (pl.col("other") != pl.col("person")) & (pl.col("started") <= pl.col("day")) & (pl.col("ended") >= pl.col("day"))
    )
    chosen = pairs.filter(pl.Series(chance(rng, 0.3, pairs.height), dtype=pl.Boolean)).unique("row", keep="first", maintain_order=True)
    companion = np.full(len(person), -1)
    companion[chosen["row"].to_numpy()] = chosen["other"].to_numpy()
    return companion


def _episodes(rng: np.random.Generator, people: People, concerns: Concerns, placements: pl.DataFrame) -> tuple[Positions, Positions]:
    """Who went missing and on which day."""
    owners, days = [], []
    own_rate = rng.lognormal(-0.3, 0.8, len(concerns))
    first, last = np.maximum(concerns.started, FROM), np.minimum(concerns.ended, LAST_DAY)
    for person, begin, end, yearly in (
        (concerns.person, first, last, YEARLY_WHEN_HARMED * own_rate),
        _care_exposure(people, placements),
        _placed_here(people),
        _everyone(people),
    ):
        length = np.maximum(np.asarray(end, dtype=np.int64) - begin, 0)
        events = rng.poisson(yearly * length / YEAR)
        owner = np.repeat(np.arange(len(person)), events)
        owners.append(np.asarray(person)[owner])
        days.append(begin[owner] + (rng.random(len(owner)) * length[owner]).astype(np.int64))
    who, when = np.concatenate(owners), np.concatenate(days)
    kept = chance(rng, LONG_EVENINGS[month_of(when)], len(who)) & (when < people.grown[who]) & (when <= LAST_DAY)
    kept &= when >= people.arrived[who]
    return who[kept], when[kept]


def _care_exposure(people: People, placements: pl.DataFrame) -> tuple[Positions, Positions, Positions, float]:
    person = placements["person"].to_numpy()
    begin = np.maximum(np.maximum(placements["started"].to_numpy(), FROM), years_after(people.born[person], 11))
    return person, begin, np.minimum(placements["ended"].to_numpy(), LAST_DAY), YEARLY_IN_CARE


def _placed_here(people: People) -> tuple[Positions, Positions, Positions, float]:
    """Children whom other councils placed here, while they are."""
    person = np.flatnonzero(people.placed)
    begin = np.maximum(people.placed_from[person], FROM).astype(np.int64)
    return person, begin, np.minimum(people.placed_until[person], LAST_DAY).astype(np.int64), YEARLY_WHEN_PLACED_HERE


def _everyone(people: People) -> tuple[Positions, Positions, Positions, Numbers]:
    person = np.flatnonzero(~people.adult)
    begin = np.maximum(years_after(people.born[person], 9), FROM).astype(np.int64)
    end = np.minimum(people.grown[person], LAST_DAY).astype(np.int64)
    return person, begin, end, (YEARLY_OTHERWISE * people.strain[person]).astype(np.float64)


def _from_placement(person: Positions, when: Positions, placements: pl.DataFrame) -> tuple[Texts, Positions]:
    """The kind of placement the child was missing from ("" for those not in care), and in which other authority it was (-1: in none)."""
    episodes = pl.DataFrame({"row": np.arange(len(person)), "person": person, "day": when})
    spells = placements.select("person", "started", "ended", "kind", "away", "authority")
    inside = episodes.join(spells, on="person", how="inner")
    inside = inside.filter((pl.col("started") <= pl.col("day")) & (pl.col("ended") > pl.col("day"))).unique("row", maintain_order=True)
    kinds = np.full(len(person), "", dtype=object)
    kinds[inside["row"].to_numpy()] = inside["kind"].to_list()
    where = np.full(len(person), -1)
    where[inside["row"].to_numpy()] = inside.select(pl.when("away").then("authority").otherwise(-1)).to_series().to_numpy()
    return kinds, where
