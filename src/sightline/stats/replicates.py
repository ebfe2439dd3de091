"""An interval for a count from repeated draws of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from sightline.stats.intervals import Intervals


def replicate_intervals(draws: ArrayLike, *, confidence: float = 0.95) -> Intervals:
    """Prediction intervals from independent draws: the mean, give or take t × s × √(1 + 1/n).

    Args:
        draws: Shape (counts, draws), at least two draws of each.
        confidence: How sure.

    Returns:
        Whole numbers, the lower rounded down (never below 0) and the upper rounded up.

    Raises:
        ValueError: If there are fewer than two draws, or confidence is not between 0 and 1.

    Source: the prediction interval for one more draw from a normal distribution, Geisser, *Predictive Inference* (1993), section 2.2;
    docs/methods/linkage-uncertainty.md.

    >>> replicate_intervals([[9, 10, 11]])
    Intervals(lower=array([5.]), upper=array([15.]))
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is between 0 and 1, not {confidence}")
    numbers = np.atleast_2d(np.asarray(draws, dtype=np.float64))
    count = numbers.shape[1]
    if count < 2:
        raise ValueError("an interval needs two draws or more")
    half = stdtrit(count - 1, 0.5 + confidence / 2) * numbers.std(axis=1, ddof=1) * np.sqrt(1 + 1 / count)
    mean = numbers.mean(axis=1)
    # rounded first, so that a sum of floats that should be whole does not widen the interval by one
    return Intervals(np.maximum(np.floor(np.round(mean - half, 9)), 0.0), np.ceil(np.round(mean + half, 9)))
