"""What the police do afterwards, in the truth: detentions, and actions against adults who cause harm."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.synthesis.draw import NEVER, chance, days_array, pick_text
from sightline.synthesis.people import People
from sightline.synthesis.returns import LAST_DAY

MINUTES = 1440
DETAINED_SHARE, ACTIONS_FOR_EACH = 0.3, 3.0
DISPOSALS = {
    "bailed": 0.3,
    "under investigation": 0.26,
    "no further action": 0.2,
    "charged": 0.12,
    "community resolution": 0.07,
    "youth caution": 0.05,
}
ACTIONS = {
    "CAWN": 0.3, "civil injunction": 0.08, "STRO": 0.06, "sexual risk order": 0.07, "DDTRO": 0.08, "closure order": 0.07,
    "premises visit": 0.12, "taxi licence action": 0.03, "licensing action": 0.04, "trafficking arrest": 0.08,
    "charge": 0.05, "CCE prevention order": 0.02,
}  # fmt: skip
RUNNING = ("CAWN", "civil injunction", "STRO", "sexual risk order", "closure order", "CCE prevention order")
"""Actions that run for a time and can be breached."""


def make_custody(rng: np.random.Generator, people: People, occurrences: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """Detentions of people who were suspected: one row each, moments in minutes."""
    suspected = roles.filter(pl.col("role") == "suspect").unique(["occurrence", "person"], keep="first", maintain_order=True)
    when = occurrences.select("occurrence", "happened", "description")
    events = suspected.join(when, on="occurrence", how="inner", maintain_order="left")
    events = events.filter(pl.Series(chance(rng, DETAINED_SHARE, events.height), dtype=pl.Boolean))
    count = events.height
    detained = events["happened"].to_numpy() + rng.integers(40, 2 * MINUTES, count)
    child = ~people.adult[events["person"].to_numpy()]
    return events.select("person", offences="description").with_columns(
        custody=pl.Series(rng.permutation(count)),
        detained=pl.Series(detained),
        released=pl.Series(detained + rng.integers(3 * 60, 22 * 60, count)),
        disposal=pl.Series(pick_text(rng, count, DISPOSALS).tolist(), dtype=pl.String),
        appropriate_adult=pl.Series(child & chance(rng, 0.96, count)),
        liaison=pl.Series(chance(rng, np.where(child, 0.62, 0.3), count)),
    )


def make_disruption(rng: np.random.Generator, people: People, occurrences: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """Actions against adults met with children who were harmed; ``children`` are the children each action protects."""
    flagged = occurrences.filter(pl.col("flags").str.contains("CSE|CCE")).select("occurrence", day=(pl.col("happened") // MINUTES))
    adult = pl.Series(people.adult[roles["person"].to_numpy()])
    there = roles.join(flagged, on="occurrence", how="inner", maintain_order="left")
    is_adult = pl.Series(people.adult[there["person"].to_numpy()])
    adults = there.filter(is_adult & pl.col("role").is_in(["suspect", "associate"])).select("occurrence", "day", subject="person")
    children = roles.filter(~adult).select("occurrence", child="person").unique(maintain_order=True)
    met = adults.join(children, on="occurrence", how="inner", maintain_order="left")
    known = met.group_by("subject", maintain_order=True).agg(
        pl.col("day").sort(), children=pl.col("child").unique(maintain_order=True), scenes=pl.col("occurrence").n_unique()
    )
    known = known.filter(pl.col("scenes") >= 2)
    actions = rng.poisson(ACTIONS_FOR_EACH * np.sqrt(known["scenes"].to_numpy()))
    owner = np.repeat(np.arange(known.height), actions)
    count = len(owner)
    chosen = known[owner]
    last = chosen["day"].list.last().to_numpy()
    first = chosen["day"].list.first().to_numpy()
    taken = days_array(first + rng.random(count) * np.maximum(last - first, 1) + rng.integers(8, 90, count))
    kind = pick_text(rng, count, ACTIONS)
    runs = np.isin(kind, RUNNING)
    breached = runs & chance(rng, 0.14, count)
    frame = pl.DataFrame(
        {
            "subject": chosen["subject"].to_numpy(),
            "action": rng.permutation(count),
            "kind": kind.tolist(),
            "taken": taken,
            "expires": np.where(runs, taken + rng.choice([182, 365, 730], count), NEVER).astype(np.int32),
            "breached": np.where(breached, taken + rng.integers(5, 170, count), NEVER).astype(np.int32),
            "children": chosen["children"],
        },
        schema_overrides={"kind": pl.String},
    )
    return frame.filter(pl.col("taken") <= LAST_DAY)
