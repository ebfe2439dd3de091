"""School life in the truth: enrolment term by term, suspensions and absence."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.synthesis.concerns import Concerns
from sightline.synthesis.draw import NEVER, YEAR, Days, Positions, Truths, age_on, chance, day, days_array, lasting, pick_text, waiting
from sightline.synthesis.geography import Area
from sightline.synthesis.people import People
from sightline.synthesis.returns import FIRST_DAY, LAST_DAY, PERIODS, Period

TERM_SESSIONS = {1: 118, 2: 112, 4: 142}
REASONS = {
    "DB": 0.38,
    "PP": 0.2,
    "VA": 0.15,
    "PA": 0.07,
    "DA": 0.05,
    "OW": 0.04,
    "DM": 0.04,
    "VP": 0.04,
    "TH": 0.01,
    "SM": 0.01,
    "BU": 0.01,
}
RETIRED_CODES = ("H", "J", "Y")
RETIRED_AFTER = day("2024-08-01")


PRIMARIES_OF_A_WARD, WARDS_OF_A_SECONDARY, SECONDARIES_FROM = 4, 3, 5000
SCHOOL_ELSEWHERE_SHARE = 0.15


def school_code(number: int) -> str:
    """A school as the census names it."""
    return f"SCH{number}"


def silent_school(area: Area) -> int:
    """The one secondary school that never refers a child: its pupils come to notice through others only."""
    return SECONDARIES_FROM + area.wards // WARDS_OF_A_SECONDARY // 2


def schools_of(people: People, area: Area) -> tuple[Positions, Positions]:
    """Each person's primary and secondary school: one of their ward or for their ward, for some of another."""
    ward = area.ward_of[people.home]
    scattered = people.number * 2654435761 % 2**32
    elsewhere = (scattered % 1000 < SCHOOL_ELSEWHERE_SHARE * 1000) | (ward < 0)
    ward = np.where(elsewhere, scattered // 1000 % area.wards, ward)
    return ward * PRIMARIES_OF_A_WARD + scattered // 7 % PRIMARIES_OF_A_WARD, SECONDARIES_FROM + ward // WARDS_OF_A_SECONDARY


def is_at_silent_school(people: People, area: Area, person: Positions, on: Days) -> Truths:
    """Whether each person was of an age to be a pupil of the silent school on a day."""
    age = age_on(people.born[person], on)
    return np.asarray((schools_of(people, area)[1][person] == silent_school(area)) & (age >= 11) & (age < 18))


def term_of(period: Period) -> int:
    """The first day of the term whose census falls in this quarter."""
    return day(f"{period.year}-{ {1: '01-06', 2: '04-22', 4: '09-04'}[period.number] }")


def census_day(period: Period) -> int:
    """The day the term's census is taken."""
    return day(f"{period.year}-{ {1: '01-16', 2: '05-15', 4: '10-03'}[period.number] }")


def school_year_group(born_days: pl.Expr, on: int) -> pl.Expr:
    """The national curriculum year on a day (0 is reception)."""
    september = pl.lit(on).cast(pl.Int32).cast(pl.Date)
    academic = september.dt.year() - (september.dt.month() < 9).cast(pl.Int32)
    born = born_days.cast(pl.Date)
    return academic - born.dt.year() - 5 - (born.dt.month() >= 9).cast(pl.Int32)


def make_enrolment(rng: np.random.Generator, people: People, area: Area) -> pl.DataFrame:
    """Who goes to the area's schools at all, which, since when, and with which support."""
    count = len(people)
    child = ~people.adult & people.resident
    # Home education and independent schools do not send the census; so some children are known to no agency at all.
    enrols = child & chance(rng, 0.965, count)
    stays_on = chance(rng, 0.74, count)
    starts = np.maximum(people.arrived, days_array(people.born + 4.5 * YEAR))
    primary, secondary = schools_of(people, area)
    return pl.DataFrame(
        {
            "person": np.arange(count),
            "born": people.born,
            "starts": days_array(starts),
            "stays_on": stays_on,
            "needs": np.where(chance(rng, 0.045, count), "E", np.where(chance(rng, 0.14, count), "K", "N")).tolist(),
            "primary": primary,
            "secondary": secondary,
            "often_away": chance(rng, np.clip(0.09 * people.strain**0.5, 0, 0.6), count),
            "settles": rng.random(count),
        }
    ).filter(pl.Series(enrols))


def make_out_of_school(rng: np.random.Generator, people: People, concerns: Concerns, enrolment: pl.DataFrame) -> pl.DataFrame:
    """Children educated at home or missing education: spells, as the council's register has them."""
    age = age_on(people.born, FIRST_DAY)
    never = np.setdiff1d(np.flatnonzero(people.resident & ~people.adult & (age >= 2) & (age < 16)), enrolment["person"].to_numpy())
    never = never[chance(rng, 0.45, len(never))]
    from_first = np.maximum(people.born[never] + days_array(5 * YEAR), day("2021-09-06"))
    ordinary = enrolment["person"].to_numpy()
    ordinary = ordinary[chance(rng, 0.006, len(ordinary))]
    left = days_array(rng.integers(day("2021-10-01"), LAST_DAY - 60, len(ordinary)))
    harmed = np.flatnonzero(np.isin(concerns.person, enrolment["person"].to_numpy()) & chance(rng, 0.10, len(concerns)))
    person = np.concatenate([never, ordinary, concerns.person[harmed]])
    begun = np.concatenate([from_first, left, concerns.started[harmed] + waiting(rng, len(harmed), 80)]).astype(np.int64)
    ended = begun + lasting(rng, len(person), 320, 0.7)
    ended[: len(never)] = NEVER
    missing = chance(rng, np.where(np.arange(len(person)) < len(never), 0.08, 0.45), len(person))
    frame = pl.DataFrame(
        {
            "person": person,
            "begun": days_array(begun),
            "ended": days_array(np.minimum(ended, NEVER)),
            "provision": np.where(missing, "CME", "EHE").tolist(),
        },
        schema_overrides={"provision": pl.String},
    ).sort("person", "begun", maintain_order=True)
    of_age = (age_on(people.born[frame["person"].to_numpy()], frame["begun"].to_numpy()) >= 5) & (
        age_on(people.born[frame["person"].to_numpy()], frame["begun"].to_numpy()) < 16
    )
    return frame.filter(pl.Series(of_age) & (pl.col("begun") <= LAST_DAY)).unique("person", keep="first", maintain_order=True)


def on_roll(enrolment: pl.DataFrame, period: Period, out_of_school: pl.DataFrame) -> pl.DataFrame:
    """Pupils on roll on a census day, with ``year_group``; not those who were educated at home or missing education then."""
    on = census_day(period)
    away = out_of_school.filter((pl.col("begun") <= on) & (pl.col("ended") > on)).select("person")
    enrolment = enrolment.join(away, on="person", how="anti", maintain_order="left")
    year_group = school_year_group(pl.col("born"), on)
    pupils = enrolment.with_columns(year_group=year_group).filter(
        (pl.col("starts") <= on) & (pl.col("year_group") >= 0) & (pl.col("year_group") <= 13)
    )
    return pupils.filter((pl.col("year_group") <= 11) | pl.col("stays_on"))


def make_suspensions(rng: np.random.Generator, people: People, concerns: Concerns, enrolment: pl.DataFrame) -> pl.DataFrame:
    """Suspensions and permanent exclusions of children on a roll."""
    years = (LAST_DAY - FIRST_DAY) / YEAR
    events = rng.poisson(0.030 * years * people.strain**0.6 * ~people.adult)
    usual = np.repeat(np.arange(len(people)), events)
    usual_day = rng.integers(FIRST_DAY, LAST_DAY + 1, len(usual))
    first, last = np.maximum(concerns.started, FIRST_DAY).astype(np.int64), np.minimum(concerns.ended, LAST_DAY + 1).astype(np.int64)
    more = rng.poisson(0.75 * np.maximum(last - first, 0) / YEAR)
    owner = np.repeat(np.arange(len(concerns)), more)
    harmed_day = first[owner] + (rng.random(len(owner)) * (last - first)[owner]).astype(np.int64)
    person, when = np.concatenate([usual, concerns.person[owner]]), np.concatenate([usual_day, harmed_day])
    age = age_on(people.born[person], when)
    rolled = np.isin(person, enrolment["person"].to_numpy())
    kept = (age >= 7) & (age < 16) & rolled & (when >= people.arrived[person])
    kept &= chance(rng, np.where(age >= 11, 1.0, 0.2), len(person)) & _in_term(when)
    person, when = person[kept], when[kept]
    count = len(person)
    permanent = chance(rng, 0.022, count)
    return pl.DataFrame(
        {
            "person": person,
            "started": days_array(when),
            "sessions": np.where(permanent, 0.0, rng.choice([1, 2, 2, 3, 4, 4, 6, 10], count)).astype(np.float64),
            "permanent": permanent,
            "reason1": pick_text(rng, count, REASONS).tolist(),
            "reason2": np.where(chance(rng, 0.2, count), pick_text(rng, count, REASONS), "").tolist(),
            "settles": rng.random(count),
        }
    )


def _in_term(when: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.bool_]:
    month = when.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    return np.asarray(month != 8)


def absences(rng: np.random.Generator, pupils: pl.DataFrame, concerns: Concerns, period: Period) -> pl.DataFrame:
    """Sessions missed, by reason, of pupils who missed a tenth of the term or more: the council is sent only these."""
    start = term_of(period)
    harmed = concerns.person[(concerns.started <= start) & (concerns.ended > start)]
    often = pupils["often_away"].to_numpy() | (np.isin(pupils["person"].to_numpy(), harmed) & chance(rng, 0.6, pupils.height))
    often |= chance(rng, 0.025, pupils.height)
    away = pupils.filter(pl.Series(often)).select("person", "settles")
    possible = TERM_SESSIONS[period.number]
    count = away.height
    retired = dict.fromkeys(RETIRED_CODES, 0.02) if start < RETIRED_AFTER else {}
    first = pick_text(rng, count, {"I": 0.72, "O": 0.2, "M": 0.03, "C": 0.02, "E": 0.03})
    second = pick_text(
        rng,
        count,
        {
            "O": 0.55,
            "G": 0.12,
            "L": 0.08,
            "U": 0.12,
            "N": 0.05,
            "B": 0.04,
            **retired,
            **({} if retired else {"K": 0.03, "C2": 0.05, "Y1": 0.02}),
        },
    )
    missed = np.minimum((possible * (0.1 + rng.gamma(1.4, 0.06, count))).astype(np.int64), possible)
    part = np.maximum((missed * rng.random(count) * 0.4).astype(np.int64), 1)
    rows = [
        away.with_columns(reason=pl.Series(first.tolist(), dtype=pl.String), sessions=pl.Series(np.maximum(missed - part, 1))),
        away.with_columns(reason=pl.Series(second.tolist(), dtype=pl.String), sessions=pl.Series(part)).filter(pl.Series(first != second)),
    ]
    return pl.concat(rows)


TERMS: tuple[Period, ...] = tuple(period for period in PERIODS if period.ends_school_year_part)
