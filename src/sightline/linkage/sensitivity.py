"""What would become of people and links at other cuts: the linkage resolved again from the pairs that were kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sightline.linkage.resolve import LIKENESS, Edges, components, resolve

CUTS = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
"""Probabilities (the model's) from which pairs would be joined by likeness."""
# As in linking: more members than this are no person.
_LARGEST = 200


@dataclass(frozen=True, slots=True)
class AtCut:
    """A linkage at another cut: how many people and linked pairs there would be, and the share of those expected to be one person."""

    cut: float
    people: int
    links: int
    expected_precision: float | None


def at_other_cuts(identities: pa.Array, pairs: pa.Table, likely: NDArray[np.float64], *, cuts: Sequence[float] = CUTS) -> list[AtCut]:
    """Resolve the same pairs at other cuts; what numbers and stewards join or part stays so.

    A pair that was not weighed because it lay outside every group counts as unlikely, so that what a lower cut joins is told roughly.

    Args:
        identities: All identity ids, in order.
        pairs: PAIR_SCHEMA.
        likely: The calibrated probability that each pair is one person, as `sightline.linkage.quality.Judged` has it.
        cuts: Where to cut.
    """
    sides = {side: pc.add(pc.index_in(pairs.column(side), value_set=identities), 1) for side in ("left", "right")}
    rule = pairs.column("rule")
    probability = pairs.column("match_probability").to_numpy()
    by_likeness = pc.fill_null(pc.equal(rule, LIKENESS), fill_value=True)
    found = []
    for cut in cuts:
        joined = pc.if_else(pa.array(probability >= cut), LIKENESS, pa.scalar(None, pa.string()))
        scored = {"forbidden": pairs.column("forbidden"), "weight": pairs.column("match_weight")}
        edges = Edges.of(pa.table({**sides, "rule": pc.if_else(by_likeness, joined, rule), **scored}))
        groups = resolve(components(len(identities), edges, largest=_LARGEST), edges)
        inside = groups.labels[edges.left] == groups.labels[edges.right]
        mean = float(likely[inside].mean()) if inside.any() else None
        found.append(AtCut(cut, groups.count, int(inside.sum()), mean))
    return found
