"""The tables a linkage hands on: who belongs to which person by what evidence, and the pairs that were weighed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.linkage.resolve import LIKENESS, Edges
from sightline.model.entities import LINK_SCHEMA, PAIR_SCHEMA

ALONE = "alone"
"""The method of an identity that nothing links to another."""


def make_links(identity_ids: pa.Array, person_ids: pa.Array, labels: np.ndarray, scored: pa.Table) -> pa.Table:
    """LINK_SCHEMA, one row per identity in the order given.

    Args:
        identity_ids: All identities, in order.
        person_ids: The person of each.
        labels: The group of each.
        scored: The scored pairs (SCORED, ordered by left and right).
    """
    best = _strongest(labels, scored)
    rows = pa.array(best, mask=best < 0)
    weight, probability, rule = (pc.take(scored.column(name), rows) for name in ("weight", "probability", "rule"))
    return pa.table([identity_ids, person_ids, weight, probability, pc.fill_null(rule, ALONE)], schema=LINK_SCHEMA)


def _strongest(labels: np.ndarray, scored: pa.Table) -> np.ndarray:
    """For each identity the row of the strongest pair that joins it to somebody of its own group, -1 for none.

    Rules of numbers come before likeness, then the weight decides, then the first identities.
    """
    edges = Edges.of(scored)
    rows = np.flatnonzero(edges.joins & (labels[edges.left] == labels[edges.right]))
    is_likeness = pc.equal(scored.column("rule"), LIKENESS).to_numpy(zero_copy_only=False)[rows].astype(bool)
    # the pairs are in the order of their identities already, and the sort is stable
    rows = rows[np.lexsort((-scored.column("weight").to_numpy()[rows], is_likeness))]
    best = np.full(len(labels), -1, dtype=np.int64)
    # written from the weakest on, so that the strongest stands in the end
    weakest_first = rows[::-1]
    best[np.stack([edges.left[weakest_first], edges.right[weakest_first]], axis=1).ravel()] = np.repeat(weakest_first, 2)
    return best


def make_pairs(identity_ids: pa.Array, scored: pa.Table) -> pa.Table:
    """PAIR_SCHEMA; identities are counted in the order of their ids, so left stays before right."""
    sides = [pc.take(identity_ids, pc.subtract(scored.column(side), 1)) for side in ("left", "right")]
    columns = [scored.column(name) for name in ("weight", "probability", "rule", "forbidden", "pattern")]
    return pa.table([*sides, *columns], names=PAIR_SCHEMA.names).cast(PAIR_SCHEMA)


def counted(values: pa.ChunkedArray) -> dict[str, int]:
    """How often each value stands, in the order of the values; what is empty is not counted."""
    found = {row["values"]: row["counts"] for row in pc.value_counts(values.drop_null()).to_pylist()}
    return dict(sorted(found.items()))
