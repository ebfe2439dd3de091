"""Small random draws over whole arrays, and days counted as numbers.

Days are whole days since 1 January 1970, because arithmetic on them is then arithmetic on numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

Days = npt.NDArray[np.int32]
Positions = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

YEAR = 365.25
EPOCH = date(1970, 1, 1)


def day(text: str) -> int:
    """The number of a day written ``2026-03-31``."""
    return (date.fromisoformat(text) - EPOCH).days


NEVER = day("2150-01-01")
"""A day that never comes: an end that has not happened."""


def days_array(values: npt.ArrayLike) -> Days:
    """Whole days from any numbers."""
    return np.asarray(values).astype(np.int32)


def pick(rng: np.random.Generator, count: int, weights: Sequence[float] | Numbers) -> Positions:
    """Draw ``count`` positions with these weights (they need not sum to one)."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.asarray(np.searchsorted(edges, rng.random(count) * edges[-1], side="right"), dtype=np.int64)


def pick_text(rng: np.random.Generator, count: int, choices: dict[str, float]) -> Texts:
    """Draw ``count`` texts, each with its weight."""
    texts = np.array(list(choices), dtype=object)
    return texts[pick(rng, count, list(choices.values()))]


def chance(rng: np.random.Generator, probability: npt.ArrayLike, count: int) -> Truths:
    """True with the given probability (one for all, or one for each)."""
    return np.asarray(rng.random(count) < np.asarray(probability))


def waiting(rng: np.random.Generator, count: int, mean_days: float) -> Days:
    """Whole days of waiting, most short, some long."""
    return days_array(rng.exponential(mean_days, count))


def lasting(rng: np.random.Generator, count: int, median_days: float, spread: float = 0.6) -> Days:
    """Whole days that something lasts, at least one."""
    return np.maximum(days_array(median_days * rng.lognormal(0.0, spread, count)), 1)


def years_after(born: Days, years: int) -> Days:
    """The birthday reached after so many years (29 February counts as 1 March)."""
    moment = born.astype("datetime64[D]")
    month = moment.astype("datetime64[M]")
    return days_array((month + 12 * years).astype("datetime64[D]") + (moment - month.astype("datetime64[D]")))


def age_on(born: Days, on: Days | Positions | int) -> Days:
    """Whole years of age; negative before birth."""
    first, then = born.astype("datetime64[D]"), np.broadcast_to(np.asarray(on, dtype=np.int32), born.shape).astype("datetime64[D]")
    first_month, then_month = first.astype("datetime64[M]"), then.astype("datetime64[M]")
    months = (then_month - first_month).astype(np.int32)
    first_day = (first - first_month.astype("datetime64[D]")).astype(np.int32)
    then_day = (then - then_month.astype("datetime64[D]")).astype(np.int32)
    return days_array((months - (then_day < first_day)) // 12)


def month_of(days: Days) -> Days:
    """The month, 1 to 12."""
    return days_array(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1)


def repeated_within(counts: Positions) -> tuple[Positions, Positions]:
    """For ``counts`` of events each: whose event it is, and which of theirs (0, 1, 2, …)."""
    owner = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - starts[owner]


def as_dates(column: str) -> pl.Expr:
    """A column of days as dates, empty where the day never comes."""
    return pl.when(pl.col(column) < NEVER).then(pl.col(column)).otherwise(None).cast(pl.Int32).cast(pl.Date).alias(column)
