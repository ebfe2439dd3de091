"""How many true links are missed between each two agencies, estimated from the people of whom it is known otherwise.

Where two records carry the same believable number, it is known that they are one person whatever their names say; and where a third record
is linked with both, it is known as well as that record's links are. The share of such pairs that names, birth dates and homes alone would
have linked is what the linkage finds among those without numbers.

Source: recall estimated from a linked subset with a trusted identifier, as in Blakely and Salmond, *Probabilistic record linkage and a
method to calculate the positive predictive value*, Int. J. Epidemiology 31 (2002), and Harron and others, *GUILD*, J. Public Health 40
(2018); docs/methods/linkage-uncertainty.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from sightline.definitions.linkage import LinkageModel

NUMBERS = ("nhs", "upn")
"""The comparisons of the model that are numbers given to one person only."""
# A share smaller than this is not believed: it would make missed links of a handful of records.
_LEAST_SHARE = 0.05
# How many pairs' worth the whole partnership's rate counts in the estimate for two agencies that share few numbers.
_POOLED_WEIGHT = 10.0
Agencies = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MissRate:
    """Pairs of two agencies (or duplicates inside one) known to be one person, and how many of them likeness alone would have linked.

    Of ``agreeing`` pairs the numbers agree; ``beside`` ones have no number in common, but a third record is linked with both.
    ``by_likeness`` counts the pairs linked without an agreeing number, the ones this rate says something about; ``indirect`` of them are
    not alike enough by themselves and are linked by way of other records only.
    """

    agencies: Agencies
    agreeing: int
    found: int
    by_likeness: int
    beside: int = 0
    beside_found: int = 0
    indirect: int = 0

    @property
    def missed_share(self) -> float | None:
        """Share of true pairs missed without numbers; None where no pair's numbers agree."""
        return 1 - self.found / self.agreeing if self.agreeing else None

    @property
    def by_numbers(self) -> MissRate:
        """What numbers alone tell, as if no third record and no way round were known: what estimates of recall were measured with."""
        return replace(self, beside=0, beside_found=0, indirect=0)

    def missed(self, share: np.ndarray) -> np.ndarray:
        """How many true pairs are not linked, if likeness finds this share of all pairs without an agreeing number.

        Those that it found are so many; of the rest some are linked all the same, by way of other records.
        """
        return np.asarray(np.maximum((self.by_likeness - self.indirect) / np.maximum(share, _LEAST_SHARE) - self.by_likeness, 0.0))


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
    kept = pairs.filter(pa.array(linked.astype(bool)))
    agrees, from_numbers = _by_numbers(kept, pattern_weights(model))
    free = pc.is_null(kept.column("forbidden")).to_numpy()
    alike = free & (kept.column("match_weight").to_numpy() - from_numbers >= math.log2(model.link_at / (1 - model.link_at)))
    names, left, right = _ends(kept)
    held = [agency_of[name] for name in names]
    agencies = sorted(set(held))
    place = {agency: number for number, agency in enumerate(agencies)}
    of = np.array([place[agency] for agency in held], dtype=np.int64)
    cell = np.minimum(of[left], of[right]) * len(agencies) + np.maximum(of[left], of[right])
    beside = ~agrees & _linked_by_a_third(left, right, alike | (agrees & free), len(names))
    kinds = (agrees, agrees & alike, ~agrees, beside, beside & alike, ~agrees & ~alike)
    counts = [np.bincount(cell, weights=kind, minlength=len(agencies) ** 2).astype(int).tolist() for kind in kinds]
    return [
        MissRate((agencies[each // len(agencies)], agencies[each % len(agencies)]), *(count[each] for count in counts))
        for each in np.unique(cell).tolist()
    ]


def _by_numbers(pairs: pa.Table, weights: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """For each pair whether a number agrees, and how much the numbers add to its weight."""
    patterns = pairs.column("pattern").combine_chunks().dictionary_encode()
    told = [_numbers_of(pattern, weights) for pattern in patterns.dictionary.to_pylist()]
    index = patterns.indices.to_numpy()
    agrees, bits = np.array([each for each, _ in told], dtype=bool), np.array([each for _, each in told], dtype=np.float64)
    return agrees[index], bits[index]


def _ends(pairs: pa.Table) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The identities of pairs, and both ends of each pair as places among them."""
    sides = [pairs.column(side).combine_chunks() for side in ("left", "right")]
    encoded = pa.concat_arrays(sides).dictionary_encode()
    places = encoded.indices.to_numpy().astype(np.int64)
    return encoded.dictionary.to_pylist(), places[: len(pairs)], places[len(pairs) :]


def _linked_by_a_third(left: np.ndarray, right: np.ndarray, joins: np.ndarray, count: int) -> np.ndarray:
    """For each pair whether some third identity is joined with both of its ends."""
    ends = np.concatenate([left[joins], right[joins]]), np.concatenate([right[joins], left[joins]])
    near = csr_array((np.ones(len(ends[0]), dtype=np.int32), ends), shape=(count, count))
    return np.asarray(near[left].multiply(near[right]).sum(axis=1)).ravel() > 0


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

    A Beta posterior: the pairs known to be one person by their numbers or by a third record, with the whole partnership's rate as a prior
    worth ten pairs. Without one such pair in the partnership nothing is known, and nothing is returned: unchecked is not the same as none
    missed.

    Returns:
        For each two agencies an array of ``size`` shares in (0, 1].
    """
    known = {rate.agencies: (rate.agreeing + rate.beside, rate.found + rate.beside_found) for rate in rates}
    agreeing, found = (sum(each) for each in zip(*known.values(), strict=True)) if known else (0, 0)
    if not agreeing:
        return {}
    pooled = (found + 0.5) / (agreeing + 1)
    return {
        agencies: rng.beta(hits + _POOLED_WEIGHT * pooled, of - hits + _POOLED_WEIGHT * (1 - pooled), size=size)
        for agencies, (of, hits) in known.items()
    }
