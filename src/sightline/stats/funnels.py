"""Funnel plots: is an area further from the others than its size lets us expect, and are all of them further apart than chance makes them?

Formulas, limits, where we leave FunnelPlotR, and worked examples: docs/methods/funnels.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import pdtr, pdtrik

from sightline.stats.intervals import Intervals, Numbers, exact_poisson_intervals, standard_deviations

INNER, OUTER = 1.959964, 3.090232
"""The 95% and 99.8% limits in standard deviations, with the six decimals that the NHS's own charts use."""
Z = {0.95: INNER, 0.998: OUTER}


class FunnelKind(StrEnum):
    """What is compared, and so on which scale its spread is about the same whatever its size."""

    PROPORTION = "proportion"
    """A part of a whole, on the arcsine of its square root."""
    RATIO = "ratio"
    """Events over the number expected, on the square root: a zero count is ordinary. Also rates: what is expected at the overall rate."""
    RATIO_LOG = "ratio on the logarithm"
    """The same on the logarithm, as NHS England's hospital mortality indicator (SHMI) does; a zero count is read as a half."""
    RATIO_OF_COUNTS = "ratio of counts"
    """One count over another, both of them chance, on the logarithm with a half added to each."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far areas lie from the target, before and after allowing for overdispersion.

    ``z``: in standard deviations of chance alone. ``phi``: mean square of these, the outermost tenths drawn in; 1 is what chance
    makes of it. ``tau2``: variance between areas that is not chance, on the kind's own scale. ``adjusted``: in standard deviations of both.
    """

    kind: FunnelKind
    target: float
    z: Numbers
    phi: float
    tau2: float
    adjusted: Numbers


def _parts(numerators: ArrayLike, denominators: ArrayLike) -> tuple[Numbers, Numbers]:
    x, n = (np.asarray(each, dtype=np.float64) for each in np.broadcast_arrays(numerators, denominators))
    if x.ndim != 1 or not x.size:
        raise ValueError("a funnel needs a row of areas, at least one")
    if not bool(np.all(x >= 0)) or not bool(np.all(n > 0)):
        raise ValueError("a count is 0 or more and what it is out of more than 0")
    return x, n


def funnel(numerators: ArrayLike, denominators: ArrayLike, kind: FunnelKind, *, target: float | None = None, trim: float = 0.1) -> Funnel:
    """Measure how far each area lies from the target and whether areas differ more than chance can make them.

    Null, for each area: its truth is the target, give or take ``tau2``. Two-sided. Areas do differ for reasons that no denominator knows;
    without ``tau2`` large ones would nearly all fall outside the limits. Why additive: a multiplied funnel would say that the chance
    in large areas is greater too, which is not so.

    Args:
        numerators: Counts, 0 or more.
        denominators: What they are out of, or the number expected, more than 0.
        kind: What is compared.
        target: The middle of the funnel, more than 0, where it is known better than from these areas (some of them may be withheld).
            Left out: the value of all areas together. For ratios to what is expected it is 1: put another into what is expected.
        trim: Share of areas at each end that are drawn in (for `FunnelKind.RATIO_LOG`: left out) before the spread is measured, so that
            a few extreme areas do not widen the limits until they lie inside.

    Raises:
        ValueError: If there is no area, a number is outside those ranges, or a part is larger than its whole.

    Source: Spiegelhalter (2005), "Handling over-dispersion of performance indicators", Quality and Safety in Health Care 14:347-351, and
        "Funnel plots for comparing institutional performance", Statistics in Medicine 24:1185-1202; NHS England, SHMI specification;
        docs/methods/funnels.md.
    """
    x, n = _parts(numerators, denominators)
    if not 0 < trim < 0.5:
        raise ValueError("the share drawn in at each end is between 0 and a half")
    if kind is FunnelKind.PROPORTION and bool(np.any(x > n)):
        raise ValueError("a part is no larger than the whole it is out of")
    middle = _target(kind, x, n, target)
    # where every count is 0, none differs from the target; its logarithm would be of no use
    away = _transformed(kind, x, n) - _on_scale(kind, middle) if middle else np.zeros_like(x)
    spread = _spread(kind, x, n)
    z = away / spread
    counted, kept = _truncated(z, trim) if kind is FunnelKind.RATIO_LOG else _winsorised(z, trim)
    phi = float(np.mean(counted**2)) if counted.size else 0.0
    tau2 = _between(phi, 1 / spread[kept] ** 2)
    return Funnel(kind, middle, z, phi, tau2, away / np.sqrt(spread**2 + tau2))


