"""Control charts: which points of a series are more than the ordinary ups and downs of it.

Many series at once: values one after another, each with the number of its segment. A segment is one series, or the part of one that has
its own centre and limits. Nothing here begins a new segment by itself: `propose_rebase` only proposes.

Formulas, limits and worked examples: docs/methods/control-charts.md.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import pdtr, pdtrik

from sightline.stats.intervals import Numbers

REACH = 2.66
"""3 standard deviations in average moving ranges (3 / 1.128), with the two decimals of the NHS's own charts."""
NEAR = REACH * 2 / 3
WIDEST_RANGE = 3.267
"""A moving range this many times the average is itself a surprise, and is left out of the average that sets the limits."""
LONG_RUN = 7
BEYOND = 0.0013499
"""Chance of a point beyond three standard deviations on one side, used where counts are too few for standard deviations."""
FEWEST_FOR_MOVING_RANGES = 5.0
"""Counts with a smaller mean are too skewed for limits the same distance above and below."""
T_POWER = 3.6
"""Times between events, taken to the power 1/3.6, are about normal where events come at an even rate (Nelson, 1994)."""
_CLOSE = 1e-9


class Signal(IntEnum):
    """Why a point is more than ordinary variation; where there are several reasons, the first of these."""

    NONE = 0
    ABOVE_LIMIT = 1
    BELOW_LIMIT = 2
    RISING = 3
    FALLING = 4
    NEAR_UPPER = 5
    NEAR_LOWER = 6
    HIGH_RUN = 7
    LOW_RUN = 8

    @property
    def words(self) -> str:
        """For a reader: what was seen, and no judgement."""
        return _SIGNAL_WORDS[self]


_SIGNAL_WORDS = {
    Signal.NONE: "within ordinary variation",
    Signal.ABOVE_LIMIT: "above the upper limit",
    Signal.BELOW_LIMIT: "below the lower limit",
    Signal.RISING: "one of seven or more in a row that rise",
    Signal.FALLING: "one of seven or more in a row that fall",
    Signal.NEAR_UPPER: "one of two in three near the upper limit",
    Signal.NEAR_LOWER: "one of two in three near the lower limit",
    Signal.HIGH_RUN: "one of seven or more in a row above the centre",
    Signal.LOW_RUN: "one of seven or more in a row below the centre",
}
Segments = NDArray[np.int64]


class ControlChart(NamedTuple):
    """One entry for each point, in the order given; ``signals`` are numbers of `Signal`."""

    centre: Numbers
    low: Numbers
    high: Numbers
    signals: NDArray[np.int8]


def xmr_charts(
    values: ArrayLike,
    segments: ArrayLike | None = None,
    *,
    fixed_after: int | None = None,
    screen_ranges: bool = True,
    rounded_to: float = 0.0,
) -> ControlChart:
    """XmR charts (individual values and moving ranges) with the four rules of the NHS's "Making data count".

    Null, for each point: it comes from the same process as the rest of its segment. Two-sided. Special causes are: a point beyond the
    limits; seven or more in a row that rise or fall; two of three in a row near the same limit, all three on one side of the centre;
    seven or more in a row on one side of the centre.

    Args:
        values: Oldest first within each segment. NaN where there is none: it has no signal, ends every run, and no moving range crosses it.
        segments: The segment of each value; the values of one segment stand together. Left out, all are one.
        fixed_after: Reckon centre and limits from this many first points of each segment; left out, from all.
        screen_ranges: Leave moving ranges that are themselves a surprise out of the average.
        rounded_to: The step that values are rounded to. Limits are at least one step from the centre: a number that went from 12 to
            13 and is shown as 10 and 15 has not left its ordinary variation. A value less than half a step from the centre is on neither
            side of it.

    Returns:
        Limits are NaN where a segment has no two values in a row to tell its variation from.

    Raises:
        ValueError: If the arrays differ in length, a segment's values do not stand together, a value is infinite, fewer than two
            points are to fix the limits, or the step is negative.

    Source: NHS England, "Making data count"; Wheeler (2000), "Understanding variation", second edition; the rules as in the package
        NHSRplotthedots (2021 and later); docs/methods/control-charts.md.

    >>> chart = xmr_charts([50, 61, 48, 70, 55, 52, 66, 49, 130])
    >>> [Signal(code).name for code in chart.signals][-2:]
    ['NONE', 'ABOVE_LIMIT']
    """
    y, where = _series(values, segments)
    if fixed_after is not None and fixed_after < 2:
        raise ValueError("limits need two points or more")
    if not rounded_to >= 0:
        raise ValueError("the step that values are rounded to is 0 or more")
    fixed = ~np.isnan(y) if fixed_after is None else ~np.isnan(y) & (_places(where) < fixed_after)
    centre = _segment_means(y, fixed, where)
    ranges = np.abs(np.diff(y, prepend=np.nan))
    paired = fixed & np.roll(fixed, 1) & ~_begins(where)
    average = _segment_means(ranges, paired, where)
    if screen_ranges:
        # a segment that never changes has no range below the average; its average stays 0
        average = np.where(average > 0, _segment_means(ranges, paired & (ranges < WIDEST_RANGE * average[where]), where), average)
    middle, width = centre[where], np.maximum(average, rounded_to / REACH)[where]
    reach = (middle - REACH * width, middle + REACH * width)
    near = (middle - NEAR * width, middle + NEAR * width)
    return ControlChart(middle, *reach, _signals(y, where, middle, reach, near, unsure=rounded_to / 2))


