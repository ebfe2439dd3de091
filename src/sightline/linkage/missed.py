"""How many true links are missed between each two agencies, estimated from the people whose numbers tell.

Where two records carry the same believable number, it is known that they are one person whatever their names say. The share of such pairs
that names, birth dates and homes alone would have linked is what the linkage finds among those without numbers.

Source: recall estimated from a linked subset with a trusted identifier, as in Blakely and Salmond, *Probabilistic record linkage and a
method to calculate the positive predictive value*, Int. J. Epidemiology 31 (2002), and Harron and others, *GUILD*, J. Public Health 40
(2018); docs/methods/linkage-uncertainty.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sightline.definitions.linkage import LinkageModel

NUMBERS = ("nhs", "upn")
"""The comparisons of the model that are numbers given to one person only."""
# How many pairs' worth the whole partnership's rate counts in the estimate for two agencies that share few numbers.
_POOLED_WEIGHT = 10.0
Agencies = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MissRate:
    """Pairs of two agencies (or duplicates inside one) whose numbers agree, and how many of them likeness alone would have linked.

    ``by_likeness`` counts the pairs linked without an agreeing number: the ones this rate says something about.
    """

    agencies: Agencies
    agreeing: int
    found: int
    by_likeness: int

    @property
    def missed_share(self) -> float | None:
        """Share of true pairs missed without numbers; None where no pair's numbers agree."""
        return 1 - self.found / self.agreeing if self.agreeing else None


def miss_rates(pairs: pa.Table, linked: np.ndarray, agency_of: Mapping[str, str], model: LinkageModel) -> list[MissRate]:
    """Estimate, for each two agencies that have any pair, what linkage misses where no number helps.

    Args:
        pairs: PAIR_SCHEMA.
        linked: For each pair, whether both belong to one person.
        agency_of: The agency of each identity.
        model: The model that weighed the pairs: its weights for numbers are taken out again.

    Returns:
        One rate for each two agencies, in order of their ids.
    """
    weights = pattern_weights(model)
    columns = (pairs.column(name).to_pylist() for name in ("left", "right", "match_weight", "forbidden", "pattern"))
    cut = math.log2(model.link_at / (1 - model.link_at))
    agreeing: dict[Agencies, int] = defaultdict(int)
    found: dict[Agencies, int] = defaultdict(int)
    likeness: dict[Agencies, int] = defaultdict(int)
    parts: dict[str, tuple[bool, float]] = {}
    for left, right, weight, forbidden, pattern, is_linked in zip(*columns, linked.tolist(), strict=True):
        if pattern not in parts:
            parts[pattern] = _numbers_of(pattern, weights)
        agrees, from_numbers = parts[pattern]
        one, other = sorted((agency_of[left], agency_of[right]))
        if agrees and is_linked:
            agreeing[one, other] += 1
            found[one, other] += forbidden is None and weight - from_numbers >= cut
        elif is_linked:
            likeness[one, other] += 1
    both = sorted(agreeing.keys() | likeness.keys())
    return [MissRate(each, agreeing[each], found[each], likeness[each]) for each in both]


def pattern_weights(model: LinkageModel) -> dict[str, float]:
    """The weight (log2 of m over u) of each number's level, by its words in a pattern."""
    return {
        f"{comparison.id}:{level.label}": math.log2(level.same_person / level.two_people)
        for comparison in model.comparisons
        if comparison.id in NUMBERS
        for level in comparison.levels
        if level.same_person is not None and level.two_people is not None
    }


def _numbers_of(pattern: str, weights: Mapping[str, float]) -> tuple[bool, float]:
    """Whether a number agrees in a pattern, and how much the numbers add to its weight."""
    spoken = [part for part in pattern.split("|") if part in weights]
    return any(part.endswith(":same") for part in spoken), sum(weights[part] for part in spoken)


def draw_shares(rates: list[MissRate], rng: np.random.Generator, size: int) -> dict[Agencies, np.ndarray]:
    """Draw, for each two agencies, plausible shares of true pairs that likeness finds.

    A Beta posterior: the pairs whose numbers agree, with the whole partnership's rate as a prior worth ten pairs. Without one agreeing
    number in the partnership nothing is known, and nothing is returned: unchecked is not the same as none missed.

    Returns:
        For each two agencies an array of ``size`` shares in (0, 1].
    """
    agreeing, found = sum(rate.agreeing for rate in rates), sum(rate.found for rate in rates)
    if not agreeing:
        return {}
    pooled = (found + 0.5) / (agreeing + 1)
    return {
        rate.agencies: rng.beta(rate.found + _POOLED_WEIGHT * pooled, rate.agreeing - rate.found + _POOLED_WEIGHT * (1 - pooled), size=size)
        for rate in rates
    }
