"""Where young people say they feel safe and unsafe: each autumn some answer a survey at school. Nobody is named."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.synthesis.draw import age_on, chance, day, pick, pick_text
from sightline.synthesis.geography import Area
from sightline.synthesis.people import People
from sightline.synthesis.returns import LAST_DAY, PERIODS
from sightline.synthesis.schooling import school_code, schools_of

ASKED_SHARE = 0.035
KINDS: dict[str, tuple[str, float, float]] = {
    "transport": ("bus station", 0.22, 0.22),
    "park": ("park", 0.2, 0.5),
    "street/public": ("high street", 0.16, 0.4),
    "school/education": ("school", 0.2, 0.8),
    "Takeaway": ("takeaway", 0.1, 0.45),
    "online": ("group chats", 0.06, 0.3),
    "home": ("my home", 0.06, 0.88),
}
"""For each kind of place: what young people call it, how often they name it, and how often it is one where they feel safe."""

WHY_UNSAFE = ("Older people wait there", "It is dark after school", "People ask you to carry things", "No adults we can talk to")
HELP = ("Lights", "Staff who know us", "Later buses", "Somewhere to go")


def make_voices(rng: np.random.Generator, people: People, area: Area) -> pl.DataFrame:
    """One row for each place a young person named: when, which, how it feels; positions in `Area` where a place is on a map."""
    parts = [_survey(rng, people, area, day(f"{year}-11-10")) for year in range(PERIODS[0].year, 2026)]
    return pl.concat(parts).with_columns(response=pl.int_range(pl.len(), dtype=pl.Int64))


def _survey(rng: np.random.Generator, people: People, area: Area, on: int) -> pl.DataFrame:
    age = age_on(people.born, on)
    asked = np.flatnonzero(people.resident & ~people.adult & (age >= 11) & (age < 18) & (people.arrived <= on) & (on <= LAST_DAY))
    asked = asked[chance(rng, ASKED_SHARE, len(asked))]
    person = np.repeat(asked, rng.integers(1, 4, len(asked)))
    count = len(person)
    kinds = list(KINDS)
    kind = pick(rng, count, [each[1] for each in KINDS.values()])
    at_spot = (kind == kinds.index("transport")) & chance(rng, 0.6, count)
    safe = chance(rng, np.where(at_spot, 0.08, np.array([each[2] for each in KINDS.values()])[kind]), count)
    ward = np.where(at_spot, area.hotspot_wards[rng.integers(0, len(area.hotspots), count), 0], area.ward_of[people.home[person]])
    names = np.array(area.ward_names, dtype=object)[ward]
    words = np.array([each[0] for each in KINDS.values()], dtype=object)[kind]
    on_the_map = ~np.isin(kind, [kinds.index("online"), kinds.index("home")])
    where = np.where(at_spot[:, None], area.hotspots[rng.integers(0, len(area.hotspots), count)], area.centres[ward])
    feeling = np.where(safe, "safe", np.where(chance(rng, 0.2, count), "mixed", "unsafe"))
    band = np.select([age[person] < 13, age[person] < 16], ["10-12", "13-15"], "16-17")
    agreed = chance(rng, 0.55, count)
    school = schools_of(people, area)[1][person]
    return pl.DataFrame(
        {
            "given": on + rng.integers(0, 20, count),
            "method": pick_text(rng, count, {"survey": 0.8, "workshop": 0.12, "map pin": 0.08}).tolist(),
            "age_band": band.tolist(),
            "gender": np.where(people.boy[person], "M", "F").tolist(),
            "school": [school_code(number) for number in school.tolist()],
            "place": np.where(on_the_map, names + " " + words, words).tolist(),
            "kind": np.array(kinds, dtype=object)[kind].tolist(),
            "easting": np.where(on_the_map, where[:, 0], np.nan),
            "northing": np.where(on_the_map, where[:, 1], np.nan),
            "feeling": feeling.tolist(),
            "time": pick_text(rng, count, {"after school": 0.5, "evening": 0.25, "weekend": 0.15, "before school": 0.1}).tolist(),
            "why": np.where(feeling == "safe", "", np.array(WHY_UNSAFE, dtype=object)[rng.integers(0, len(WHY_UNSAFE), count)]).tolist(),
            "help": np.where(feeling == "safe", "", np.array(HELP, dtype=object)[rng.integers(0, len(HELP), count)]).tolist(),
            "agreed": agreed,
        },
        schema_overrides={"place": pl.String, "feeling": pl.String, "why": pl.String, "help": pl.String},
    )