def _series(values: ArrayLike, segments: ArrayLike | None) -> tuple[Numbers, Segments]:
    y = np.asarray(values, dtype=np.float64)
    raw = np.zeros(y.shape, dtype=np.int64) if segments is None else np.asarray(segments)
    if y.ndim != 1 or y.shape != raw.shape:
        raise ValueError("each value needs one segment: two rows of the same length")
    if bool(np.isinf(y).any()):
        raise ValueError("a value of infinite size has no place in a series")
    changes = np.ones(raw.shape, dtype=np.bool_)
    changes[1:] = raw[1:] != raw[:-1]
    if np.unique(raw).size != int(changes.sum()):
        raise ValueError("the values of one segment stand together")
    return y, np.cumsum(changes) - 1


def _begins(where: Segments) -> NDArray[np.bool_]:
    first = np.ones(where.shape, dtype=np.bool_)
    first[1:] = where[1:] != where[:-1]
    return first


def _places(where: Segments) -> Segments:
    """The place of each value in its segment, from 0."""
    starts = np.flatnonzero(_begins(where))
    return np.asarray(np.arange(where.size) - starts[where]) if where.size else where


def _segment_means(values: Numbers, taken: NDArray[np.bool_], where: Segments) -> Numbers:
    """NaN for a segment of which nothing is taken."""
    size = int(where[-1]) + 1 if where.size else 0
    count = np.bincount(where[taken], minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.bincount(where[taken], weights=values[taken], minlength=size) / count)


def sides(y: Numbers, line: Numbers, unsure: float = 0.0) -> NDArray[np.int8]:
    """1 above a line, -1 below it, 0 on it (but for the last digits of a float, or what rounding may hide) or where there is no value."""
    away = y - line
    on = (np.abs(away) <= _CLOSE * np.maximum(np.abs(line), np.abs(y))) | (np.abs(away) < unsure)
    return np.where(on | np.isnan(away), 0, np.sign(np.nan_to_num(away))).astype(np.int8)


def _run_lengths(side: NDArray[np.int8], begins: NDArray[np.bool_]) -> Segments:
    """How long the run of the same non-zero side is that each value stands in; 0 where the side is 0."""
    first = begins.copy()
    first[1:] |= side[1:] != side[:-1]
    run = np.cumsum(first) - 1
    return np.where(side != 0, np.bincount(run)[run], 0) if side.size else np.zeros(0, dtype=np.int64)


def _trends(y: Numbers, begins: NDArray[np.bool_]) -> NDArray[np.int8]:
    """1 for values in seven or more that rise, -1 fall. A value that ends one trend and begins another belongs to the later."""
    step = np.where(begins, 0, sides(y, np.roll(y, 1))).astype(np.int8)
    moving = np.where(_run_lengths(step, begins) >= LONG_RUN - 1, step, 0)
    following = np.append(moving[1:], np.int8(0))
    return np.where(following != 0, following, moving).astype(np.int8)


