"""Recalibrate the model's probabilities from pairs that people have reviewed.

A monotone curve, fitted by isotonic regression with the model as prior: every review is one observation at the model's probability of
its pair, and what the model says counts as much as `PRIOR_REVIEWS` of them, spread as they are. So a few reviews move it a little,
a thousand move it where they must, and the order of pairs is kept.

Source: isotonic regression by pooling adjacent violators, Ayer and others, *An empirical distribution function for sampling with
incomplete information*, Annals of Mathematical Statistics 26 (1955); for probabilities, Zadrozny and Elkan, *Transforming classifier scores
into accurate multiclass probability estimates*, KDD 2002. The prior is ours; docs/methods/linkage-quality.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

Numbers = NDArray[np.float64]

PRIOR_REVIEWS = 100.0
"""What the model says counts as much as so many reviews, spread as the reviews are."""
FEWEST_REVIEWS = 100
"""With fewer decided reviews the model's probabilities stand as they are."""
_CLOSEST = 1e-6
# Sampling weights correct for which pairs were chosen among those of like probability; so many next to each other are alike.
_NEIGHBOURS = 51
_DIGITS = 9


class Fate(IntEnum):
    """What a linkage made of a pair: one person; two whom a rule keeps apart or one agency knows; or two that nothing else parts."""

    LINKED = 0
    CONTRADICTED = 1
    APART = 2


