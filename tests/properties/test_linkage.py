"""What holds of any records at all."""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sightline.definitions.linkage import name_words
from sightline.linkage.names import family_parts, fold, given_parts
from sightline.linkage.numbers import nhs_number, postcode, unique_pupil_number
from sightline.linkage.resolve import Edges, components, resolve
from sightline.linkage.score import SCORED

WORDS = name_words()


@given(text=st.text(max_size=40))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(text=st.text(max_size=40))
def test_any_text_can_stand_in_any_column(text):
    for parts in (given_parts(text, WORDS), family_parts(text, WORDS)):
        assert all(part and part.isalnum() for part in parts)
    assert nhs_number(text) is None or nhs_number(text).isdigit()
    assert unique_pupil_number(text) is None or len(unique_pupil_number(text)) == 13
    assert postcode(text) is None or " " not in postcode(text)


@given(digits=st.from_regex(r"[1-9][0-9]{8}", fullmatch=True), place=st.integers(0, 9), other=st.integers(1, 9))
def test_one_wrong_digit_never_makes_another_believable_nhs_number(digits, place, other):
    believable = [found for check in "0123456789" if (found := nhs_number(digits + check))]
    assert len(believable) <= 1
    for number in believable:
        wrong = number[:place] + str((int(number[place]) + other) % 10) + number[place + 1 :]
        assert nhs_number(wrong) is None


PAIRS = list(combinations(range(1, 7), 2))
scored_pairs = st.dictionaries(
    st.sampled_from(PAIRS),
    st.tuples(
        st.floats(-20, 20).map(lambda weight: round(weight, 1)),
        st.sampled_from([None, "likeness", "NHS number and date of birth"]),
        st.sampled_from([None, None, None, "different numbers", "twin or sibling"]),
    ),
)


def people_of(found, order=None):
    """The groups of six identities, as sets, and whether each pair is together."""
    rows = [
        {
            "left": pair[0],
            "right": pair[1],
            "weight": found[pair][0],
            "probability": 0.5,
            "rule": found[pair][1],
            "forbidden": found[pair][2],
        }
        for pair in order or sorted(found)
    ]
    edges = Edges.of(pa.Table.from_pylist([{**row, "pattern": ""} for row in rows], schema=SCORED))
    connected = components(6, edges, largest=200)
    labels = resolve(connected, edges).labels.tolist()
    return connected.labels.tolist(), labels


@given(found=scored_pairs)
def test_parts_are_of_connected_people_without_anything_forbidden(found):
    connected, labels = people_of(found)

    for left, right in PAIRS:
        if labels[left - 1] == labels[right - 1]:
            assert connected[left - 1] == connected[right - 1]
            assert found.get((left, right), (0, None, None))[2] != "different numbers"


@given(found=scored_pairs, rows=st.randoms(use_true_random=False))
def test_no_order_of_pairs_changes_the_parts(found, rows):
    order = sorted(found)
    rows.shuffle(order)

    assert people_of(found, order) == people_of(found)
