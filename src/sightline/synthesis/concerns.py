"""Exploitation in the truth: which children are harmed, when, how, in whose company, and which agencies come to recognise it.

Harm follows circumstances (`People.strain`), age, and care; it does not follow ethnicity. Recognition does: police put markers on Black
children more often than their risk explains, so that the partnership can find that out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sightline.synthesis.draw import NEVER, YEAR, Days, Positions, Truths, chance, day, days_array, lasting, waiting, years_after
from sightline.synthesis.names import ETHNICITIES
from sightline.synthesis.people import People
from sightline.synthesis.returns import LAST_DAY

LIFETIME_RISK = 0.078
OVER_RECORDED = "black"
OVER_RECORDING = 1.7
RECOGNISED = {"csc": 0.62, "police": 0.42, "early_help": 0.30, "youth_justice": 0.28, "health": 0.22}
FORCE_WIDE, OWN_CHILDREN_ONLY = ("police", "health"), ("csc", "early_help")
"""Who meets children of other areas too; who answers for none but those who live here and were not placed here by others."""

GROUPED_SHARE = 0.6
BLACK = np.array([row[1] == OVER_RECORDED for row in ETHNICITIES])


@dataclass(frozen=True, slots=True)
class Concerns:
    """One row for each child harmed: positions in the block, days, kinds, peer group (-1 for none) and days of recognition (or `NEVER`)."""

    person: Positions
    started: Days
    ended: Days
    sexual: Truths
    criminal: Truths
    gangs: Truths
    trafficking: Truths
    group: Positions
    recognised: dict[str, Days]

    def __len__(self) -> int:
        return len(self.person)

    def frame(self) -> pl.DataFrame:
        """Everything as a table, one column for each agency's day of recognition."""
        kinds = {
            name: getattr(self, name) for name in ("person", "started", "ended", "sexual", "criminal", "gangs", "trafficking", "group")
        }
        return pl.DataFrame({**kinds, **{f"{agency}_recognised": days for agency, days in self.recognised.items()}})


def make_concerns(rng: np.random.Generator, people: People) -> Concerns:
    """Decide who is harmed through exploitation in these years."""
    risk = np.minimum(LIFETIME_RISK * people.strain**0.8 * 1.12, 0.85)
    harmed = np.flatnonzero(chance(rng, risk, len(people)) & ~people.adult)
    age = np.clip(rng.normal(14.6, 1.7, len(harmed)), 10.05, 17.8)
    started = days_array(people.born[harmed] + age * YEAR)
    ended = np.minimum(started + lasting(rng, len(harmed), 300, 0.7), people.grown[harmed] + 60)
    relevant = (ended > day("2021-10-01")) & (started <= LAST_DAY) & (started >= people.arrived[harmed] - 100)
    harmed, started, ended = harmed[relevant], started[relevant], ended[relevant]
    count, boy = len(harmed), people.boy[harmed]
    sexual = chance(rng, np.where(boy, 0.16, 0.74), count)
    criminal = chance(rng, np.where(boy, 0.74, 0.28), count) | ~sexual
    gangs = criminal & chance(rng, np.where(boy, 0.30, 0.12), count)
    trafficking = criminal & chance(rng, 0.14, count)
    return Concerns(
        person=harmed,
        started=started,
        ended=ended,
        sexual=sexual,
        criminal=criminal,
        gangs=gangs,
        trafficking=trafficking,
        group=_peer_groups(rng, people, harmed, started),
        recognised=_recognition(rng, people, harmed, started=started, ended=ended, criminal=criminal | gangs),
    )


def _peer_groups(rng: np.random.Generator, people: People, harmed: Positions, started: Days) -> Positions:
    """Children of about the same place and time form groups of three to seven; the rest stand alone."""
    group = np.full(len(harmed), -1)
    together = np.flatnonzero(chance(rng, GROUPED_SHARE, len(harmed)))
    order = together[np.lexsort((people.home[harmed[together]], started[together] // 150))]
    sizes = rng.integers(3, 8, max(len(order), 1))
    group[order] = np.repeat(np.arange(len(sizes)), sizes)[: len(order)]
    return group


def _recognition(
    rng: np.random.Generator, people: People, harmed: Positions, *, started: Days, ended: Days, criminal: Truths
) -> dict[str, Days]:
    """When each agency first sees it, if it ever does while it lasts."""
    found = {}
    for agency, share in RECOGNISED.items():
        probability = np.full(len(harmed), share)
        if agency == "police":
            probability = np.where(BLACK[people.ethnicity[harmed]], np.minimum(share * OVER_RECORDING, 0.9), share)
        if agency == "youth_justice":
            probability = np.where(criminal, share, 0.04)
        if agency not in FORCE_WIDE:
            probability = np.where(people.local[harmed], probability, 0.0)
        if agency in OWN_CHILDREN_ONLY:
            probability = np.where(people.resident[harmed], probability, 0.0)
        when = started + waiting(rng, len(harmed), 60) + 5
        seen = chance(rng, probability, len(harmed)) & (when < ended)
        found[agency] = np.where(seen, when, NEVER).astype(np.int32)
    return found


def mistaken_markers(rng: np.random.Generator, people: People, until: int) -> tuple[Positions, Days]:
    """Markers on children who are not being harmed: few, and most often on Black children. Whom, and from when."""
    yearly = np.where(BLACK[people.ethnicity], 0.0036, 0.00025)
    events = rng.poisson(yearly * 4.5 * ~people.adult)
    person = np.repeat(np.arange(len(people)), events)
    started = days_array(rng.integers(day("2021-10-01"), until + 1, len(person)))
    of_age = (started >= years_after(people.born[person], 11)) & (started < people.grown[person] - 90) & (started >= people.arrived[person])
    return person[of_age], started[of_age]
