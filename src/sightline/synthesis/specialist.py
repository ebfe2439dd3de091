"""The exploitation hub in the truth: whom it was asked to help, screening tools, the panel, onward and national referrals.

Levels are what somebody judged at the time; they move with what is known and follow the harm only loosely. Nothing here scores a child.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sightline.synthesis.concerns import Concerns
from sightline.synthesis.draw import (
    NEVER,
    Days,
    Positions,
    Texts,
    Truths,
    chance,
    day,
    days_array,
    lasting,
    pick_text,
    repeated_within,
    waiting,
)
from sightline.synthesis.people import People
from sightline.synthesis.returns import FIRST_DAY, LAST_DAY

SINCE = day("2021-10-01")
TEAM, MENTAL_HEALTH, SUBSTANCES, MENTORING = "Exploitation and Missing Hub", "CAMHS", "Young people's substance service", "Mentoring"
TOOL = "Saltmere exploitation tool"
SECOND_VERSION_FROM = day("2024-04-01")
LEVELS = ("No current concern", "Emerging", "Moderate", "Significant", "Known harm")
SOURCES = {"csc": "LA services", "police": "Police", "early_help": "Early help", "youth_justice": "Other", "health": "Health services"}
ITEMS = (
    "Goes missing", "Money or things nobody can explain", "Older friends nobody knows", "Changed mood", "Absent from school",
    "More than one phone", "Injuries nobody can explain", "Substances", "Found far from home",
    "Online contact by strangers", "Debts", "Afraid to talk",
)  # fmt: skip
REFERRED_SHARE, REVIEW_EVERY = 0.8, 42
NATIONAL_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Specialist:
    """``services``: referrals to the hub and from it; ``screenings`` with ``answers``; ``panels``: each meeting; ``national``."""

    services: pl.DataFrame
    screenings: pl.DataFrame
    answers: pl.DataFrame
    panels: pl.DataFrame
    national: pl.DataFrame


def make_specialist(rng: np.random.Generator, people: People, concerns: Concerns) -> Specialist:
    """Follow every child whom some agency recognised and who lives here."""
    frame = concerns.frame().with_columns(concern=pl.int_range(pl.len(), dtype=pl.Int64))
    agencies = list(SOURCES)
    days = np.column_stack([concerns.recognised[agency] for agency in agencies]) if len(concerns) else np.full((0, len(agencies)), NEVER)
    first = days.min(axis=1)
    who = np.array(agencies, dtype=object)[days.argmin(axis=1)] if len(concerns) else np.zeros(0, dtype=object)
    known = (first < NEVER) & (first >= SINCE) & people.resident[concerns.person] & chance(rng, REFERRED_SHARE, len(concerns))
    frame = frame.with_columns(first=pl.Series(days_array(first)), who=pl.Series(who.tolist(), dtype=pl.String)).filter(pl.Series(known))
    asked = _asked(rng, people, frame)
    panels = _panels(rng, people, asked.filter("accepted"))
    screenings = _screenings(rng, asked, panels)
    return Specialist(
        services=pl.concat([_of_the_hub(asked), *_onward(rng, people, asked)]),
        screenings=screenings,
        answers=_answers(rng, screenings),
        panels=panels,
        national=_national(rng, people, frame),
    )


def _asked(rng: np.random.Generator, people: People, known: pl.DataFrame) -> pl.DataFrame:
    """Referrals to the hub and what became of them."""
    count = known.height
    referred = days_array(known["first"].to_numpy() + waiting(rng, count, 9) + 1)
    harm_ends = known["ended"].to_numpy()
    grown = people.grown[known["person"].to_numpy()]
    accepted = chance(rng, 0.64, count)
    began = referred + 2 + waiting(rng, count, 13)
    ended = np.minimum(np.maximum(began + lasting(rng, count, 190, 0.45), harm_ends - rng.integers(0, 160, count)), grown)
    accepted &= ended > began
    names = np.column_stack(
        [
            np.where(known["sexual"].to_numpy(), "CSE;", ""),
            np.where(known["criminal"].to_numpy(), "CCE;", ""),
            np.where(known["trafficking"].to_numpy(), "County lines;", ""),
            np.where(known["gangs"].to_numpy(), "Gang or serious violence;", ""),
        ]
    ).astype(object)
    school = chance(rng, 0.16, count)
    source = np.array([SOURCES[agency] for agency in known["who"].to_list()], dtype=object)
    level = np.clip(rng.normal(2.3, 0.9, count).round().astype(np.int64), 1, 4)
    score_in = rng.integers(12, 34, count)
    better = rng.normal(8, 7, count).round().astype(np.int64)
    return (
        known.select("concern", "person", "who", "sexual", "criminal", "gangs", "trafficking")
        .with_columns(
            referred=pl.Series(referred),
            source=pl.Series(np.where(school, "Schools", source).tolist(), dtype=pl.String),
            accepted=pl.Series(accepted),
            forms=pl.Series([text.rstrip(";") for text in (names.sum(axis=1) if count else [])], dtype=pl.String),
            began=pl.Series(np.where(accepted, began, NEVER).astype(np.int32)),
            ended=pl.Series(np.where(accepted, ended, referred + rng.integers(2, 12, count)).astype(np.int32)),
            harm_ends=pl.Series(harm_ends),
            why=pl.Series(
                np.where(
                    accepted,
                    pick_text(
                        rng, count, {"planned ending": 0.58, "young person chose to stop": 0.2, "moved away": 0.08, "turned eighteen": 0.14}
                    ),
                    pick_text(rng, count, {"threshold": 0.46, "other service": 0.28, "consent": 0.16, "capacity": 0.1}),
                ).tolist(),
                dtype=pl.String,
            ),
            level=pl.Series(level),
            score_in=pl.Series(score_in),
            score_out=pl.Series(np.clip(score_in + better, 5, 50)),
            sessions=pl.Series(np.maximum(((ended - began) // 11 * rng.uniform(0.5, 1.2, count)).astype(np.int64), 1)),
        )
        .filter(pl.col("referred") <= LAST_DAY)
    )


def _of_the_hub(asked: pl.DataFrame) -> pl.DataFrame:
    return asked.select(
        "person", "referred", "source", "accepted", "forms", "began", "sessions", "ended", "why", "score_in", "score_out"
    ).with_columns(service=pl.lit(TEAM))


def _onward(rng: np.random.Generator, people: People, asked: pl.DataFrame) -> list[pl.DataFrame]:
    """Referrals that the hub made for children it knew: to mental health care, to help with substances, to a mentor."""
    return [
        _to_service(rng, people, asked, service=service, share=share, accepted=accepted, wait=wait)
        for service, share, accepted, wait in ((MENTAL_HEALTH, 0.52, 0.74, 74), (SUBSTANCES, 0.34, 0.82, 21), (MENTORING, 0.24, 0.9, 16))
    ]


def _to_service(
    rng: np.random.Generator, people: People, asked: pl.DataFrame, *, service: str, share: float, accepted: float, wait: float
) -> pl.DataFrame:
    chosen = asked.filter(pl.Series(chance(rng, share, asked.height), dtype=pl.Boolean))
    count = chosen.height
    referred = days_array(chosen["referred"].to_numpy() + 10 + waiting(rng, count, 45))
    grown = people.grown[chosen["person"].to_numpy()]
    began = referred + 3 + waiting(rng, count, wait)
    taken = chance(rng, accepted, count) & (began < grown - 10)
    ended = np.minimum(began + lasting(rng, count, 130, 0.5), grown)
    frame = chosen.select("person", "forms").with_columns(
        referred=pl.Series(referred),
        source=pl.lit("LA services"),
        accepted=pl.Series(taken),
        began=pl.Series(np.where(taken, began, NEVER).astype(np.int32)),
        sessions=pl.Series(np.maximum((ended - began) // 14, 1).astype(np.int64)),
        ended=pl.Series(np.where(taken, ended, referred + 20).astype(np.int32)),
        why=pl.Series(
            np.where(
                taken,
                pick_text(rng, count, {"planned ending": 0.55, "young person chose to stop": 0.35, "moved away": 0.1}),
                pick_text(rng, count, {"threshold": 0.5, "young person declined": 0.35, "capacity": 0.15}),
            ).tolist(),
            dtype=pl.String,
        ),
        score_in=pl.lit(None, dtype=pl.Int64),
        score_out=pl.lit(None, dtype=pl.Int64),
        service=pl.lit(service),
    )
    kept = ((pl.col("referred") <= LAST_DAY) & (pl.col("referred") < pl.Series(grown) - 20)) if count else pl.lit(value=True)
    columns = ("person", "referred", "source", "accepted", "forms", "began", "sessions", "ended", "why", "score_in", "score_out", "service")
    return frame.filter(kept).select(columns)


def _panels(rng: np.random.Generator, people: People, helped: pl.DataFrame) -> pl.DataFrame:
    """Meetings of the panel about each child the hub took on, every six weeks while the plan is open."""
    opened = helped["referred"].to_numpy() + 8
    closed = helped["ended"].to_numpy()
    meetings = np.clip((np.minimum(closed, LAST_DAY) - opened) // REVIEW_EVERY + 1, 0, 14).astype(np.int64)
    owner, turn = repeated_within(meetings)
    met = opened[owner] + turn * REVIEW_EVERY + rng.integers(0, 6, len(owner))
    before, after = _levels(rng, helped["level"].to_numpy(), owner, turn, met=met, safe_from=helped["harm_ends"].to_numpy())
    changes = chance(rng, 0.06, len(owner)) & (turn > 0)
    lead = _counted_within(owner, changes)
    trend = np.clip((met - FIRST_DAY) / (LAST_DAY - FIRST_DAY), 0, 1)
    criminal = (helped["criminal"].to_numpy() | helped["trafficking"].to_numpy())[owner]
    nrm = np.where(criminal & (turn == 0), pick_text(rng, len(owner), {"made": 0.4, "considered not made": 0.3, "not considered": 0.3}), "")
    return helped.select("concern", "person", "forms")[owner].with_columns(
        met=pl.Series(days_array(met)),
        before=pl.Series(np.array(LEVELS, dtype=object)[before].tolist(), dtype=pl.String),
        after=pl.Series(np.array(LEVELS, dtype=object)[after].tolist(), dtype=pl.String),
        level=pl.Series(after),
        turn=pl.Series(turn),
        opened=pl.Series(days_array(opened[owner])),
        closed=pl.Series(days_array(closed[owner])),
        lead=pl.Series(lead),
        heard=pl.Series(chance(rng, 0.42 + 0.3 * trend, len(owner))),
        nrm=pl.Series(nrm.tolist(), dtype=pl.String),
    )


def _levels(
    rng: np.random.Generator, first: Positions, owner: Positions, turn: Positions, *, met: Days, safe_from: Days
) -> tuple[Positions, Positions]:
    """The level each meeting found and the one it left: it drifts, more often down once the harm has ended."""
    over = met > safe_from[owner]
    step = np.where(
        chance(rng, np.where(over, 0.45, 0.18), len(owner)), -1, np.where(chance(rng, np.where(over, 0.05, 0.14), len(owner)), 1, 0)
    )
    step = np.where(turn == 0, 0, step)
    after = first[owner].copy()
    for meeting in range(1, int(turn.max(initial=0)) + 1):
        rows = np.flatnonzero(turn == meeting)
        after[rows] = np.clip(after[rows - 1] + step[rows], 0, len(LEVELS) - 1)
    before = np.where(turn == 0, after, np.roll(after, 1))
    return before, after


def _counted_within(owner: Positions, changes: Truths) -> Positions:
    """How many changes there were up to each row, within each owner."""
    total = np.cumsum(changes)
    starts = np.r_[True, owner[1:] != owner[:-1]] if len(owner) else np.zeros(0, dtype=bool)
    return np.asarray(total - np.maximum.accumulate(np.where(starts, total, 0)) if len(owner) else total)


def _screenings(rng: np.random.Generator, asked: pl.DataFrame, panels: pl.DataFrame) -> pl.DataFrame:
    """A tool with each referral, by whoever referred, and again before about every other meeting of the panel, by the hub."""
    again = panels.filter((pl.col("turn") % 2 == 1) & pl.Series(chance(rng, 0.82, panels.height), dtype=pl.Boolean))
    first = asked.select("person", "forms", "who", "level", day="referred")
    later = again.select("person", "forms", who=pl.lit("csc"), level="level", day=pl.col("met") - 5)
    frame = pl.concat([first, later.with_columns(pl.col("day").cast(first.schema["day"]))])
    frame = frame.filter(pl.Series(chance(rng, 0.9, frame.height), dtype=pl.Boolean) & (pl.col("day") <= LAST_DAY))
    count = frame.height
    # The score is of the tool, the level is somebody's judgement beside it: they agree no better than such things do.
    score = np.clip(rng.normal(3.2 + 1.6 * frame["level"].to_numpy(), 2.2, count).round().astype(np.int64), 0, len(ITEMS))
    differs = np.where(chance(rng, 0.25, count), rng.integers(-1, 2, count), 0)
    level = np.clip(frame["level"].to_numpy() + differs, 0, len(LEVELS) - 1)
    actions = {
        0: {"none": 0.5, "universal services": 0.5}, 1: {"early help": 0.7, "universal services": 0.3},
        2: {"assessment": 0.6, "panel": 0.4}, 3: {"strategy discussion": 0.5, "panel": 0.5},
        4: {"strategy discussion": 0.6, "nrm": 0.2, "disruption": 0.2},
    }  # fmt: skip
    action = np.full(count, "", dtype=object)
    for each, choices in actions.items():
        rows = np.flatnonzero(level == each)
        action[rows] = pick_text(rng, len(rows), choices)
    words = np.array(LEVELS, dtype=object)
    return frame.with_columns(
        screening=pl.Series(rng.permutation(count)),
        score=pl.Series(score),
        shown=pl.Series(words[np.clip((score - 2) // 2, 0, len(LEVELS) - 1)].tolist(), dtype=pl.String),
        judgement=pl.Series(words[level].tolist(), dtype=pl.String),
        judged=pl.Series(chance(rng, 0.93, count)),
        asked=pl.Series(pick_text(rng, count, {"Y": 0.58, "N": 0.3, "unknown": 0.12}).tolist(), dtype=pl.String),
        action=pl.Series(action.tolist(), dtype=pl.String),
    )


def _answers(rng: np.random.Generator, screenings: pl.DataFrame) -> pl.DataFrame:
    """The answers behind each score: as many "yes" as its number."""
    count = screenings.height
    order = np.argsort(rng.random((count, len(ITEMS))) - np.linspace(0.35, 0, len(ITEMS)), axis=1)
    rank = np.argsort(order, axis=1)
    yes = rank < screenings["score"].to_numpy()[:, None]
    unsure = ~yes & (rng.random((count, len(ITEMS))) < 0.15)
    answers: Texts = np.where(yes, "yes", np.where(unsure, "not known", "no"))
    item = np.tile(np.arange(len(ITEMS)), count)
    return pl.DataFrame(
        {
            "screening": np.repeat(screenings["screening"].to_numpy(), len(ITEMS)),
            "item": [f"Q{number + 1:02d}" for number in item.tolist()],
            "text": np.array(ITEMS, dtype=object)[item].tolist(),
            "answer": answers.ravel().tolist(),
        },
        schema_overrides={"item": pl.String, "text": pl.String, "answer": pl.String},
    )


def _national(rng: np.random.Generator, people: People, known: pl.DataFrame) -> pl.DataFrame:
    """Referrals to the National Referral Mechanism: a few days to the first decision, a year and more to the second."""
    meets = known["trafficking"].to_numpy() | (known["criminal"].to_numpy() & chance(rng, 0.5, known.height))
    chosen = known.filter(pl.Series(meets & chance(rng, NATIONAL_SHARE, known.height), dtype=pl.Boolean))
    count = chosen.height
    referred = days_array(chosen["first"].to_numpy() + 4 + waiting(rng, count, 30))
    reasonable_on = referred + 3 + waiting(rng, count, 14)
    positive = chance(rng, 0.9, count)
    devolved = chance(rng, 0.4, count)
    conclusive_on = reasonable_on + np.where(devolved, 40 + waiting(rng, count, 35), 150 + waiting(rng, count, 260))
    both = chosen["sexual"].to_numpy() & chosen["criminal"].to_numpy()
    age = (referred - people.born[chosen["person"].to_numpy()]) // 365.25
    frame = chosen.select("person").with_columns(
        national=pl.Series(rng.permutation(count)),
        referred=pl.Series(referred),
        responder=pl.Series(pick_text(rng, count, {"Local authority": 0.58, "Police": 0.34, "Barnardo's": 0.08}).tolist(), dtype=pl.String),
        age=pl.Series(age.astype(np.int64)),
        form=pl.Series(np.where(both, "sexual & criminal", "criminal").tolist(), dtype=pl.String),
        county_lines=pl.Series(chosen["trafficking"].to_numpy() | chance(rng, 0.3, count)),
        authority=pl.Series(np.where(devolved, "devolved LA panel", "SCA").tolist(), dtype=pl.String),
        reasonable_on=pl.Series(days_array(reasonable_on)),
        positive=pl.Series(positive),
        conclusive_on=pl.Series(days_array(np.where(positive, conclusive_on, NEVER))),
        confirmed=pl.Series(chance(rng, 0.88, count)),
        guardian=pl.Series(chance(rng, 0.5, count)),
    )
    return frame.filter(pl.col("referred") <= LAST_DAY)
