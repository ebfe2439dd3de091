"""Medians of many groups at once, each with a range that assumes nothing of how the values are spread.

Formula, limits and a worked example: docs/methods/medians.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, bdtrik

from sightline.stats.intervals import Numbers


class Medians(NamedTuple):
    """One entry for each group: how many values were ``counted``, their median, and the ends of its range (NaN where there is none)."""

    counted: NDArray[np.int64]
    median: Numbers
    low: Numbers
    high: Numbers


def median_intervals(values: ArrayLike, groups: ArrayLike, *, group_count: int | None = None, confidence: float = 0.95) -> Medians:
    """The median of each group and the two ordered values that plausibly enclose the true one.

    Waits and lengths of stay are skewed and have no known distribution, so the range comes from counting alone: as many values lie
    below the true median as heads fall in as many throws of a coin. Both ends are values that occurred, so a range never
    leaves what is possible, and tied values only make it surer than it says.

    Args:
        values: One number for each thing measured, in any unit. A missing one (NaN) is left out, and out of the count.
        groups: The group of each value, as whole numbers from 0.
        group_count: How many groups there are; left out, the largest group's number and one.
        confidence: Share of such ranges that contain the truth at least, in (0, 1).

    Returns:
        A group without values has count 0 and no median. Fewer values than can ever reach the confidence (six for 95%) have no range.

    Raises:
        ValueError: If the arrays differ in length, a group's number is out of range, a value is infinite, or the confidence is not in
            (0, 1).

    Source: Thompson (1936), "On confidence ranges for the median", Annals of Mathematical Statistics 7:122-128; Conover (1999), "Practical
        nonparametric statistics", section 3.2; docs/methods/medians.md.

    >>> found = median_intervals([3, 5, 8, 9, 12, 30, 41, 7], [0, 0, 0, 0, 0, 0, 0, 2], group_count=3)
    >>> found.counted.tolist(), found.median.tolist()
    ([7, 0, 1], [9.0, nan, 7.0])
    >>> found.low.tolist(), found.high.tolist()
    ([3.0, nan, nan], [41.0, nan, nan])
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is between 0 and 1, not {confidence}")
    numbers, codes, size = _checked(values, groups, group_count)
    ordered = numbers[np.lexsort((numbers, codes))]
    count = np.bincount(codes, minlength=size)
    start = np.cumsum(count) - count
    rank = _lower_ranks(count, (1 - confidence) / 2)
    median = (_at(ordered, start + (count - 1) // 2, count > 0) + _at(ordered, start + count // 2, count > 0)) / 2
    return Medians(
        count.astype(np.int64),
        median,
        _at(ordered, start + rank - 1, rank > 0),
        _at(ordered, start + count - rank, rank > 0),
    )


def _checked(values: ArrayLike, groups: ArrayLike, group_count: int | None) -> tuple[Numbers, NDArray[np.int64], int]:
    numbers, codes = np.asarray(values, dtype=np.float64), np.asarray(groups)
    if not codes.size:
        codes = codes.astype(np.int64)
    if numbers.shape != codes.shape or numbers.ndim != 1:
        raise ValueError("each value needs one group: two rows of the same length")
    if codes.dtype.kind not in "iu":
        raise ValueError("a group is a whole number from 0")
    size = group_count if group_count is not None else int(codes.max(initial=-1)) + 1
    if codes.size and not (int(codes.min()) >= 0 and int(codes.max()) < size):
        raise ValueError("a group's number is from 0 and below the number of groups")
    if bool(np.isinf(numbers).any()):
        raise ValueError("a value of infinite size has no place among values")
    measured = ~np.isnan(numbers)
    return numbers[measured], codes[measured].astype(np.int64), size


def _lower_ranks(count: NDArray[np.int64], tail: float) -> NDArray[np.int64]:
    """The largest rank that the true median falls below with a chance of at most ``tail``; 0 where even the smallest value is too high."""
    sizes, where = np.unique(count, return_inverse=True)
    # one coin after the other: the chance that all values lie above the median is a half to their number
    enough = np.ldexp(1.0, -sizes.astype(np.int64)) <= tail
    found = np.zeros(len(sizes), dtype=np.int64)
    n = sizes[enough].astype(np.int64)
    ranks = np.ceil(bdtrik(tail, n, 0.5))
    # bdtrik is the solution to some decimals; the distribution itself decides between neighbours
    ranks = np.where(bdtr(ranks, n, 0.5) <= tail, ranks + 1, ranks)
    ranks = np.where(bdtr(np.maximum(ranks - 1, 0), n, 0.5) > tail, ranks - 1, ranks)
    found[enough] = ranks.astype(np.int64)
    return found[where]


def _at(ordered: Numbers, places: NDArray[np.int64], there: NDArray[np.bool_]) -> Numbers:
    """The values at these places, NaN where there is none."""
    taken = np.full(places.shape, np.nan)
    taken[there] = ordered[places[there]]
    return taken
