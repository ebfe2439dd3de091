"""Groups of people keep still: resolving twice, and other people's records, change nothing."""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sightline.linkage.resolve import Edges, Groups, components, resolve
from sightline.linkage.score import SCORED

SIZE = 6
scored_pairs = st.dictionaries(
    st.sampled_from(list(combinations(range(1, SIZE + 1), 2))),
    st.tuples(
        st.floats(-20, 20).map(lambda weight: round(weight, 1)),
        st.sampled_from([None, "likeness", "NHS number and date of birth"]),
        st.sampled_from([None, None, None, "different numbers", "twin or sibling"]),
    ),
)


def edges(*towns):
    """The pairs of several towns, the identities of each after those of the one before."""
    rows = [
        {
            "left": left + town * SIZE,
            "right": right + town * SIZE,
            "weight": weight,
            "probability": 0.5,
            "rule": rule,
            "forbidden": forbidden,
        }
        for town, found in enumerate(towns)
        for (left, right), (weight, rule, forbidden) in sorted(found.items())
    ]
    return Edges.of(pa.Table.from_pylist([{**row, "pattern": ""} for row in rows], schema=SCORED))


def labels_of(identities, found):
    return resolve(components(identities, found, largest=50), found).labels.tolist()


@given(found=scored_pairs)
def test_resolving_what_is_resolved_changes_nothing(found):
    pairs = edges(found)
    once = resolve(components(SIZE, pairs, largest=50), pairs)

    again = resolve(Groups(once.labels), pairs)

    assert again.labels.tolist() == once.labels.tolist()
    assert again.parted == 0


@given(found=scored_pairs, others=scored_pairs)
def test_the_records_of_others_change_nobodys_group(found, others):
    alone, also_alone = labels_of(SIZE, edges(found)), labels_of(SIZE, edges(others))

    together = labels_of(2 * SIZE, edges(found, others))

    assert together[:SIZE] == alone
    assert together[SIZE:] == [label + max(alone) + 1 for label in also_alone]


@given(found=scored_pairs, largest=st.integers(2, SIZE))
def test_no_group_is_larger_than_the_largest_allowed(found, largest):
    pairs = edges(found)
    cut = components(SIZE, pairs, largest=largest)
    connected = components(SIZE, pairs, largest=SIZE)

    sizes = [cut.labels.tolist().count(label) for label in cut.labels]
    assert max(sizes) <= largest
    assert (cut.too_large > 0) == any(connected.labels.tolist().count(label) > largest for label in connected.labels)
