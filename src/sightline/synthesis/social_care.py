"""Children's social care in the truth: contacts, referrals and what follows them, care, placements and reviews."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.synthesis.concerns import Concerns
from sightline.synthesis.draw import (
    NEVER,
    YEAR,
    Days,
    Positions,
    Texts,
    Truths,
    age_on,
    chance,
    day,
    days_array,
    lasting,
    month_of,
    pick,
    pick_text,
    repeated_within,
)
from sightline.synthesis.geography import OTHER_AUTHORITIES, Area
from sightline.synthesis.people import People
from sightline.synthesis.returns import FIRST_DAY, LAST_DAY
from sightline.synthesis.schooling import is_at_silent_school

REFERRALS_FROM = day("2020-04-01")
YEARLY_REFERRALS, YEARLY_CONTACTS, CARE_RISK = 0.041, 0.036, 0.047
BUSY_MONTHS = np.array([0, 1.02, 1.0, 1.06, 0.94, 1.05, 1.04, 1.0, 0.72, 1.03, 1.06, 1.08, 0.86]) / 1.08
SOURCES = {
    "1A": 0.06, "1B": 0.02, "1C": 0.01, "1D": 0.03, "2A": 0.19, "2B": 0.02, "3A": 0.015, "3B": 0.02, "3C": 0.015, "3D": 0.01, "3E": 0.04,
    "3F": 0.05, "4": 0.02, "5A": 0.05, "5B": 0.04, "5C": 0.03, "5D": 0.03, "6": 0.28, "7": 0.03, "8": 0.02, "9": 0.015, "10": 0.005,
}  # fmt: skip
CONCERN_SOURCES = {
    "6": 0.36, "2A": 0.22, "5A": 0.08, "5B": 0.05, "5D": 0.06, "3E": 0.05, "3F": 0.04, "1A": 0.05, "1C": 0.02, "8": 0.03, "4": 0.04,
}  # fmt: skip
NEEDS = {"N1": 0.58, "N2": 0.07, "N3": 0.04, "N4": 0.09, "N5": 0.12, "N6": 0.03, "N7": 0.01, "N8": 0.02, "N9": 0.01, "N0": 0.03}
CLOSED, TO_EARLY_HELP, IN_NEED, PROTECTION, CARE = range(1, 6)
PLACEMENTS = {"U4": 0.42, "U1": 0.10, "U6": 0.14, "K2": 0.14, "H5": 0.06, "P1": 0.05, "P2": 0.04, "R3": 0.02, "S1": 0.02, "M3": 0.01}
SECURE_WHEN_HARMED = 0.16
"""Placements of exploited children that are secure children's homes."""

PARTICIPATION = {"PN1": 0.44, "PN2": 0.09, "PN3": 0.03, "PN4": 0.05, "PN5": 0.12, "PN6": 0.17, "PN7": 0.10}


def make_referrals(rng: np.random.Generator, people: People, concerns: Concerns, area: Area) -> pl.DataFrame:
    """Referrals that opened an episode, with all that each led to; one row each, days as numbers (`NEVER` where a thing did not happen).

    A call about a child whose episode is still open is part of that episode, so referrals of one child never overlap.
    """
    asked = [_ordinary(rng, people), *_about_concerns(rng, concerns), _into_care(rng, people)]
    candidates = pl.concat(asked).sort("person", "received", "care_started", maintain_order=True)
    person = candidates["person"].to_numpy()
    received = candidates["received"].to_numpy()
    allowed = (received >= people.arrived[person] - 5) & (received >= people.born[person] + 2) & (received < people.grown[person] - 20)
    candidates = candidates.filter(allowed)
    followed = _follow(rng, people, candidates)
    kept = _not_while_open(followed)
    referrals = followed.filter(kept).with_columns(referral=pl.int_range(pl.len(), dtype=pl.Int64))
    return _never_from_the_silent_school(referrals, people, area, "received")