def _two_of_three(side: NDArray[np.int8], close: NDArray[np.bool_], where: Segments) -> NDArray[np.bool_]:
    """Values near a limit in three in a row on one side of the centre, of which two or more are near it."""
    if side.size < 3:
        return np.zeros(side.shape, dtype=np.bool_)
    same = (where[:-2] == where[2:]) & (side[:-2] != 0) & (side[:-2] == side[1:-1]) & (side[1:-1] == side[2:])
    window = same & (close[:-2].astype(np.int8) + close[1:-1] + close[2:] >= 2)
    within = np.zeros(side.shape, dtype=np.bool_)
    within[:-2] |= window
    within[1:-1] |= window
    within[2:] |= window
    return within & close


def _signals(
    y: Numbers,
    where: Segments,
    centre: Numbers,
    reach: tuple[Numbers, Numbers],
    near: tuple[Numbers, Numbers],
    *,
    unsure: float = 0.0,
) -> NDArray[np.int8]:
    begins, side = _begins(where), sides(y, centre, unsure)
    above, below = sides(y, reach[1]) > 0, sides(y, reach[0]) < 0
    trend = _trends(y, begins)
    close = ~(above | below) & ((sides(y, near[1]) > 0) | (sides(y, near[0]) < 0))
    pair = _two_of_three(side, close, where)
    long_run = _run_lengths(side, begins) >= LONG_RUN
    return np.select(
        [above, below, trend > 0, trend < 0, pair & (side > 0), pair & (side < 0), long_run & (side > 0), long_run & (side < 0)],
        [np.int8(code) for code in Signal if code],
        default=np.int8(Signal.NONE),
    ).astype(np.int8)


def count_charts(counts: ArrayLike, segments: ArrayLike | None = None, *, exposure: ArrayLike | None = None) -> ControlChart:
    """Charts of counts too few for moving ranges, with exact limits: which counts are too many or too few for a Poisson process.

    Null, for each point: its count is Poisson with the segment's own rate. Two-sided, beyond a chance of 0.135% on each side, as three
    standard deviations are. Only this rule is used: where most counts are 0 or 1, long runs below the mean are ordinary.

    Args:
        counts: Whole numbers, 0 or more; NaN where there is none.
        segments: As `xmr_charts`.
        exposure: What each count is out of (people, days), more than 0; left out, the same for all.

    Returns:
        A segment in which nothing happened has limits of 0 and no signal.

    Raises:
        ValueError: If a number is outside those ranges, the arrays differ in length, or a segment's values do not stand together.

    Source: Garwood (1936), Biometrika 28:437-442; Montgomery (2013), "Introduction to statistical quality control", section 7.3;
        docs/methods/control-charts.md.

    >>> chart = count_charts([1, 0, 2, 0, 1, 0, 7, 1])
    >>> float(chart.centre[0]), float(chart.high[0]), Signal(chart.signals[6]).words
    (1.5, 6.0, 'above the upper limit')
    """
    y, where = _series(counts, segments)
    people = np.ones(y.shape) if exposure is None else np.asarray(exposure, dtype=np.float64)
    if people.shape != y.shape or not bool(np.all(people > 0)):
        raise ValueError("what a count is out of is more than 0, one for each count")
    known = ~np.isnan(y)
    if bool(np.any(y[known] < 0)):
        raise ValueError("a count is 0 or more")
    with np.errstate(invalid="ignore"):
        rate = _segment_means(y, known, where) / _segment_means(people, known, where)
    centre = rate[where] * people
    low, high = _poisson_quantile(BEYOND, centre), _poisson_quantile(1 - BEYOND, centre)
    signals = np.select([sides(y, high) > 0, sides(y, low) < 0], [np.int8(Signal.ABOVE_LIMIT), np.int8(Signal.BELOW_LIMIT)], np.int8(0))
    return ControlChart(centre, low, high, signals.astype(np.int8))


def _poisson_quantile(share: float, means: Numbers) -> Numbers:
    """The smallest count that this share of a Poisson distribution reaches; 0 for a mean of 0, NaN for none."""
    some = np.where(means > 0, means, 1.0)
    found = np.ceil(np.where(pdtr(0, some) >= share, 0.0, pdtrik(share, some)))
    # the inverse is right to some decimals; the distribution itself decides between neighbours
    found = np.where(pdtr(np.maximum(found - 1, 0), some) >= share, np.maximum(found - 1, 0), found)
    found = np.where(pdtr(found, some) < share, found + 1, found)
    return np.where(np.isnan(means), np.nan, np.where(means > 0, found, 0.0))