def _target(kind: FunnelKind, x: Numbers, n: Numbers, given: float | None) -> float:
    if kind in (FunnelKind.RATIO, FunnelKind.RATIO_LOG):
        if given not in (None, 1):
            raise ValueError("the target of a ratio to what is expected is 1; put another into what is expected")
        return 1.0
    if given is None:
        return float(x.sum() / n.sum())
    if not 0 < given < np.inf or (kind is FunnelKind.PROPORTION and given > 1):
        raise ValueError("a target is more than 0, and as a share of a whole 1 at most")
    return given


def _transformed(kind: FunnelKind, x: Numbers, n: Numbers) -> Numbers:
    match kind:
        case FunnelKind.PROPORTION:
            return np.arcsin(np.sqrt(x / n))
        case FunnelKind.RATIO:
            return np.sqrt(x / n)
        case FunnelKind.RATIO_LOG:
            return np.log(np.where(x == 0, 0.5, x) / n)
        case _:
            return np.log((x + 0.5) / (n + 0.5))


def _on_scale(kind: FunnelKind, target: float) -> float:
    match kind:
        case FunnelKind.PROPORTION:
            return float(np.arcsin(np.sqrt(target)))
        case FunnelKind.RATIO:
            return float(np.sqrt(target))
        case FunnelKind.RATIO_LOG | FunnelKind.RATIO_OF_COUNTS:
            return float(np.log(target)) if target else -np.inf


def _spread(kind: FunnelKind, x: Numbers, n: Numbers) -> Numbers:
    """One standard deviation of chance on the kind's scale."""
    match kind:
        case FunnelKind.RATIO_LOG:
            return 1 / np.sqrt(n)
        case FunnelKind.RATIO_OF_COUNTS:
            return np.sqrt(x / (x + 0.5) ** 2 + n / (n + 0.5) ** 2)
        case _:
            return 1 / (2 * np.sqrt(n))


def _winsorised(z: Numbers, trim: float) -> tuple[Numbers, NDArray[np.bool_]]:
    low, high = np.quantile(z, [trim, 1 - trim])
    return np.clip(z, low, high), np.ones(z.size, dtype=np.bool_)


def _truncated(z: Numbers, trim: float) -> tuple[Numbers, NDArray[np.bool_]]:
    """Leave out the lowest and the highest of the equal groups that the share makes, as NHS England does."""
    groups = 1 / trim
    _, place, ties = np.unique(z, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place]
    group = np.floor(ranks * groups / (z.size + 1))
    kept = (group > 0) & (group < groups - 1)
    return z[kept], kept


def _between(phi: float, precision: Numbers) -> float:
    """The variance between areas, by moments (DerSimonian and Laird, 1986); 0 where chance explains all of it."""
    n = precision.size
    if n * phi <= n - 1 or n < 2:
        return 0.0
    return float((n * phi - (n - 1)) / (precision.sum() - (precision**2).sum() / precision.sum()))


def funnel_limits(
    kind: FunnelKind, denominators: ArrayLike, target: float, tau2: float, *, confidence: float = 0.95, as_published: bool = False
) -> Intervals:
    """Between which values an area of each size is expected to lie.

    Args:
        kind: What is compared.
        denominators: Sizes, more than 0.
        target: The middle of the funnel, of `funnel`.
        tau2: The variance between areas, of `funnel`; 0 for chance alone.
        confidence: 0.95 or 0.998, the two that funnels are drawn with.
        as_published: Reckon as the package FunnelPlotR does, to reproduce a chart made with it. For ratios on the square root it does not
            square its limits back, and for ratios of counts it takes only a part of the variance, so that far more than one area in
            twenty falls outside (docs/methods/funnels.md).

    Returns:
        In the units of the values; never below 0, and for a proportion never above 1.

    Raises:
        ValueError: If a size is not more than 0 or the confidence is another.

    Source: As `funnel`.
    """
    n = np.asarray(denominators, dtype=np.float64)
    if confidence not in Z:
        raise ValueError("a funnel has limits of 95% and of 99.8%: confidence is 0.95 or 0.998")
    if not bool(np.all(n > 0)):
        raise ValueError("what a count is out of is more than 0")
    kind_of_spread = FunnelKind.RATIO if as_published and kind is FunnelKind.RATIO_OF_COUNTS else kind
    # below a half of an event the formula for two counts would say that chance grows smaller again
    half = Z[confidence] * np.sqrt(_spread(kind_of_spread, np.maximum(n * target, 0.5), n) ** 2 + tau2)
    middle = _on_scale(kind, target)
    if as_published and kind is FunnelKind.RATIO:
        return Intervals(middle - half, middle + half)
    return Intervals(_back(kind, middle - half), _back(kind, middle + half))