def _never_from_the_silent_school(asked: pl.DataFrame, people: People, area: Area, on: str) -> pl.DataFrame:
    """Where the child's school is the one that never refers, somebody else asked."""
    silent = pl.Series(is_at_silent_school(people, area, asked["person"].to_numpy(), asked[on].to_numpy()))
    told_by_school = pl.col("source") == "2A"
    instead = pl.when(pl.col("person") % 2 == 0).then(pl.lit("6")).otherwise(pl.lit("1B"))
    return asked.with_columns(source=pl.when(silent & told_by_school).then(instead).otherwise("source"))


def _rows(person: Positions, received: Days, exploitation: bool, care_started: Days | None = None) -> pl.DataFrame:
    started = np.full(len(person), NEVER, dtype=np.int32) if care_started is None else care_started
    return pl.DataFrame({"person": person, "received": days_array(received), "care_started": started}).with_columns(
        exploitation=pl.lit(exploitation)
    )


def _ordinary(rng: np.random.Generator, people: People) -> pl.DataFrame:
    years = (LAST_DAY - REFERRALS_FROM) / YEAR
    events = rng.poisson(YEARLY_REFERRALS * years * people.strain * ~people.adult * people.resident)
    person = np.repeat(np.arange(len(people)), events)
    received = days_array(rng.integers(REFERRALS_FROM, LAST_DAY + 1, len(person)))
    kept = chance(rng, BUSY_MONTHS[month_of(received)], len(person))
    return _rows(person[kept], received[kept], False)


def _about_concerns(rng: np.random.Generator, concerns: Concerns) -> list[pl.DataFrame]:
    """Referrals that name exploitation: when social care recognises it, and again for those whose harm went on."""
    recognised = concerns.recognised["csc"]
    first = recognised < NEVER
    again = first & chance(rng, 0.5, len(concerns))
    later = recognised + days_array(rng.integers(120, 330, len(concerns)))
    again &= later < concerns.ended + 60
    return [_rows(concerns.person[first], recognised[first], True), _rows(concerns.person[again], later[again], True)]


def _into_care(rng: np.random.Generator, people: People) -> pl.DataFrame:
    """Referrals that ended in care, long before these years as well: children stay looked after for years."""
    enters = np.flatnonzero(chance(rng, np.minimum(CARE_RISK * people.strain, 0.5), len(people)) & ~people.adult & people.resident)
    started = days_array(people.born[enters] + rng.random(len(enters)) * 17.5 * YEAR)
    received = started - days_array(rng.integers(3, 90, len(enters)))
    known = (started <= LAST_DAY) & (received > people.born[enters])
    return _rows(enters[known], received[known], False, started[known])


