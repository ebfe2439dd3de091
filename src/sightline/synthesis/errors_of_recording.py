"""How an agency comes to hold a person's details: nicknames, slips of the keyboard, swapped days and months, old homes and old names.

Errors are made once for each agency and person, as in life: a system keeps the misspelling it was given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sightline.synthesis.draw import Positions, Texts, Truths, chance, days_array
from sightline.synthesis.names import ETHNICITIES
from sightline.synthesis.numbers import ROOM, digits
from sightline.synthesis.people import People, Registers
from sightline.synthesis.returns import FIRST_DAY, LAST_DAY

NEIGHBOURS = dict(zip("abcdefghijklmnopqrstuvwxyz", "snvfrtghokljkmnopqwdyuicetxa", strict=False))
NEVER_LEARNT = LAST_DAY + 4000


@dataclass(frozen=True, slots=True)
class Habits:
    """How often an agency's record differs from the truth, each as a share of people; ``delay_days`` is how late it learns of a change."""

    nickname: float = 0.0
    slip: float = 0.015
    order: float = 0.003
    day_month: float = 0.006
    first_of_january: float = 0.0
    no_nhs: float = 1.0
    no_upn: float = 1.0
    no_postcode: float = 0.0
    no_ethnicity: float = 0.05
    never_learns: float = 0.10
    delay_days: int = 60
    twice: float = 0.0


AGENCY_HABITS: dict[str, Habits] = {
    "csc": Habits(nickname=0.03, slip=0.02, no_nhs=0.25, no_upn=0.22, no_postcode=0.02, delay_days=30),
    "early_help": Habits(nickname=0.08, slip=0.035, day_month=0.01, no_upn=0.35, no_ethnicity=0.12, no_postcode=0.05, never_learns=0.15),
    "youth_justice": Habits(nickname=0.03, slip=0.02, no_nhs=0.45, no_upn=0.35, no_postcode=0.03, no_ethnicity=0.04),
    "police": Habits(
        nickname=0.07,
        slip=0.045,
        order=0.008,
        day_month=0.015,
        first_of_january=0.012,
        no_postcode=0.10,
        no_ethnicity=0.40,
        never_learns=0.2,
        twice=0.05,
    ),
    "health": Habits(nickname=0.06, slip=0.025, no_nhs=0.10, no_ethnicity=0.2, no_postcode=0.03, twice=0.02),
    "education": Habits(nickname=0.015, slip=0.012, no_upn=0.01, delay_days=90, never_learns=0.05, twice=0.004),
    "housing": Habits(nickname=0.06, slip=0.045, order=0.025, day_month=0.015, no_ethnicity=1.0, no_postcode=0.06, never_learns=0.15),
}
LOCAL_FORMS = {
    "csc": ("", 8),
    "early_help": ("EH", 8),
    "youth_justice": ("YP", 8),
    "police": ("N", 8),
    "health": ("H", 8),
    "education": ("PR", 8),
    "housing": ("T", 8),
}


def record(rng: np.random.Generator, people: People, registers: Registers, agency: str, known: Positions) -> pl.DataFrame:
    """The agency's record of each person it knows: one row a person, two for those it registered twice.

    Rows hold from ``from_day`` until ``to_day``: an event belongs to the row that holds on its day.
    """
    habits = AGENCY_HABITS[agency]
    known = np.sort(known)
    again = known[chance(rng, habits.twice, len(known))]
    switch = days_array(rng.integers(FIRST_DAY, LAST_DAY, len(again)))
    first = _one_record(rng, people, registers, agency, known, second=False)
    until = np.full(len(known), NEVER_LEARNT, dtype=np.int32)
    until[np.searchsorted(known, again)] = switch
    first = first.with_columns(from_day=pl.lit(-100_000, dtype=pl.Int32), to_day=pl.Series(until))
    if not len(again):
        return first
    second = _one_record(rng, people, registers, agency, again, second=True)
    return pl.concat([first, second.with_columns(from_day=pl.Series(switch), to_day=pl.lit(NEVER_LEARNT, dtype=pl.Int32))])


