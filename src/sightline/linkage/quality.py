"""How right the links are: estimated precision and recall with intervals, for all pairs and for groups of people.

Where people have reviewed pairs, they are estimated from the reviews by stratum; elsewhere from the calibrated probabilities, and from what
people with believable numbers tell of missed links (`sightline.linkage.missed`).

Source: stratified estimation, Cochran, *Sampling Techniques* (1977), chapter 5; interval of Wilson for the effective sample size, Korn and
Graubard, *Confidence intervals for proportions with small expected number of positive counts estimated from survey data*, Survey
Methodology 24 (1998), as compared by Dean and Pagano, Journal of Survey Statistics and Methodology 3 (2015);
docs/methods/linkage-quality.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.definitions.linkage import LinkageModel
from sightline.linkage.missed import MissRate, draw_shares, miss_rates
from sightline.stats.intervals import wilson_interval

Basis = Literal[
    "reviews",
    "calibrated probabilities",
    "the model's own probabilities",
    "pairs whose numbers agree",
]
Numbers = NDArray[np.float64]

FEWEST_REVIEWED = 30
"""Reviewed pairs of a kind (linked, or not) below which reviews say less than the probabilities."""
_DRAWS = 2_000
# Likelier than this a pair needs nothing to bear it out.
_SURE = 0.999


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share between 0 and 1, its 95% interval, and what it is estimated from."""

    value: float
    lower: float
    upper: float
    basis: Basis


@dataclass(frozen=True)
class Reviewed:
    """Pairs that reviewers decided on, forbidden ones too; ``weight`` is how many pairs of its stratum each stands for."""

    linked: NDArray[np.bool_]
    same: NDArray[np.bool_]
    weight: Numbers
    stratum: NDArray[np.int64]


@dataclass(frozen=True)
class Judged:
    """The pairs of a linkage: whether both are one person as linked, and how likely it is that they are (0 for what is forbidden)."""

    left: tuple[str, ...]
    linked: NDArray[np.bool_]
    probability: Numbers
    basis: Basis

    @classmethod
    def of(cls, pairs: pa.Table, linked: NDArray[np.bool_], probability: Numbers, *, basis: Basis) -> Judged:
        """Take in what is forbidden, and what a third record of the same person bears out.

        Two bare records of one person have little in common but a third that knows both: the pair is as likely as both its links to that
        third. Without it every such pair would count as a likely mistake.

        Args:
            pairs: PAIR_SCHEMA.
            linked: For each pair, whether both belong to one person.
            probability: Calibrated, or the model's own where there is no calibration.
            basis: Which of the two.
        """
        forbidden = pairs.column("forbidden").is_valid().to_numpy().astype(bool)
        sides = (pairs.column("left").to_pylist(), pairs.column("right").to_pylist())
        likely = _borne_out(*sides, linked, np.where(forbidden, 0.0, probability))
        return cls(tuple(sides[0]), linked, likely, basis)


def _borne_out(left: Sequence[str], right: Sequence[str], linked: NDArray[np.bool_], probability: Numbers) -> Numbers:
    """The probability of every pair, of linked ones at least that of the best way through one other record of the person."""
    near: dict[str, dict[str, float]] = {}
    for place in np.flatnonzero(linked).tolist():
        near.setdefault(left[place], {})[right[place]] = near.setdefault(right[place], {})[left[place]] = float(probability[place])
    likely = probability.copy()
    for place in np.flatnonzero(linked & (probability < _SURE)).tolist():
        one, other = near[left[place]], near[right[place]]
        likely[place] = max([likely[place], *(one[third] * other[third] for third in one.keys() & other.keys())])
    return likely


def precision(judged: Judged, reviewed: Reviewed | None = None) -> Estimate | None:
    """Of the pairs that are linked, the share that are one person; None where no pair is linked.

    Without enough reviews the interval is that of chance alone: it cannot know how far the probabilities themselves are wrong.
    """
    if reviewed is not None and int(reviewed.linked.sum()) >= FEWEST_REVIEWED:
        value, size = stratified_share(reviewed, reviewed.linked)
        return _estimate(value, size, "reviews")
    pairs = int(judged.linked.sum())
    return _estimate(float(judged.probability[judged.linked].mean()), pairs, judged.basis) if pairs else None