def _follow(rng: np.random.Generator, people: People, asked: pl.DataFrame) -> pl.DataFrame:
    """What each referral led to, as if it were the only one."""
    count = asked.height
    person, received, exploitation = (asked[name].to_numpy() for name in ("person", "received", "exploitation"))
    care_started, grown = asked["care_started"].to_numpy(), people.grown[person]
    into_care = care_started < NEVER
    no_action = chance(rng, np.where(exploitation, 0.03, 0.09), count) & ~into_care
    usual, about_harm = pick(rng, count, (0.43, 0.16, 0.26, 0.15)), pick(rng, count, (0.23, 0.17, 0.47, 0.13))
    outcome = np.where(into_care, CARE, np.where(no_action, 0, np.where(exploitation, about_harm, usual) + CLOSED))
    assessed = days_array(np.where(no_action, NEVER, received + rng.integers(0, 5, count)))
    authorised = np.where(no_action, NEVER, assessed + rng.integers(8, 62, count)).astype(np.int32)
    protection = (outcome == PROTECTION) | ((outcome == CARE) & chance(rng, 0.4, count))
    conference = np.where(protection, received + rng.integers(10, 26, count), NEVER)
    protection_end = conference + lasting(rng, count, 290, 0.5)
    protection_end = np.where(into_care, np.minimum(protection_end, np.maximum(care_started, conference + 1)), protection_end)
    in_need = (outcome == IN_NEED) | ((outcome == PROTECTION) & chance(rng, 0.6, count))
    need_start = np.where(outcome == PROTECTION, protection_end, authorised)
    need_end = need_start + lasting(rng, count, 150, 0.6)
    care_end = care_started + lasting(rng, count, 600, 0.95)
    last = np.select([into_care, in_need, protection, no_action], [care_end, need_end, protection_end, received + 1], authorised + 3)
    frame = asked.with_columns(
        source=pl.Series(np.where(exploitation, pick_text(rng, count, CONCERN_SOURCES), pick_text(rng, count, SOURCES)).tolist()),
        need=pl.Series(pick_text(rng, count, NEEDS).tolist()),
        no_action=pl.Series(no_action),
        outcome=pl.Series(outcome),
        assessed=pl.Series(assessed),
        authorised=pl.Series(np.minimum(authorised, grown)),
        enquiry=pl.Series(np.where(protection | (chance(rng, 0.08, count) & ~no_action), received + 1, NEVER).astype(np.int32)),
        conference=pl.Series(_when(protection, conference, grown)),
        protection_end=pl.Series(_when(protection, protection_end, grown)),
        need_start=pl.Series(_when(in_need, need_start, grown)),
        need_end=pl.Series(_when(in_need, need_end, grown)),
        care_end=pl.Series(_when(into_care, care_end, grown)),
        closed=pl.Series(np.minimum(last, grown).astype(np.int32)),
        settles=pl.Series(rng.random(count)),
        seen_alone=pl.Series(chance(rng, 0.72, count)),
        abuse=pl.Series(pick_text(rng, count, {"NEG": 0.48, "EMO": 0.36, "PHY": 0.08, "SAB": 0.05, "MUL": 0.03}).tolist()),
        factors=pl.Series(_factors(rng, count).tolist()),
    )
    grown_up = pl.Series(grown)
    return frame.with_columns(
        conference=pl.when(pl.col("conference") >= grown_up).then(NEVER).otherwise("conference"),
        need_start=pl.when(pl.col("need_start") >= grown_up).then(NEVER).otherwise("need_start"),
    )


def _when(happened: Truths, ended: Days, grown: Days) -> Days:
    """The day it ended, on the eighteenth birthday at the latest; never, where it did not happen."""
    return np.where(happened, np.minimum(ended, grown), NEVER).astype(np.int32)


FACTORS = {
    "1A": 0.02, "1B": 0.12, "2A": 0.04, "2B": 0.12, "3A": 0.14, "3B": 0.16, "4A": 0.11, "4B": 0.16, "5A": 0.05, "5B": 0.03, "6A": 0.03,
    "6B": 0.05, "7A": 0.03, "14A": 0.04, "15A": 0.05, "16A": 0.13, "17A": 0.13, "18C": 0.08, "18B": 0.02, "19C": 0.03, "19B": 0.02,
    "20": 0.05,
}  # fmt: skip


def _factors(rng: np.random.Generator, count: int) -> Texts:
    """One to three everyday factors of each assessment, separated by spaces."""
    drawn = [pick_text(rng, count, FACTORS) for _ in range(3)]
    wanted = rng.integers(1, 4, count)
    joined = drawn[0].copy()
    for extra in (1, 2):
        use = (wanted > extra) & (drawn[extra] != drawn[0]) & (drawn[extra] != drawn[extra - 1])
        joined[use] = joined[use] + " " + drawn[extra][use]
    return joined