def _back(kind: FunnelKind, values: Numbers) -> Numbers:
    match kind:
        case FunnelKind.PROPORTION:
            return np.asarray(np.sin(np.clip(values, 0, np.pi / 2)) ** 2)
        case FunnelKind.RATIO:
            return np.asarray(np.maximum(values, 0) ** 2)
        case _:
            return np.exp(values)


def proportion_limits(baseline: float, out_of: ArrayLike, *, confidence: float = 0.95) -> Intervals:
    """Between which shares a part of a whole of each size lies by chance alone, around a known share.

    Null: the truth is the baseline. Two-sided. A share outside is one whose Wilson interval leaves the baseline out.

    Args:
        baseline: The share that holds for all, 0 to 1.
        out_of: Sizes, more than 0.
        confidence: In (0, 1).

    Raises:
        ValueError: If a number is outside those ranges.

    Source: Office for Health Improvement and Disparities, Fingertips technical guidance, funnel plots for proportions; Wilson (1927),
        JASA 22:209-212; docs/methods/funnels.md.

    >>> "{:.4f} to {:.4f}".format(*proportion_limits(0.8, 400).one())
    '0.7608 to 0.8392'
    """
    sizes = np.asarray(out_of, dtype=np.float64)
    if not 0 <= baseline <= 1 or not bool(np.all(sizes > 0)):
        raise ValueError("a share is between 0 and 1, and what it is out of more than 0")
    half = standard_deviations(confidence) * np.sqrt(baseline * (1 - baseline) / sizes)
    return Intervals(np.maximum(baseline - half, 0.0), np.minimum(baseline + half, 1.0))


def count_limits(expected: ArrayLike, *, confidence: float = 0.95) -> Intervals:
    """Between which counts a Poisson count lies by chance alone, for each number expected, drawn smoothly between whole numbers.

    Null: the count is Poisson with the expected mean. Two-sided. A count outside is one whose exact interval leaves the expected number
    out: for the lower end, the count at which `count` or fewer are as unlikely as the tail; 0 where even none is likelier.

    Args:
        expected: Means, 0 or more.
        confidence: In (0, 1).

    Raises:
        ValueError: If a number is outside those ranges.

    Source: Spiegelhalter (2005), Statistics in Medicine 24:1185-1202, appendix A.1 (exact limits); docs/methods/funnels.md.

    >>> [round(float(end), 2) for end in count_limits(20).one()]
    [11.25, 29.71]
    """
    means = np.asarray(expected, dtype=np.float64)
    if not bool(np.all(means >= 0)):
        raise ValueError("what is expected is 0 or more")
    standard_deviations(confidence)
    tail = (1 - confidence) / 2
    some = np.where(means > 0, means, 1.0)
    lower = np.where(pdtr(0, some) >= tail, 0.0, pdtrik(tail, some))
    # the likeliest count above the limit: that many or more are as unlikely as the tail
    upper = np.where(pdtr(0, some) >= 1 - tail, 1.0, pdtrik(1 - tail, some) + 1)
    return Intervals(np.where(means > 0, lower, 0.0), np.where(means > 0, upper, 0.0))


def rate_curve(events: ArrayLike, baseline: float, *, confidence: float = 0.95) -> Intervals:
    """How many people there would have to be for each number of events to lie exactly on a limit of a funnel for rates.

    Args:
        events: 1 or more.
        baseline: Events for each person, more than 0.
        confidence: In (0, 1).

    Returns:
        ``lower``: people at whom that many events are on the lower limit (many people); ``upper``: on the upper (few people).

    Raises:
        ValueError: If a number is outside those ranges.

    Source: Fingertips technical guidance, funnel plots for rates; Garwood (1936), Biometrika 28:437-442; docs/methods/funnels.md.
    """
    if not baseline > 0:
        raise ValueError("a rate to compare with is more than 0")
    limits = exact_poisson_intervals(events, confidence=confidence)
    return Intervals(limits.upper / baseline, limits.lower / baseline)