def recall(judged: Judged, rates: Sequence[MissRate], *, rng: np.random.Generator, reviewed: Reviewed | None = None) -> Estimate | None:
    """Of the pairs that are one person, the share that is linked; None where nothing tells of pairs that were never weighed.

    What is missed is what people with believable numbers say is missed by likeness, and no less than what
    reviewers found among the pairs that were weighed and not linked. Probabilities of those pairs are not asked: what keeps such a pair
    apart is mostly another one.

    Args:
        judged: The pairs.
        rates: What is missed where no number helps.
        rng: Draws; the interval is from 2.5% to 97.5% of the draws.
        reviewed: What reviewers decided; used where enough pairs of both kinds were reviewed.
    """
    told = [rate.by_numbers for rate in rates]
    shares = draw_shares(told, rng, _DRAWS)
    pairs = int(judged.linked.sum())
    if not shares or not pairs:
        return None
    # the rates tell how many pairs are missed in the mean; how many are in this linkage is chance besides
    by_rates = rng.poisson(np.sum([rate.missed(shares[rate.agencies]) for rate in told], axis=0))
    enough = reviewed is not None and min(int(reviewed.linked.sum()), int((~reviewed.linked).sum())) >= FEWEST_REVIEWED
    if reviewed is not None and enough:
        found = pairs * _beta(*stratified_share(reviewed, reviewed.linked), rng)
        apart = int((~judged.linked).sum()) * _beta(*stratified_share(reviewed, ~reviewed.linked), rng)
    else:
        found = pairs * _beta(float(judged.probability[judged.linked].mean()), pairs, rng)
        apart = np.zeros(_DRAWS)
    # the larger of two draws would lie above both estimates
    missed = apart if apart.mean() > by_rates.mean() else by_rates
    draws = found / np.maximum(found + missed, 1e-9)
    lower, upper = np.quantile(draws, (0.025, 0.975)).tolist()
    return Estimate(float(draws.mean()), lower, upper, "reviews" if enough else judged.basis)


def stratified_share(reviewed: Reviewed, chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """The share of chosen pairs that are one person, and of how many pairs drawn at random that would be as sure.

    Each stratum's share counts by the pairs it stands for; its variance carries the correction for a finite stratum, so that one reviewed
    whole adds none. Where no variance can be seen (every pair alike), the sample counts by Kish's effective size instead; never does it
    count for more than the pairs reviewed.
    """
    same, weight = reviewed.same[chosen].astype(np.float64), reviewed.weight[chosen]
    _, stratum = np.unique(reviewed.stratum[chosen], return_inverse=True)
    number, held = np.bincount(stratum).astype(np.float64), np.bincount(stratum, weight)
    share = np.bincount(stratum, same) / number
    value = float((held * share).sum() / held.sum())
    overall = value * (1 - value)
    # a stratum with one pair shows no spread of its own: that of all pairs stands in
    spread = np.where(number > 1, share * (1 - share) * number / np.maximum(number - 1, 1), overall)
    left_out = np.maximum(1 - number / np.maximum(held, number), 0.0)
    variance = float((held**2 * left_out * spread / number).sum() / held.sum() ** 2)
    kish = float(weight.sum() ** 2 / (weight**2).sum())
    return value, min(float(len(same)), overall / variance if variance > 0 and overall > 0 else kish)


def _estimate(value: float, size: float, basis: Basis) -> Estimate:
    interval = wilson_interval(min(value, 1.0) * size, size)
    return Estimate(value, interval.lower, interval.upper, basis)


def _beta(value: float, size: float, rng: np.random.Generator) -> Numbers:
    return rng.beta(value * size + 0.5, (1 - value) * size + 0.5, size=_DRAWS)


@dataclass(frozen=True, slots=True)
class GroupQuality:
    """One group of people: how many, how many of them are linked (known to two agencies or more), and how right their links are.

    Estimates are None where the group has no linked pair, or nothing tells of what is missed.
    """

    breakdown: str
    group: str
    people: int
    linked: int
    pairs: int
    precision: Estimate | None
    recall: Estimate | None


def quality_by_group(
    breakdown: str,
    group_of: Mapping[str, Sequence[str]],
    judged: Judged,
    *,
    pairs: pa.Table,
    links: pa.Table,
    agency_of: Mapping[str, str],
    model: LinkageModel,
    rng: np.random.Generator,
) -> list[GroupQuality]:
    """Quality for each group of one breakdown, in the order of the groups' names.

    Args:
        breakdown: Its name.
        group_of: The groups of each person id: one, or (for agencies) several.
        judged: The pairs.
        pairs: The same pairs, PAIR_SCHEMA.
        links: LINK_SCHEMA.
        agency_of: The agency of each identity.
        model: The model that weighed the pairs.
        rng: Draws for the intervals of recall.
    """
    person_of = dict(zip(*(links.column(name).to_pylist() for name in ("identity_id", "person_id")), strict=True))
    known_to: dict[str, set[str]] = {}
    for identity, person in person_of.items():
        known_to.setdefault(person, set()).add(agency_of[identity])
    members = [group_of[person_of[identity]] for identity in judged.left]
    others = [group_of[person_of[identity]] for identity in pairs.column("right").to_pylist()]
    found = []
    for group in sorted({each for groups in group_of.values() for each in groups}):
        inside = np.array([group in one or group in other for one, other in zip(members, others, strict=True)], dtype=bool)
        people = [person for person, groups in group_of.items() if group in groups]
        rates = miss_rates(pairs.filter(pa.array(inside)), judged.linked[inside], _Everybody(), model)
        part = Judged(tuple(np.array(judged.left, dtype=object)[inside]), judged.linked[inside], judged.probability[inside], judged.basis)
        found.append(
            GroupQuality(
                breakdown=breakdown,
                group=group,
                people=len(people),
                linked=sum(len(known_to[person]) > 1 for person in people),
                pairs=int(part.linked.sum()),
                precision=precision(part),
                recall=recall(part, rates, rng=rng),
            )
        )
    return found


class _Everybody(dict[str, str]):
    """One agency for everybody: a group's links are judged together."""

    def __missing__(self, identity: str) -> str:
        return ""