def _not_while_open(followed: pl.DataFrame) -> Truths:
    """Which rows (sorted by person and day) came when no earlier episode of that child was open."""
    person, received, closed = (followed[name].to_numpy() for name in ("person", "received", "closed"))
    first = np.r_[True, person[1:] != person[:-1]] if len(person) else np.zeros(0, dtype=bool)
    order = np.arange(len(person)) - np.maximum.accumulate(np.where(first, np.arange(len(person)), 0))
    open_until = np.zeros(int(person.max()) + 1 if len(person) else 0, dtype=np.int64)
    kept = np.zeros(len(person), dtype=bool)
    for turn in range(int(order.max()) + 1 if len(order) else 0):
        rows = np.flatnonzero(order == turn)
        rows = rows[received[rows] > open_until[person[rows]] + 7]
        kept[rows] = True
        open_until[person[rows]] = closed[rows]
    return kept


def make_contacts(rng: np.random.Generator, people: People, referrals: pl.DataFrame, area: Area) -> pl.DataFrame:
    """Contacts with the front door: one before each referral, and others that came to nothing."""
    years = (LAST_DAY - FIRST_DAY) / YEAR + 0.5
    events = rng.poisson(YEARLY_CONTACTS * years * people.strain**0.7 * ~people.adult * people.resident)
    person = np.repeat(np.arange(len(people)), events)
    when = days_array(rng.integers(FIRST_DAY - 180, LAST_DAY + 1, len(person)))
    kept = (when > people.born[person]) & (when < people.grown[person]) & (when >= people.arrived[person])
    person, when = person[kept], when[kept]
    extra = pl.DataFrame({"person": person, "contacted": when, "source": pick_text(rng, len(person), SOURCES).tolist()})
    led = referrals.filter(pl.col("received") >= FIRST_DAY - 190).select("person", contacted=pl.col("received"), source="source")
    both = pl.concat([led, extra.with_columns(pl.col("person").cast(led.schema["person"]))])
    both = _never_from_the_silent_school(both, people, area, "contacted")
    return both.with_columns(settles=pl.Series(rng.random(both.height)))


def make_placements(rng: np.random.Generator, people: People, area: Area, referrals: pl.DataFrame, concerns: Concerns) -> pl.DataFrame:
    """Where children in care lived, spell by spell."""
    care = referrals.filter((pl.col("care_started") < NEVER) & (pl.col("care_end") > FIRST_DAY))
    person, started, ended = (care[name].to_numpy() for name in ("person", "care_started", "care_end"))
    moves = np.minimum(rng.poisson(0.45 * np.clip((ended - started) / YEAR, 0, 6)), 5)
    owner, turn = repeated_within(moves + 1)
    length = (ended - started)[owner]
    cut = np.where(turn == 0, 0.0, rng.random(len(owner)))
    order = np.lexsort((cut, owner))
    begin = started[owner] + (cut[order] * length).astype(np.int64)
    finish = np.where(np.r_[owner[1:] == owner[:-1], False], np.r_[begin[1:], 0], ended[owner]) if len(owner) else begin
    harmed = np.isin(person, concerns.person)
    kind = pick_text(rng, len(owner), PLACEMENTS)
    kind = np.where(chance(rng, np.where(harmed, SECURE_WHEN_HARMED, 0.0)[owner], len(owner)), "K1", kind).astype(object)
    with_parents = kind == "P1"
    away = chance(rng, np.where(harmed, 0.5, 0.34)[owner], len(owner)) & ~with_parents
    inside = rng.integers(0, area.inside, len(owner))
    outside = rng.integers(area.inside, len(area.postcodes), len(owner))
    authority = (outside - area.inside) % len(OTHER_AUTHORITIES)
    postcode = np.where(with_parents, people.home[person[owner]], np.where(away, outside, inside))
    frame = pl.DataFrame(
        {
            "referral": care["referral"].to_numpy()[owner],
            "person": person[owner],
            "turn": turn,
            "started": days_array(begin),
            "ended": days_array(finish),
            "kind": kind.tolist(),
            "provider": pick_text(rng, len(owner), {"PR1": 0.5, "PR4": 0.4, "PR2": 0.04, "PR3": 0.06}).tolist(),
            "away": away,
            "authority": authority,
            "postcode": postcode,
            "legal": pick_text(rng, len(owner), {"C2": 0.52, "C1": 0.17, "V2": 0.22, "E1": 0.06, "J1": 0.01, "L2": 0.02}).tolist(),
        }
    )
    return frame.filter(pl.col("ended") > pl.col("started"))