def fates(linked: ArrayLike, contradicted: ArrayLike) -> NDArray[np.int64]:
    """The fate of each pair."""
    return np.where(np.asarray(linked, dtype=bool), Fate.LINKED, np.where(contradicted, Fate.CONTRADICTED, Fate.APART)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A curve from the model's probability to a calibrated one, as knots between which it is straight on the log-odds scale.

    Before the first and after the last knot the shift there goes on. Without a knot it changes nothing. ``knots`` are (model's
    probability, calibrated probability), both rising.
    """

    knots: tuple[tuple[float, float], ...] = ()
    reviews: int = 0
    """How many decided reviews it rests on."""
    linked: Calibration | None = None
    """The same for pairs that the linkage made one person: that it did is evidence too. None where too few of them are decided."""
    apart: Calibration | None = None
    """And for pairs that it left two people whom no rule keeps apart and no agency knows both."""
    kept_apart: tuple[tuple[str, float, float], ...] = ()
    """Of pairs that a rule keeps apart, by reason: how many reviews found one person and how many two (`sightline.linkage.apart`)."""

    def given_links(self, probability: ArrayLike, fate: ArrayLike, *, odds: ArrayLike = 1.0) -> Numbers:
        """Calibrated probabilities of pairs of which it is known what the linkage made of them.

        Args:
            probability: The model's probability of each pair.
            fate: What became of it (`Fate`).
            odds: How many times the odds are what else is known of the links makes them; left out where enough pairs of that fate were
                reviewed, for their curve says it already.
        """
        given, times = np.asarray(probability, dtype=np.float64), np.asarray(odds, dtype=np.float64)
        known = self.apply(given)
        known = known * times / (known * times + (1 - known))
        for each, curve in ((Fate.LINKED, self.linked), (Fate.APART, self.apart)):
            known = np.where(np.asarray(fate) == each, curve.apply(given), known) if curve is not None else known
        return known

    def apply(self, probability: ArrayLike) -> Numbers:
        """Calibrated probabilities, element by element; what is exactly 0 or 1 stays so, since decisions and not the model say it."""
        given = np.asarray(probability, dtype=np.float64)
        if not self.knots:
            return given.copy()
        at, to = (_log_odds(np.array(side)) for side in zip(*self.knots, strict=True))
        odds = _log_odds(given)
        inside = np.interp(odds, at, to)
        moved = np.where(odds < at[0], odds + to[0] - at[0], np.where(odds > at[-1], odds + to[-1] - at[-1], inside))
        return np.where((given <= 0) | (given >= 1), given, expit(moved))

    def as_dict(self) -> dict[str, object]:
        """As plain JSON."""
        told: dict[str, object] = {"knots": [list(knot) for knot in self.knots], "reviews": self.reviews}
        told |= {name: curve.as_dict() for name, curve in (("linked", self.linked), ("apart", self.apart)) if curve is not None}
        return told | ({"kept_apart": [list(each) for each in self.kept_apart]} if self.kept_apart else {})

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Calibration:
        """Read what `as_dict` wrote.

        Raises:
            ValueError: If the knots do not rise, or a probability is outside 0..1.
        """
        knots, reviews = kept.get("knots"), kept.get("reviews")
        if not isinstance(knots, list) or not isinstance(reviews, int):
            raise ValueError("a calibration has knots and a number of reviews")
        read = tuple((float(at), float(to)) for at, to in knots)
        rises = all(one[0] < other[0] and one[1] <= other[1] for one, other in pairwise(read))
        if not rises or any(not 0 <= value <= 1 for knot in read for value in knot):
            raise ValueError("knots are probabilities that rise")
        linked, apart = (cls.from_dict(kept[name]) if name in kept else None for name in ("linked", "apart"))
        told = tuple((str(reason), float(same), float(two)) for reason, same, two in kept.get("kept_apart", ()))
        return cls(read, reviews, linked, apart, told)


UNCHANGED = Calibration()
"""The model as it is."""


def calibrate(probability: ArrayLike, same: ArrayLike, weight: ArrayLike | None = None, fate: ArrayLike | None = None) -> Calibration:
    """Fit a calibration to decided reviews; "unsure" is no decision and is left out before.

    Args:
        probability: The model's probability of each reviewed pair.
        same: Whether the reviewers found it one person.
        weight: How many pairs each review stands for (the sampling weight of its stratum); all alike when None. Only what it says among
            pairs of like probability counts: how often a band was sampled is no evidence about what is true inside it.
        fate: What became of each pair (`Fate`); the curves given that are fitted too, as far as enough pairs are decided.

    Returns:
        `UNCHANGED` (with the number of reviews) when there are fewer than `FEWEST_REVIEWS`. The order of the reviews plays no part.

    Raises:
        ValueError: If the arrays differ in length, or a probability or weight is not one.
    """
    given, decided = np.asarray(probability, dtype=np.float64), np.asarray(same, dtype=np.float64)
    weights = np.ones_like(given) if weight is None else np.asarray(weight, dtype=np.float64)
    if not len(given) == len(decided) == len(weights):
        raise ValueError("each review has one probability, one decision and one weight")
    if not (bool(np.all((given >= 0) & (given <= 1))) and bool(np.all(np.isfinite(weights) & (weights > 0)))):
        raise ValueError("probabilities lie between 0 and 1, weights are more than 0")
    reviews = len(given)
    if reviews < FEWEST_REVIEWS:
        return Calibration(reviews=reviews)
    whole = _fitted(given, decided, weights, prior_reviews=PRIOR_REVIEWS)
    if fate is None:
        return whole
    fates = np.asarray(fate, dtype=np.int64)
    if len(fates) != reviews:
        raise ValueError("each review has one probability, one decision and one weight")
    curves = {
        each: _fitted(given[chosen], decided[chosen], weights[chosen], prior_reviews=PRIOR_REVIEWS * float(chosen.mean()))
        for each in (Fate.LINKED, Fate.APART)
        if (chosen := fates == each).sum() >= FEWEST_REVIEWS
    }
    return replace(whole, linked=curves.get(Fate.LINKED), apart=curves.get(Fate.APART))


def _fitted(given: Numbers, decided: Numbers, weights: Numbers, *, prior_reviews: float) -> Calibration:
    reviews = len(given)
    given = np.clip(given, _CLOSEST, 1 - _CLOSEST)
    given, decided, weights = _at_each(given, decided, weights)
    prior = prior_reviews / float(weights.sum())
    level = isotonic((decided + prior * given) / (1 + prior), weights)
    ends = np.concatenate([[True], level[1:] != level[:-1]]) | np.concatenate([level[1:] != level[:-1], [True]])
    return Calibration(_rising(given[ends], level[ends]), reviews)


def isotonic(values: Sequence[float] | Numbers, weights: Sequence[float] | Numbers) -> Numbers:
    """The rising sequence closest to the values (weighted least squares), by pooling adjacent violators.

    >>> isotonic([1.0, 3.0, 2.0, 4.0], [1, 1, 1, 1]).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        mean, total, count = float(value), float(weight), 1
        while pools and pools[-1][0] >= mean:
            before, heavy, many = pools.pop()
            mean, total, count = (before * heavy + mean * total) / (heavy + total), heavy + total, count + many
        pools.append((mean, total, count))
    return np.concatenate([np.full(count, mean) for mean, _, count in pools]) if pools else np.empty(0)


def _at_each(given: Numbers, decided: Numbers, weights: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Each distinct probability in order, the weighted share found one person there, and how many reviews that counts as."""
    at, place = np.unique(given, return_inverse=True)
    count, total = np.bincount(place).astype(np.float64), np.bincount(place, weights)
    window = np.ones(min(_NEIGHBOURS, len(at)))
    around = np.convolve(total, window, "same") / np.convolve(count, window, "same")
    return at, np.bincount(place, weights * decided) / total, total / around


def _rising(at: Numbers, to: Numbers) -> tuple[tuple[float, float], ...]:
    """Knots short enough to keep, each once."""
    knots: dict[float, float] = {}
    for one, other in zip(at.tolist(), to.tolist(), strict=True):
        knots[round(one, _DIGITS)] = round(min(max(other, _CLOSEST), 1 - _CLOSEST), _DIGITS)
    return tuple(knots.items())


def _log_odds(probability: Numbers) -> Numbers:
    return np.asarray(logit(np.clip(probability, _CLOSEST, 1 - _CLOSEST)), dtype=np.float64)
