"""Rates that allow for who lives where: directly and indirectly standardised, and with people who are counted more than once.

Arrays at once: a row for each group (an area and a year), a column for each stratum (an age band, or an age band and sex). A stratum
without an event is ordinary. Formulas, limits and worked examples: docs/methods/standardised-rates.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sightline.stats.intervals import Intervals, Numbers, byar_intervals, count_intervals

FEWEST_FOR_STANDARDISING = 10
"""Directly standardised rates of fewer events jump about; the Health Security Agency publishes none (Morris and others, 2018)."""


class StandardisedRates(NamedTuple):
    """``counted``: events of each group; NaN in the others where there are too few, or where a stratum has no people."""

    counted: Numbers
    value: Numbers
    lower: Numbers
    upper: Numbers


class StandardisedRatios(NamedTuple):
    """``value``: how many times the expected number occurred; NaN where none is expected."""

    observed: Numbers
    expected: Numbers
    value: Numbers
    lower: Numbers
    upper: Numbers


class RepeatedEvents(NamedTuple):
    """Of each group: its ``events``, the ``people`` they happened to, and the sum of each person's events ``squared``."""

    events: NDArray[np.int64]
    people: NDArray[np.int64]
    squared: NDArray[np.int64]


def repeated_events(people: ArrayLike, groups: ArrayLike, *, group_count: int | None = None) -> RepeatedEvents:
    """Count events, people and the sum of squares that `directly_standardised_rates` needs where one person may be counted again.

    Args:
        people: Whose event each is, as whole numbers.
        groups: The group (and stratum) of each event, as whole numbers from 0.
        group_count: How many groups there are; left out, the largest group's number and one.

    Raises:
        ValueError: If the arrays differ in length or a group's number is out of range.

    >>> repeated_events([7, 7, 7, 8, 9], [0, 0, 0, 0, 2], group_count=3)
    RepeatedEvents(events=array([4, 0, 1]), people=array([2, 0, 1]), squared=array([10,  0,  1]))
    """
    who, where = np.asarray(people), np.asarray(groups, dtype=np.int64)
    if who.shape != where.shape or who.ndim != 1:
        raise ValueError("each event needs one person and one group: two rows of the same length")
    size = group_count if group_count is not None else int(where.max(initial=-1)) + 1
    if where.size and not (int(where.min()) >= 0 and int(where.max()) < size):
        raise ValueError("a group's number is from 0 and below the number of groups")
    order = np.lexsort((who, where))
    who, where = who[order], where[order]
    first = np.ones(who.size, dtype=np.bool_)
    first[1:] = (who[1:] != who[:-1]) | (where[1:] != where[:-1])
    start = np.flatnonzero(first)
    times = np.diff(np.append(start, who.size))
    of = where[start]
    return RepeatedEvents(
        np.bincount(where, minlength=size).astype(np.int64),
        np.bincount(of, minlength=size).astype(np.int64),
        np.bincount(of, weights=(times * times).astype(np.float64), minlength=size).astype(np.int64),
    )


def event_intervals(events: ArrayLike, *, squared: ArrayLike | None = None, confidence: float = 0.95) -> Intervals:
    """The range of a true number of events: exact below ten, Byar's from there, wider where the same people are counted again.

    Args:
        events: Events counted, 0 or more.
        squared: The sum over people of the square of each one's events, at least ``events``; left out, everyone is counted once.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Returns:
        The lower end is never below 0.

    Raises:
        ValueError: If a number is outside those ranges.

    Source: Breslow and Day (1987), volume II, p. 69, and Garwood (1936), chosen between as the Health Security Agency does. Repeat events:
        the variance of a compound Poisson count is the sum of squares, put in by Dobson and others' method, as the Agency does with
        standardised rates (PHEindicatormethods, events that are not independent); docs/methods/standardised-rates.md.

    >>> "{:.2f} to {:.2f}".format(*event_intervals(12, squared=30).one())
    '2.82 to 26.17'
    """
    count = np.asarray(events, dtype=np.float64)
    lower, upper = count_intervals(count, confidence=confidence)
    if squared is None:
        return Intervals(lower, upper)
    wider = _widening(count, np.asarray(squared, dtype=np.float64))
    return Intervals(np.maximum(count + wider * (lower - count), 0.0), count + wider * (upper - count))


def _widening(count: Numbers, squared: Numbers) -> Numbers:
    """How many times wider than a Poisson count's the range is; 1 where there is no event."""
    if bool(np.any(squared < count)) or bool(np.any((count == 0) & (squared > 0))):
        raise ValueError("the sum of squares is at least the number of events, and 0 where there is none")
    safe = np.where(count > 0, count, 1.0)
    return np.where(count > 0, np.sqrt(squared / safe), 1.0)


def _events_among(events: ArrayLike, population: ArrayLike) -> tuple[Numbers, Numbers]:
    x, n = (np.asarray(each, dtype=np.float64) for each in np.broadcast_arrays(events, population))
    if x.ndim == 0 or not bool(np.all(x >= 0)) or not bool(np.all(n >= 0)):
        raise ValueError("counts and people, 0 or more, in columns of strata")
    if bool(np.any((n == 0) & (x > 0))):
        raise ValueError("an event in a stratum without people: count and population do not fit together")
    return x, n