def make_reviews(rng: np.random.Generator, people: People, referrals: pl.DataFrame) -> pl.DataFrame:
    """Statutory reviews of children in care, and how each child took part."""
    care = referrals.filter((pl.col("care_started") < NEVER) & (pl.col("care_end") > FIRST_DAY))
    person, started, ended = (care[name].to_numpy() for name in ("person", "care_started", "care_end"))
    until = np.minimum(ended, LAST_DAY)
    owner, turn = repeated_within(np.maximum((until - started - 20) // 170 + 1, 0).astype(np.int64))
    when = started[owner] + 20 + turn * 170 + rng.integers(-6, 7, len(owner))
    kept = (when > FIRST_DAY - 400) & (when < until[owner])
    owner, when = owner[kept], days_array(when[kept])
    young = age_on(people.born[person[owner]], when) < 4
    trend = (when - FIRST_DAY) / (LAST_DAY - FIRST_DAY)
    code = np.where(chance(rng, 0.10 * trend, len(owner)), "PN1", pick_text(rng, len(owner), PARTICIPATION))
    return pl.DataFrame({"person": person[owner], "reviewed": when, "code": np.where(young, "PN0", code).tolist()})


def assessment_factors(referrals: pl.DataFrame, concerns: Concerns, missing: pl.DataFrame, draws: np.random.Generator) -> pl.DataFrame:
    """Add ``all_factors``: the everyday ones, and those of exploitation and going missing that the assessor knew about and wrote down."""
    harm = concerns.frame().select("person", "started", "ended", "sexual", "criminal", "gangs", "trafficking", "csc_recognised")
    at = referrals.filter(pl.col("authorised") < NEVER).select("referral", "person", "authorised", "received")
    near = at.join(harm, on="person", how="inner").filter(
        (pl.col("started") <= pl.col("authorised")) & (pl.col("ended") >= pl.col("received") - 30)
    )
    near = near.unique("referral", keep="first", maintain_order=True).select("referral", "sexual", "criminal", "gangs", "trafficking")
    gone = at.join(missing.select("person", "left_day"), on="person", how="inner").filter(
        (pl.col("left_day") <= pl.col("authorised")) & (pl.col("left_day") >= pl.col("received") - 180)
    )
    gone = gone.select("referral").unique(maintain_order=True).with_columns(went_missing=pl.lit(True))
    joined = referrals.join(near, on="referral", how="left", maintain_order="left").join(
        gone, on="referral", how="left", maintain_order="left"
    )
    parts = []
    for kind, code, share in (
        ("sexual", "11A", 0.84),
        ("trafficking", "12A", 0.70),
        ("gangs", "13A", 0.75),
        ("criminal", "24A", 0.82),
        ("went_missing", "10A", 0.80),
    ):
        written = pl.Series(draws.random(referrals.height) < share)
        noticed = pl.col("exploitation") | pl.Series(draws.random(referrals.height) < 0.35) if kind != "went_missing" else pl.lit(True)
        parts.append(pl.when(pl.col(kind).fill_null(False) & written & noticed).then(pl.lit(f" {code}")).otherwise(pl.lit("")))
    return joined.with_columns(all_factors=pl.concat_str("factors", *parts)).drop(
        "sexual", "criminal", "gangs", "trafficking", "went_missing"
    )


def first_recorded(people: People, referrals: pl.DataFrame, contacts: pl.DataFrame, missing: pl.DataFrame) -> Positions:
    """Everyone children's social care has a record of; children placed here by other councils too, who have to be notified."""
    known = [
        np.flatnonzero(people.placed),
        referrals["person"].to_numpy(),
        contacts["person"].to_numpy(),
        missing.filter("care_knows")["person"].to_numpy(),
    ]
    return np.unique(np.concatenate(known))
