"""Intervals for counts, proportions, rates and the ratio of two rates, safe for the small numbers this field lives with.

Each comes in two forms: of plain numbers (``wilson_interval``) and of arrays (``wilson_intervals``). Formulas, limits and worked
examples: docs/methods/proportions.md and docs/methods/rates.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, gammaincinv, ndtri

Numbers = NDArray[np.float64]
FEWEST_FOR_BYAR = 10
"""Below this count Byar's approximation is replaced by the exact interval, as the UK Health Security Agency does."""


class Interval(NamedTuple):
    """A range that plausibly holds the truth, both ends included."""

    lower: float
    upper: float


class Intervals(NamedTuple):
    """Many ranges: element by element, ``lower`` and ``upper`` belong together."""

    lower: Numbers
    upper: Numbers

    def one(self) -> Interval:
        """The only range there is.

        Raises:
            ValueError: If there is not exactly one.
        """
        return Interval(float(self.lower.item()), float(self.upper.item()))


class RatioInterval(NamedTuple):
    """How many times one rate is another, and the range that plausibly holds the truth."""

    ratio: float
    lower: float
    upper: float


class RatioIntervals(NamedTuple):
    """The same for many pairs of rates."""

    ratio: Numbers
    lower: Numbers
    upper: Numbers


def standard_deviations(confidence: float) -> float:
    """How many of them a two-sided range of this confidence reaches to each side of a normal middle."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is between 0 and 1, not {confidence}")
    return float(ndtri(0.5 + confidence / 2))


def _counts(events: ArrayLike) -> Numbers:
    counts = np.asarray(events, dtype=np.float64)
    if not bool(np.all(counts >= 0)):
        raise ValueError("a count is 0 or more")
    return counts


def _exposures(exposure: ArrayLike) -> Numbers:
    values = np.asarray(exposure, dtype=np.float64)
    if not bool(np.all(values > 0)):
        raise ValueError("what a count is out of is more than 0")
    return values


def wilson_intervals(children: ArrayLike, out_of: ArrayLike, *, confidence: float = 0.95) -> Intervals:
    """`wilson_interval` for arrays of the same shape (or shapes that numpy can match)."""
    z, n, x = standard_deviations(confidence), _exposures(out_of), _counts(children)
    if not bool(np.all(x <= n)):
        raise ValueError("a part is no larger than the whole it is out of")
    share = x / n
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    middle = share + z * z / (2 * n)
    scale = 1 + z * z / n
    lower = np.where(x == 0, 0.0, (middle - half) / scale)
    return Intervals(lower, np.where(x == n, 1.0, (middle + half) / scale))


def wilson_interval(children: float, out_of: float, *, confidence: float = 0.95) -> Interval:
    """Give the range a true proportion plausibly lies in, safe for small numbers.

    Unlike the textbook (Wald) interval it never leaves 0..1 and does not collapse to a point when ``children`` is 0,
    which is exactly when a reader is most tempted to conclude "it does not happen here".

    Args:
        children: Children (or episodes, referrals) with the characteristic, 0 <= children <= out_of.
        out_of: Those who could have had it, more than 0.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Raises:
        ValueError: If a count or the confidence is outside those ranges.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22:209-212;
        docs/methods/proportions.md.

    >>> "{:.3f} to {:.3f}".format(*wilson_interval(0, 40))
    '0.000 to 0.088'
    """
    return wilson_intervals(children, out_of, confidence=confidence).one()


def byar_intervals(events: ArrayLike, *, confidence: float = 0.95) -> Intervals:
    """`byar_interval` for an array of counts."""
    z, x = standard_deviations(confidence), _counts(events)
    safe = np.where(x == 0, 1.0, x)
    lower = np.where(x == 0, 0.0, x * (1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))) ** 3)
    more = x + 1
    return Intervals(np.maximum(lower, 0.0), more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3)


def byar_interval(events: float, *, confidence: float = 0.95) -> Interval:
    """Give the range a true (Poisson) count plausibly lies in, by Byar's approximation.

    Within a per cent of the exact interval from ten events up, in a formula that fits on a line; below ten use
    `exact_poisson_interval`, or let `rate_interval` choose.

    Args:
        events: Events counted, 0 or more.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Raises:
        ValueError: If the count or the confidence is outside those ranges.

    Source: Breslow and Day (1987), "Statistical methods in cancer research", volume II, p. 69; docs/methods/rates.md.

    >>> "{:.2f} to {:.2f}".format(*byar_interval(65))
    '50.16 to 82.85'
    """
    return byar_intervals(events, confidence=confidence).one()


def exact_poisson_intervals(events: ArrayLike, *, confidence: float = 0.95) -> Intervals:
    """`exact_poisson_interval` for an array of counts."""
    standard_deviations(confidence)
    x, tail = _counts(events), (1 - confidence) / 2
    lower = np.where(x == 0, 0.0, gammaincinv(np.where(x == 0, 1.0, x), tail))
    return Intervals(lower, np.asarray(gammaincinv(x + 1, 1 - tail)))


def exact_poisson_interval(events: float, *, confidence: float = 0.95) -> Interval:
    """Give the range a true (Poisson) count plausibly lies in, from the distribution itself.

    It contains the truth at least as often as it says, for the smallest counts rather more often.

    Args:
        events: Events counted, 0 or more.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Raises:
        ValueError: If the count or the confidence is outside those ranges.

    Source: Garwood (1936), "Fiducial limits for the Poisson distribution", Biometrika 28:437-442; docs/methods/rates.md.

    >>> "{:.2f} to {:.2f}".format(*exact_poisson_interval(0))
    '0.00 to 3.69'
    """
    return exact_poisson_intervals(events, confidence=confidence).one()


def count_intervals(events: ArrayLike, *, confidence: float = 0.95) -> Intervals:
    """Exact below ten events, Byar's approximation from there, as the Health Security Agency chooses.

    Whole counts below ten are looked up, so that millions of small cells cost no more than large ones.
    """
    x = _counts(events)
    few = x < FEWEST_FOR_BYAR
    lower, upper = byar_intervals(np.where(few, FEWEST_FOR_BYAR, x), confidence=confidence)
    whole = few & (x == np.floor(x))
    table = exact_poisson_intervals(np.arange(FEWEST_FOR_BYAR), confidence=confidence)
    place = np.where(whole, x, 0).astype(np.intp)
    lower, upper = np.where(whole, table.lower[place], lower), np.where(whole, table.upper[place], upper)
    broken = few & ~whole
    if bool(broken.any()):
        exact = exact_poisson_intervals(np.where(broken, x, 0.0), confidence=confidence)
        lower, upper = np.where(broken, exact.lower, lower), np.where(broken, exact.upper, upper)
    return Intervals(lower, upper)


def rate_intervals(events: ArrayLike, exposure: ArrayLike, *, per: float = 10_000, confidence: float = 0.95) -> Intervals:
    """`rate_interval` for arrays of the same shape."""
    limits, scale = count_intervals(events, confidence=confidence), per / _exposures(exposure)
    return Intervals(limits.lower * scale, limits.upper * scale)


def rate_interval(events: float, exposure: float, *, per: float = 10_000, confidence: float = 0.95) -> Interval:
    """Give the range a true rate plausibly lies in: exact below ten events, Byar's approximation from there.

    Args:
        events: Events counted, 0 or more.
        exposure: People (or person-years) they happened among, more than 0.
        per: The rate is for this many of them.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Raises:
        ValueError: If a number is outside those ranges.

    Source: UK Health Security Agency, technical guidance on confidence intervals (2018); docs/methods/rates.md.

    >>> "{:.1f} to {:.1f} per 10,000".format(*rate_interval(78, 27_441))
    '22.5 to 35.5 per 10,000'
    """
    return rate_intervals(events, exposure, per=per, confidence=confidence).one()


def rate_ratio_intervals(
    events: ArrayLike, exposure: ArrayLike, other_events: ArrayLike, other_exposure: ArrayLike, *, confidence: float = 0.95
) -> RatioIntervals:
    """`rate_ratio_interval` for arrays of shapes that numpy can match; NaN where neither of a pair has an event."""
    standard_deviations(confidence)
    a, b = np.broadcast_arrays(_counts(events), _counts(other_events))
    scale = _exposures(other_exposure) / _exposures(exposure)
    tail = (1 - confidence) / 2
    # the ends that are 0 and 1 are put in by hand, because the beta distribution has no parameter 0
    low = np.where(a > 0, betaincinv(np.where(a > 0, a, 1.0), b + 1, tail), 0.0)
    high = np.where(b > 0, betaincinv(a + 1, np.where(b > 0, b, 1.0), 1 - tail), 1.0)
    nothing = (a + b) == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, lower, upper = a / b * scale, low / (1 - low) * scale, high / (1 - high) * scale
    return RatioIntervals(ratio, np.where(nothing, np.nan, lower), np.where(nothing, np.nan, upper))


def rate_ratio_interval(
    events: float, exposure: float, other_events: float, other_exposure: float, *, confidence: float = 0.95
) -> RatioInterval:
    """Give how many times one rate is another, with its range, exact for small counts and for none at all.

    Why not the logarithm method of textbooks: it has no answer when either count is 0. Given the total of both counts, the first is
    binomial, so Clopper and Pearson's interval for that share, turned into a ratio, is exact. For shares of a whole (such as referrals
    by source) it is a little wide, never too narrow for that reason.

    Null: the rates are the same, ratio 1. Two-sided: an interval that leaves out 1 speaks against the null in either direction.

    Args:
        events: Events in the first place or year, 0 or more.
        exposure: What they are out of, more than 0.
        other_events: Events in the second, 0 or more, not both 0.
        other_exposure: What those are out of, more than 0.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Returns:
        Ratio, lower, upper; the upper end (and the ratio) is infinite where ``other_events`` is 0.

    Raises:
        ValueError: If a number is outside those ranges, or there is no event at all to compare.

    Source: Przyborowski and Wilenski (1940), "Homogeneity of results in testing samples from Poisson series", Biometrika 31:313-323;
        Clopper and Pearson (1934), Biometrika 26:404-413; docs/methods/rates.md.

    >>> "{:.2f} ({:.2f} to {:.2f})".format(*rate_ratio_interval(78, 27_441, 15_750, 11_998_646))
    '2.17 (1.71 to 2.70)'
    """
    found = rate_ratio_intervals(events, exposure, other_events, other_exposure, confidence=confidence)
    if np.isnan(found.ratio):
        raise ValueError("there is no event in either of the two, so there is nothing to compare")
    return RatioInterval(float(found.ratio), float(found.lower), float(found.upper))