def charts_of_counts(
    counts: ArrayLike, segments: ArrayLike | None = None, *, rounded_to: float = 0.0
) -> tuple[ControlChart, NDArray[np.bool_]]:
    """XmR charts, and exact Poisson limits for the segments whose mean is under five.

    Returns:
        The charts, and for each point whether its segment has exact limits.

    Raises:
        ValueError: As `xmr_charts` and `count_charts`.
    """
    y, where = _series(counts, segments)
    xmr, exact = xmr_charts(y, where, rounded_to=rounded_to), count_charts(y, where)
    few = np.nan_to_num(_segment_means(y, ~np.isnan(y), where), nan=np.inf)[where] < FEWEST_FOR_MOVING_RANGES
    lines = ((exact.centre, xmr.centre), (exact.low, xmr.low), (exact.high, xmr.high))
    centre, low, high = (np.where(few, one, other) for one, other in lines)
    return ControlChart(centre, low, high, np.where(few, exact.signals, xmr.signals)), few


def t_charts(times: ArrayLike, segments: ArrayLike | None = None) -> ControlChart:
    """Charts of the time between rare events: an XmR chart of the times' 3.6th roots, told in times.

    Null, for each time: events still come as often as in the rest of the segment. Two-sided; a time *above* the upper limit is a
    longer wait, so fewer events. All four rules hold on the root's scale. Two events at once are a time of 0, which is ordinary.

    Args:
        times: Between each event and the one before, in any unit, 0 or more, oldest first.
        segments: As `xmr_charts`.

    Returns:
        The lower limit is never below 0.

    Raises:
        ValueError: If a time is negative, or as `xmr_charts`.

    Source: Nelson (1994), "A control chart for parts-per-million nonconforming items", Journal of Quality Technology 26:239-240;
        docs/methods/control-charts.md.
    """
    y, where = _series(times, segments)
    if bool(np.any(y < 0)):
        raise ValueError("a time between events is 0 or more")
    chart = xmr_charts(y ** (1 / T_POWER), where)
    centre, low, high = (np.maximum(line, 0.0) ** T_POWER for line in (chart.centre, chart.low, chart.high))
    return ControlChart(centre, low, high, chart.signals)


def g_charts(between: ArrayLike, segments: ArrayLike | None = None) -> ControlChart:
    """Charts of how many cases (or days) without an event lie between rare events, with exact limits of the geometric distribution.

    Null, for each: every case still has the segment's own chance of the event. Two-sided, beyond a chance of 0.135% on each
    side. The centre is the distribution's median, not its mean: nearly two thirds of a geometric distribution lie below its mean, and long
    runs below it would be ordinary. A value on the centre is on neither side. Runs and near points are told as on an XmR chart.

    Args:
        between: Cases without the event between each event and the one before, whole numbers, 0 or more, oldest first.
        segments: As `xmr_charts`.

    Raises:
        ValueError: If a number is negative, or as `xmr_charts`.

    Source: Benneyan (2001), "Number-between g-type statistical quality control charts for monitoring adverse events", Health Care
        Management Science 4:305-318; docs/methods/control-charts.md.
    """
    y, where = _series(between, segments)
    if bool(np.any(y < 0)):
        raise ValueError("the number of cases between events is 0 or more")
    mean = _segment_means(y, ~np.isnan(y), where)[where]
    low, high = _geometric_quantile(BEYOND, mean), _geometric_quantile(1 - BEYOND, mean)
    near = (_geometric_quantile(0.0227501, mean), _geometric_quantile(1 - 0.0227501, mean))
    centre = _geometric_quantile(0.5, mean)
    return ControlChart(centre, low, high, _signals(y, where, centre, (low, high), near))


def _log_without(mean: Numbers) -> Numbers:
    """Logarithm of the chance that a case is without the event; no event is expected in a mean of 0 cases."""
    return np.where(mean > 0, -np.log1p(1 / np.where(mean > 0, mean, 1.0)), -np.inf)


def _geometric_quantile(share: float, mean: Numbers) -> Numbers:
    """The smallest number of cases between events that this share of a geometric distribution with this mean reaches."""
    found = np.maximum(np.ceil(np.log1p(-share) / _log_without(mean) - 1 - _CLOSE), 0.0)
    return np.where(np.isnan(mean), np.nan, np.where(mean > 0, found, 0.0))
