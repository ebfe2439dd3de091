"""How far two people who judge the same things agree beyond chance.

Formula, limits and a worked example: docs/methods/clerical-review.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from sightline.stats.intervals import Interval, wilson_interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa with its interval; ``observed`` is the share of things on which both said the same."""

    things: int
    observed: float
    kappa: float
    interval: Interval


def cohen_kappa(table: ArrayLike, *, confidence: float = 0.95) -> Agreement | None:
    """Cohen's kappa (1960) with the large-sample interval of Fleiss, Cohen and Everitt (1969).

    Where both agreed on everything that interval would have no width, however few things there were; there the lower end is the kappa of
    the least agreement that Wilson's interval for the observed share allows.

    Args:
        table: How often the first said what its row stands for and the second what its column stands for; square.
        confidence: Share of such intervals that contain the truth, in (0, 1).

    Returns:
        None where nothing was judged, or both put everything into one category: chance alone would agree as well.

    Raises:
        ValueError: If the table is not square or a count is negative.

    >>> found = cohen_kappa([[20, 5], [10, 15]])
    >>> f"{found.kappa:.2f}"
    '0.40'
    """
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or bool(np.any(counts < 0)):
        raise ValueError("agreement needs a square table of counts")
    things = float(counts.sum())
    if not things:
        return None
    shares = counts / things
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    observed, by_chance = float(np.trace(shares)), float(first @ second)
    if by_chance >= 1:
        return None
    kappa = (observed - by_chance) / (1 - by_chance)
    if observed == 1:
        least = wilson_interval(int(things), int(things), confidence=confidence).lower
        return Agreement(int(things), observed, kappa, Interval((least - by_chance) / (1 - by_chance), 1.0))
    half = float(ndtri(0.5 + confidence / 2)) * _standard_error(shares, first, second, kappa, by_chance) / np.sqrt(things)
    return Agreement(int(things), observed, kappa, Interval(float(max(kappa - half, -1.0)), float(min(kappa + half, 1.0))))


def _standard_error(shares: np.ndarray, first: np.ndarray, second: np.ndarray, kappa: float, by_chance: float) -> float:
    """Times the root of the number of things."""
    on = np.diag(shares) @ (1 - (first + second) * (1 - kappa)) ** 2
    apart = shares * (second[:, None] + first[None, :]) ** 2
    off = (1 - kappa) ** 2 * (apart.sum() - np.trace(apart))
    correction = (kappa - by_chance * (1 - kappa)) ** 2
    return float(np.sqrt(max(on + off - correction, 0.0)) / (1 - by_chance))
