"""Three neutral words for a difference: higher, lower, no clear difference. None of them is good or bad, and nothing is ranked.

Formulas, limits and worked examples: docs/methods/many-comparisons.md.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, gammainc, gammaincc

from sightline.stats.intervals import Numbers
from sightline.stats.multiple import benjamini_hochberg

MOST_WITHOUT_CORRECTION = 20
"""With more areas than this beside one another, chance alone would make one or more of them differ at 95%."""


class Difference(StrEnum):
    """What may be said of two figures."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_CLEAR_DIFFERENCE = "no clear difference"
    NOT_COMPARED = "not compared"


Words = NDArray[np.object_]
_WORDS = np.array([Difference.LOWER, Difference.NO_CLEAR_DIFFERENCE, Difference.HIGHER, Difference.NOT_COMPARED], dtype=np.object_)


def differences(lower: ArrayLike, upper: ArrayLike, against: ArrayLike) -> Words:
    """Say of each range on which side of a value it lies.

    Null: the truth is ``against``. Two-sided, at the confidence of the range: a range that leaves the value out speaks against the null.

    Args:
        lower: Lower ends.
        upper: Upper ends.
        against: What they are compared with: 1 for ratios, a target, the figure of a larger area.

    Returns:
        A `Difference` for each; not compared where a number is missing (NaN).

    Source: Altman, Machin, Bryant and Gardner (2000), "Statistics with confidence", second edition, chapter 3;
        docs/methods/many-comparisons.md.

    >>> [str(word) for word in differences([0.4, 1.2, 0.9], [0.8, 2.0, 1.3], 1)]
    ['lower', 'higher', 'no clear difference']
    """
    low, high, value = (np.asarray(each, dtype=np.float64) for each in np.broadcast_arrays(lower, upper, against))
    unknown = np.isnan(low) | np.isnan(high) | np.isnan(value)
    return _worded((low > value).astype(np.int64) - (high < value), unknown)


def _worded(side: NDArray[np.int64], unknown: NDArray[np.bool_]) -> Words:
    return np.asarray(_WORDS[np.where(unknown, 3, side + 1)])


def poisson_p_values(observed: ArrayLike, expected: ArrayLike) -> Numbers:
    """How likely a count so far from what was expected, or farther, would be by chance alone.

    Null: the count is Poisson with the expected mean. Two-sided: twice the smaller tail, so that a value below 0.05 and an exact 95%
    interval that leaves the expected number out are the same thing.

    Args:
        observed: Counts, 0 or more.
        expected: Their means under the null, 0 or more, not estimated from the same few counts.

    Returns:
        Between 0 and 1; NaN where either is missing.

    Raises:
        ValueError: If a number is negative.

    Source: Garwood (1936), Biometrika 28:437-442; docs/methods/many-comparisons.md.

    >>> poisson_p_values([0, 5, 12], 5).round(4).tolist()
    [0.0135, 1.0, 0.0109]
    """
    counts, means = (np.asarray(each, dtype=np.float64) for each in np.broadcast_arrays(observed, expected))
    if bool(np.any(counts < 0)) or bool(np.any(means < 0)):
        raise ValueError("a count and what is expected are 0 or more")
    at_least = np.where(counts > 0, gammainc(np.where(counts > 0, counts, 1.0), means), 1.0)
    unknown = np.isnan(counts) | np.isnan(means)
    return np.where(unknown, np.nan, np.minimum(2 * np.minimum(at_least, gammaincc(counts + 1, means)), 1.0))


def rate_ratio_p_values(events: ArrayLike, exposure: ArrayLike, other_events: ArrayLike, other_exposure: ArrayLike) -> Numbers:
    """How likely two rates so far apart, or farther, would be by chance alone if they were one and the same.

    Null: the rates are the same; given both counts together the first is then binomial. Two-sided: twice the smaller tail, so that a value
    below 0.05 and a 95% `rate_ratio_interval` that leaves 1 out are the same thing.

    Args:
        events: Events in each, 0 or more.
        exposure: What they are out of, more than 0.
        other_events: Events in what each is compared with.
        other_exposure: What those are out of, more than 0.

    Returns:
        Between 0 and 1; 1 where there is no event at all.

    Raises:
        ValueError: If a number is outside those ranges.

    Source: Przyborowski and Wilenski (1940), as `rate_ratio_interval`; docs/methods/rates.md.

    >>> rate_ratio_p_values([78, 10, 0, 2], [27_441, 100, 50, 100], [15_750, 10, 0, 9], [11_998_646, 100, 50, 100]).round(4).tolist()
    [0.0, 1.0, 1.0, 0.0654]
    """
    a, n, b, m = (np.asarray(each, dtype=np.float64) for each in np.broadcast_arrays(events, exposure, other_events, other_exposure))
    if bool(np.any(a < 0)) or bool(np.any(b < 0)) or bool(np.any(n <= 0)) or bool(np.any(m <= 0)):
        raise ValueError("a count is 0 or more, and what it is out of more than 0")
    share = n / (n + m)
    # tails of the binomial distribution; the beta distribution has no parameter 0, where a tail is everything
    at_least = np.where(a > 0, betainc(np.where(a > 0, a, 1.0), b + 1, share), 1.0)
    at_most = np.where(b > 0, betainc(np.where(b > 0, b, 1.0), a + 1, 1 - share), 1.0)
    return np.asarray(np.minimum(2 * np.minimum(at_least, at_most), 1.0))


class Compared(NamedTuple):
    """``corrected``: whether the words allow for how many areas stand beside one another."""

    words: Words
    p_values: Numbers
    corrected: bool


def compare_areas(observed: ArrayLike, expected: ArrayLike, *, false_discovery_rate: float = 0.05) -> Compared:
    """Say of each area whether its count is higher or lower than expected; with more than 20 areas, by Benjamini and Hochberg's rule.

    Null, for each area: its count is Poisson with the expected mean. Two-sided.

    Args:
        observed: Counts, 0 or more.
        expected: What each would be at the rate of all of them, 0 or more; NaN where it is not known.
        false_discovery_rate: Share of the differences named that may be chance; with 20 areas or fewer, the level of each by itself.

    Raises:
        ValueError: If a number is outside those ranges.

    Source: Benjamini and Hochberg (1995), as `benjamini_hochberg`; Garwood (1936), as `poisson_p_values`; docs/methods/many-comparisons.md.
    """
    p = poisson_p_values(observed, expected)
    counts, means = np.broadcast_arrays(np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64))
    return words_for(np.sign(counts - means), p, false_discovery_rate=false_discovery_rate)


def words_for(side: ArrayLike, p_values: ArrayLike, *, false_discovery_rate: float = 0.05) -> Compared:
    """The words for differences whose side and p-value are known, corrected where there are more than 20 of them.

    Args:
        side: Above 0 where a figure is higher than what it is compared with, below 0 where it is lower.
        p_values: Two-sided; NaN where nothing could be compared.
        false_discovery_rate: As `compare_areas`.
    """
    p = np.asarray(p_values, dtype=np.float64)
    made = ~np.isnan(p)
    corrected = int(made.sum()) > MOST_WITHOUT_CORRECTION
    stands = benjamini_hochberg(p, false_discovery_rate=false_discovery_rate).found if corrected else made & (p < false_discovery_rate)
    sign = np.nan_to_num(np.sign(np.asarray(side, dtype=np.float64))).astype(np.int64)
    return Compared(_worded(np.where(stands, sign, 0), ~made), p, corrected)
