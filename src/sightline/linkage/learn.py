"""Learn from the records themselves how careless they are, where nobody in them has a family to be confused with.

The shipped model presumes how often one person's records differ. Some lists are kept far more carelessly than that. Where two records that
are alike in one thing are no likelier to be alike in another unless they are one person's, expectation and maximisation find how careless:
of each pair the model says how probably it is one person, and among the pairs weighed so each degree of likeness is as frequent as it is
among one person's records. Families break that condition (twins share a birth date, a name and a home), and what is learnt from them is
that twins are one child. So nothing is learnt where the agencies' own registers show twins, namesakes or shared homes
(`sightline.linkage.score.look_alikes`); there the shipped model holds as it is.

Source: Dempster, Laird and Rubin (1977); Winkler, *Using the EM algorithm for weight computation in the Fellegi-Sunter model* (1988);
docs/methods/linkage.md, "Learnt from the records".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sightline.definitions.linkage import Comparison, LinkageModel

# What the model says of one person's records counts as much as a thousand pairs: some hundreds of matches hardly move it.
_PRIOR = 1_000.0
_ROUNDS = 15
# Half bits and no less, so that a quarter's few more records seldom move a weight; and no level beyond sixteen times what the model says.
_STEPS_A_BIT, _FURTHEST = 2.0, 4.0
# Numbers decide by rules of their own.
_NOT_LEARNT = frozenset({"nhs", "upn", "composite"})
# What nobody was seen to share is still not a thousand times rarer than the model says.
_RAREST = 10.0

Array = NDArray[Any]


@dataclass(frozen=True)
class Learnt:
    """How many bits more (or fewer) each degree of likeness says than the shipped model, comparison by comparison."""

    bits: dict[str, dict[str, float]]

    def __bool__(self) -> bool:
        return any(self.bits.values())

    def of(self, pattern: str) -> float:
        """What a pattern (`comparison:level|…`) weighs more than the shipped model says.

        >>> Learnt({"born": {"different": 3.0}, "sex": {"different": 1.0}}).of("born:different|sex:same")
        3.0
        """
        levels = (part.split(":", 1) for part in pattern.split("|"))
        return sum(self.bits.get(comparison, {}).get(label, 0.0) for comparison, label in levels)


def learn(judged: pa.Table, model: LinkageModel, *, shift: float, pairs: float, alike: dict[str, tuple[int, float]]) -> Learnt:
    """Learn what each degree of likeness says in these records.

    Args:
        judged: ``weight``, ``pattern``, ``by_number`` (joined by a rule of numbers) and ``forbidden`` of every pair compared that could be
            one person.
        model: The model that weighed them.
        shift: Bits that every weight is raised by, since there are more matches than the model presumes.
        pairs: How many pairs there are of identities with an address, compared or not.
        alike: How many pairs have each likeness of addresses that only pairs compared can have, and how many bits more than the model
            says it already counts.
    """
    free = judged.filter(pc.is_null(judged.column("forbidden")))
    said = free.column("pattern").combine_chunks().dictionary_encode()
    patterns, which = said.dictionary.to_pylist(), said.indices.to_numpy()
    if not patterns:
        return Learnt({})
    parts = [dict(part.split(":", 1) for part in pattern.split("|")) for pattern in patterns]
    level_of = {
        comparison.id: np.array([_place(comparison, part[comparison.id]) for part in parts])
        for comparison in model.comparisons
        if comparison.id not in _NOT_LEARNT
    }
    # pairs of one pattern differ in weight only by how rare their values are: rounded, a few thousand kinds of pairs stand for all
    weights = np.round(free.column("weight").to_numpy() * 10) / 10 + shift
    by_number = free.column("by_number").to_numpy(zero_copy_only=False)
    kinds, counts = np.unique(np.column_stack([which, weights, by_number]), axis=0, return_counts=True)
    pattern, weight, sure = kinds[:, 0].astype(np.int64), kinds[:, 1], kinds[:, 2] > 0
    learnt: dict[str, Array] = {comparison: np.zeros(1) for comparison in level_of}
    more = np.zeros(len(patterns))
    for _ in range(_ROUNDS):
        probable = np.where(sure, 1.0, 1 / (1 + np.exp2(-np.clip(weight + more[pattern], -60, 60))))
        one = np.bincount(pattern, probable * counts, minlength=len(patterns))
        for comparison in model.comparisons:
            if comparison.id in level_of:
                learnt[comparison.id] = _bits(comparison, level_of[comparison.id], one, pairs=pairs, alike=alike)
        more = sum((learnt[name][places] for name, places in level_of.items()), start=np.zeros(len(patterns)))
    return Learnt({name: _in_steps(model, name, bits) for name, bits in learnt.items()})


def _place(comparison: Comparison, label: str) -> int:
    """Which of the spoken levels a label is; the number of them for one that says nothing."""
    spoken = [level.label for level in comparison.levels if not level.is_silent]
    return spoken.index(label) if label in spoken else len(spoken)


def _bits(comparison: Comparison, places: Array, one: Array, *, pairs: float, alike: dict[str, tuple[int, float]]) -> Array:
    """What each spoken level says more than the model; a last 0 for what says nothing."""
    spoken = [level for level in comparison.levels if not level.is_silent]
    presumed = np.array([level.same_person or 0.0 for level in spoken])
    presumed = presumed / presumed.sum()
    met = np.bincount(places, one, minlength=len(spoken) + 1)[:-1]
    if met.sum() < 1:
        return np.zeros(len(spoken) + 1)
    found = (met + _PRIOR * presumed) / (met.sum() + _PRIOR)
    bits = np.clip(np.log2(found / presumed), -_FURTHEST, _FURTHEST)
    for place, level in enumerate(spoken):
        if comparison.id == "home" and level.label in alike:
            compared, already = alike[level.label]
            presumed_pairs = max((level.two_people or 1.0) * pairs, 1.0)
            rarity = float(np.log2(presumed_pairs / (max(compared - met[place], 0.0) + 1)))
            bits[place] += max(0.0, min(rarity, _RAREST) - already)
    return np.append(bits, 0.0)


def _in_steps(model: LinkageModel, name: str, bits: Array) -> dict[str, float]:
    comparison = next(each for each in model.comparisons if each.id == name)
    spoken = [level.label for level in comparison.levels if not level.is_silent]
    steps = np.round(bits * _STEPS_A_BIT) / _STEPS_A_BIT
    return {label: float(step) for label, step, bit in zip(spoken, steps, bits, strict=False) if abs(bit) >= 1 / _STEPS_A_BIT}