def directly_standardised_rates(
    events: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    *,
    squared: ArrayLike | None = None,
    per: float = 100_000,
    confidence: float = 0.95,
) -> StandardisedRates:
    """What each group's rate would be if its people were as old (and of the sexes) as a standard population's.

    Says whether two areas differ for reasons other than who lives there. Null for a comparison: the same rate in every stratum;
    two-sided.

    Args:
        events: Shape (…, strata), 0 or more.
        population: People in each, the same shape or one that numpy can match, 0 or more.
        standard: People of the standard population in each stratum, 0 or more, not all 0.
        squared: The sum of squares of each person's events in each stratum (`repeated_events`), where people may be counted again.
        per: The rate is for this many people.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Returns:
        One entry for each group. NaN below ten events, and where a stratum that the standard holds people in has none here.

    Raises:
        ValueError: If a number is outside those ranges, or an event lies in a stratum without people.

    Source: Dobson, Kuulasmaa, Eberle and Scherer (1991), "Confidence intervals for weighted sums of Poisson parameters", Statistics in
        Medicine 10:457-462, with Byar's limits; Morris and others (2018), Population Health Metrics 16, for the fewest events;
        Stukel and others (1994), American Journal of Epidemiology 140:472-482, for repeat events; docs/methods/standardised-rates.md.

    >>> found = directly_standardised_rates([[12, 30]], [[4_000, 6_000]], [5_000, 5_000], per=10_000)
    >>> "{:.1f} ({:.1f} to {:.1f})".format(found.value[0], found.lower[0], found.upper[0])
    '40.0 (28.6 to 54.3)'
    """
    x, n = _events_among(events, population)
    weights = np.asarray(standard, dtype=np.float64)
    if not bool(np.all(weights >= 0)) or not weights.sum() > 0:
        raise ValueError("a standard population is 0 or more in each stratum, and not empty")
    squares = x if squared is None else np.asarray(squared, dtype=np.float64)
    if bool(np.any(squares < x)):
        raise ValueError("the sum of squares is at least the number of events")
    count = x.sum(axis=-1)
    empty = ((n == 0) & (weights > 0)).any(axis=-1)
    share = np.where(n > 0, weights / np.where(n > 0, n, 1.0), 0.0) / weights.sum()
    value = (share * x).sum(axis=-1)
    enough = (count >= FEWEST_FOR_STANDARDISING) & ~empty
    counted = np.where(enough, count, 1.0)
    limits = byar_intervals(counted, confidence=confidence)
    spread = np.sqrt((share * share * squares).sum(axis=-1) / counted)

    def shown(rate: Numbers) -> Numbers:
        return np.where(enough, rate * per, np.nan)

    return StandardisedRates(
        count, shown(value), shown(value + spread * (limits.lower - counted)), shown(value + spread * (limits.upper - counted))
    )


def expected_events(population: ArrayLike, reference_events: ArrayLike, reference_population: ArrayLike) -> Numbers:
    """How many events each group would have if each of its strata had the reference's rate.

    Args:
        population: Shape (…, strata), 0 or more.
        reference_events: Of each stratum, 0 or more.
        reference_population: Of each stratum; may be 0 only where the reference has no event.

    Raises:
        ValueError: If a number is outside those ranges.
    """
    events, people = _events_among(reference_events, reference_population)
    rates = np.where(people > 0, events / np.where(people > 0, people, 1.0), 0.0)
    here = np.asarray(population, dtype=np.float64)
    if not bool(np.all(here >= 0)):
        raise ValueError("a population is 0 or more")
    return np.asarray((here * rates).sum(axis=-1))


def standardised_ratios(
    observed: ArrayLike, expected: ArrayLike, *, squared: ArrayLike | None = None, per: float = 1, confidence: float = 0.95
) -> StandardisedRatios:
    """How many times the expected number of events occurred (an indirectly standardised ratio), safe for few events and for none.

    Null: as many as expected, a ratio of 1 × ``per``. Two-sided: a range that leaves it out speaks against the null.

    Args:
        observed: Events, 0 or more.
        expected: From `expected_events`, 0 or more.
        squared: As `event_intervals`.
        per: 1 for a ratio, 100 for one in hundredths; the reference's crude rate for an indirectly standardised rate.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Raises:
        ValueError: If a number is outside those ranges.

    Source: Breslow and Day (1987), volume II, section 2.3, with the intervals of `event_intervals`; docs/methods/standardised-rates.md.

    >>> found = standardised_ratios([91], [835.8835612311743], per=100)
    >>> "{:.2f} ({:.2f} to {:.2f})".format(found.value[0], found.lower[0], found.upper[0])
    '10.89 (8.77 to 13.37)'
    """
    count, due = (np.asarray(each, dtype=np.float64) for each in np.broadcast_arrays(observed, expected))
    if not bool(np.all(due >= 0)):
        raise ValueError("what is expected is 0 or more")
    limits = event_intervals(count, squared=squared, confidence=confidence)
    scale = np.where(due > 0, per / np.where(due > 0, due, 1.0), np.nan)
    return StandardisedRatios(count, due, count * scale, limits.lower * scale, limits.upper * scale)
