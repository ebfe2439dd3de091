"""Means of many groups at once, with Student's interval. For values that are not much skewed; waits and stays have medians instead.

Formula, limits and a worked example: docs/methods/medians.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from sightline.stats.intervals import Numbers, standard_deviations


class Means(NamedTuple):
    """One entry for each group; NaN where there is no mean (no value) or no range (fewer than two)."""

    counted: NDArray[np.int64]
    mean: Numbers
    low: Numbers
    high: Numbers


def mean_intervals(values: ArrayLike, groups: ArrayLike, *, group_count: int | None = None, confidence: float = 0.95) -> Means:
    """The mean of each group, give or take t × s / √n.

    Args:
        values: One finite number for each thing measured.
        groups: The group of each, as whole numbers from 0.
        group_count: How many groups there are; left out, the largest group's number and one.
        confidence: Share of such ranges that contain the truth where values are about normal, in (0, 1).

    Raises:
        ValueError: If the arrays differ in length, a value is missing or infinite, a group's number is out of range, or the confidence
            is not in (0, 1).

    Source: Student (1908), "The probable error of a mean", Biometrika 6:1-25; docs/methods/medians.md.

    >>> found = mean_intervals([2.0, 4.0, 9.0], [0, 0, 0])
    >>> "{:.1f} ({:.1f} to {:.1f})".format(found.mean[0], found.low[0], found.high[0])
    '5.0 (-4.0 to 14.0)'
    """
    standard_deviations(confidence)
    numbers, codes = np.asarray(values, dtype=np.float64), np.asarray(groups, dtype=np.int64)
    if numbers.shape != codes.shape or numbers.ndim != 1 or not bool(np.isfinite(numbers).all()):
        raise ValueError("each value is a finite number and needs one group: two rows of the same length")
    size = group_count if group_count is not None else int(codes.max(initial=-1)) + 1
    if codes.size and not (int(codes.min()) >= 0 and int(codes.max()) < size):
        raise ValueError("a group's number is from 0 and below the number of groups")
    count = np.bincount(codes, minlength=size).astype(np.int64)
    n = count.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(codes, weights=numbers, minlength=size) / n
        # from the mean, not from the sum of squares, which loses what large values have in common
        variance = np.bincount(codes, weights=(numbers - mean[codes]) ** 2, minlength=size) / (n - 1)
        half = stdtrit(np.where(n > 1, n - 1, np.nan), 0.5 + confidence / 2) * np.sqrt(variance / n)
    return Means(count, mean, mean - half, mean + half)
