"""Many comparisons at once: how many of the differences found may be chance.

Formula, limits and a worked example: docs/methods/many-comparisons.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sightline.stats.intervals import Numbers


class Discoveries(NamedTuple):
    """``found``: which differences stand; ``adjusted``: the smallest false discovery rate at which each would."""

    found: NDArray[np.bool_]
    adjusted: Numbers


def benjamini_hochberg(p_values: ArrayLike, *, false_discovery_rate: float = 0.05) -> Discoveries:
    """Tell which of many differences stand, so that at most this share of those found is expected to be chance.

    Null, for each: no difference; the alternative and its sides are those of the p-values. Why not Bonferroni: it guards against a single
    mistake among all and then hides most of what is there; with many small areas nothing would ever be said.

    Args:
        p_values: Each between 0 and 1; NaN where nothing could be compared, which counts as no comparison made.
        false_discovery_rate: Expected share of the found that are chance, in (0, 1).

    Returns:
        In the order given; a NaN is not found and stays NaN.

    Raises:
        ValueError: If a p-value or the rate is outside those ranges.

    Source: Benjamini and Hochberg (1995), "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57:289-300;
        docs/methods/many-comparisons.md.

    >>> benjamini_hochberg([0.01, 0.02, 0.03, 0.2]).found.tolist()
    [True, True, True, False]
    """
    if not 0 < false_discovery_rate < 1:
        raise ValueError(f"a false discovery rate is between 0 and 1, not {false_discovery_rate}")
    values = np.asarray(p_values, dtype=np.float64)
    made = ~np.isnan(values)
    p = values[made]
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        raise ValueError("a p-value is between 0 and 1")
    order = np.argsort(p)
    steps = p[order] * p.size / np.arange(1, p.size + 1)
    adjusted = np.full(values.shape, np.nan)
    back = np.empty_like(p)
    back[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    adjusted[made] = back
    return Discoveries(made & (np.nan_to_num(adjusted, nan=2.0) <= false_discovery_rate), adjusted)