def _one_record(
    rng: np.random.Generator, people: People, registers: Registers, agency: str, known: Positions, *, second: bool
) -> pl.DataFrame:
    habits, count = AGENCY_HABITS[agency], len(known)
    uses_nickname = chance(rng, habits.nickname * (2 if second else 1), count)
    given = np.where(uses_nickname, people.nickname[known], people.given_name[known])
    family, later = people.family_name[known].copy(), people.later_family_name[known].copy()
    given = _with_slips(rng, given, chance(rng, habits.slip, count))
    slipped = chance(rng, habits.slip, count)
    same = family == later
    family = _with_slips(rng, family, slipped)
    later = np.where(same, family, later)
    turned = chance(rng, habits.order, count)
    given, family, later = np.where(turned, family, given), np.where(turned, given, family), np.where(turned, given, later)
    learns = ~chance(rng, habits.never_learns, count)
    delay = (rng.exponential(habits.delay_days, count)).astype(np.int64)
    prefix, width = LOCAL_FORMS[agency]
    local = registers.local[agency](people.number[known] + (2 * ROOM if second else 0))
    ethnicity = np.where(chance(rng, habits.no_ethnicity, count), -1, people.ethnicity[known])
    return pl.DataFrame(
        {
            "person": known,
            "local_id": digits(local, width, prefix).tolist(),
            "given_name": given.tolist(),
            "family_before": family.tolist(),
            "family_after": later.tolist(),
            "renamed": np.where(learns, people.renamed[known] + delay, NEVER_LEARNT),
            "alias": np.where(
                ~uses_nickname & chance(rng, 0.3, count) & (people.nickname[known] != given), people.nickname[known], ""
            ).tolist(),
            "born": _recorded_birth(rng, people, habits, known),
            "boy": people.boy[known],
            "ethnicity": ethnicity,
            "true_ethnicity": people.ethnicity[known],
            "nhs_number": np.where(chance(rng, habits.no_nhs, count), "", people.nhs_number[known]).tolist(),
            "upn": np.where(chance(rng, habits.no_upn, count), "", people.upn[known]).tolist(),
            "home_before": np.where(chance(rng, habits.no_postcode, count), -1, people.home[known]),
            "home_after": people.later_home[known],
            "moved": np.where(learns, people.moved[known] + delay, NEVER_LEARNT),
        }
    )


def _recorded_birth(rng: np.random.Generator, people: People, habits: Habits, known: Positions) -> Positions:
    """Dates of birth as written down: day and month swapped where that is a date, or 1 January where only the year was given."""
    born = people.born[known].astype("datetime64[D]")
    month = born.astype("datetime64[M]")
    year = born.astype("datetime64[Y]")
    day_in_month = (born - month.astype("datetime64[D]")).astype(np.int64) + 1
    month_in_year = (month - year.astype("datetime64[M]")).astype(np.int64) + 1
    swapped = (year.astype("datetime64[M]") + (np.minimum(day_in_month, 12) - 1)).astype("datetime64[D]") + (month_in_year - 1)
    swaps = chance(rng, habits.day_month * 2.5, len(known)) & (day_in_month <= 12)
    yearly = chance(rng, habits.first_of_january, len(known))
    result = np.where(swaps, swapped, born)
    result = np.where(yearly, year.astype("datetime64[D]"), result)
    return np.asarray(result.astype(np.int32))


def _with_slips(rng: np.random.Generator, names: Texts, slipped: Truths) -> Texts:
    """Names with one slip of the keyboard each where marked."""
    written = names.copy()
    for row in np.flatnonzero(slipped).tolist():
        written[row] = slip(str(names[row]), int(rng.integers(4)), int(rng.integers(1_000_000)))
    return written


def slip(name: str, kind: int, where: int) -> str:
    """One slip: a letter left out, doubled, swapped with the next, or replaced by another. The first letter stays.

    >>> [slip("Harriet", kind, 2) for kind in range(4)]
    ['Hariet', 'Harrriet', 'Hariret', 'Harqiet']
    """
    if len(name) < 4:
        return name + name[-1]
    at = 1 + where % (len(name) - 2)
    if kind == 0:
        return name[:at] + name[at + 1 :]
    if kind == 1:
        return name[: at + 1] + name[at:]
    if kind == 2:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + NEIGHBOURS.get(name[at].lower(), "e") + name[at + 1 :]


def of_their_time(events: pl.DataFrame, records: pl.DataFrame, on: str) -> pl.DataFrame:
    """Events with the record that held on each event's day, names and home as the agency had them then (``family_name``, ``home``)."""
    joined = events.join(records, on="person", how="inner", maintain_order="left")
    joined = joined.filter((pl.col("from_day") <= pl.col(on)) & (pl.col("to_day") > pl.col(on)))
    return as_known(joined, pl.col(on))


def as_known(records: pl.DataFrame, on: pl.Expr) -> pl.DataFrame:
    """Add ``family_name`` and ``home`` as the agency had them on a day."""
    return records.with_columns(
        family_name=pl.when(pl.col("renamed") <= on).then("family_after").otherwise("family_before"),
        home=pl.when(pl.col("moved") <= on).then("home_after").otherwise("home_before"),
    )


def spelled(column: str, which: int) -> pl.Expr:
    """Ethnicity in a vocabulary of `ETHNICITIES` (0 census code, 1 common group, 2 sixteen plus one); empty if not recorded."""
    codes = {position: row[which] for position, row in enumerate(ETHNICITIES)}
    return pl.col(column).replace_strict(codes, default=None, return_dtype=pl.String)
