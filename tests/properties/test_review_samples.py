"""Which pairs are drawn for review: whatever there is to draw from, those drawn stand for all of it."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sightline.linkage.overrides import STEWARD
from sightline.linkage.sample import MATTER_MOST, Weighed, draw_sample, matters_most
from sightline.model.entities import LINK_SCHEMA, PAIR_SCHEMA

CUT = 0.9


def weighed_of(pairs, *, people=None, agency_of=None):
    """Pairs given as (left, right, probability, rule, forbidden) of identities of one letter; agencies by letter in turn."""
    letters = sorted({letter for pair in pairs for letter in pair[:2]})
    agency_of = agency_of or {letter: "abc"[ord(letter) % 3] for letter in letters}
    people = people or {letter: letter for letter in letters}
    rows = [
        {
            "left": left,
            "right": right,
            "match_probability": probability,
            "match_weight": math.log2(probability / (1 - probability)),
            "rule": rule,
            "forbidden": forbidden,
            "pattern": "given:same",
        }
        for left, right, probability, rule, forbidden in pairs
    ]
    links = [{"identity_id": letter, "person_id": people[letter]} for letter in letters]
    return Weighed.of(pa.Table.from_pylist(rows, schema=PAIR_SCHEMA), pa.Table.from_pylist(links, schema=LINK_SCHEMA), {**agency_of})


@st.composite
def pair_lists(draw):
    letters = [chr(ord("A") + number) for number in range(40)]
    ends = draw(st.lists(st.tuples(st.sampled_from(letters), st.sampled_from(letters)), min_size=1, max_size=80, unique=True))
    pairs = []
    for one, other in ends:
        if one < other:
            probability = draw(st.floats(0.01, 0.9999))
            rule = "likeness" if probability >= CUT else draw(st.sampled_from([None, "NHS number and names"]))
            pairs.append((one, other, probability, rule, draw(st.sampled_from([None, None, "twin or sibling"]))))
    return pairs or [("A", "B", 0.5, None, None)]


@given(pairs=pair_lists(), size=st.integers(1, 60), most=st.integers(0, 20), seed=st.integers(0, 99))
def test_pairs_drawn_stand_for_every_pair_there_is(pairs, size, most, seed):
    sample = draw_sample(weighed_of(pairs), cut=CUT, size=size, matter_most=most, rng=np.random.default_rng(seed))

    assert sample.weight.sum() == math.fsum(sample.weight)
    assert math.isclose(sample.weight.sum(), len(pairs))
    assert len(set(sample.rows.tolist())) == len(sample.rows)
    drawn = Counter(sample.strata)
    assert all(
        math.isclose(weight * drawn[name], population)
        for name, weight, population in zip(sample.strata, sample.weight, sample.population, strict=True)
    )


@given(pairs=pair_lists(), size=st.integers(1, 60), most=st.integers(0, 20))
def test_the_same_generator_draws_the_same_pairs(pairs, size, most):
    one, other = (draw_sample(weighed_of(pairs), cut=CUT, size=size, matter_most=most, rng=np.random.default_rng(7)) for _ in range(2))

    assert one.rows.tolist() == other.rows.tolist()
    assert one.strata == other.strata


@given(pairs=pair_lists(), most=st.integers(0, 20))
def test_pairs_that_matter_most_are_all_taken_and_stand_for_themselves(pairs, most):
    weighed = weighed_of(pairs)
    wanted = matters_most(weighed, cut=CUT, most=most)

    sample = draw_sample(weighed, cut=CUT, size=10, matter_most=most, rng=np.random.default_rng(3))

    assert sorted(sample.rows[sample.matters].tolist()) == weighed.rows[wanted].tolist()
    assert set(sample.weight[sample.matters].tolist()) <= {1.0}
    assert [name == MATTER_MOST for name in sample.strata] == sample.matters.tolist()


def test_an_estimate_from_the_sample_is_right_on_average():
    pairs = [(f"A{number}", f"B{number}", 0.02 + 0.97 * number / 400, None, None) for number in range(400)]
    weighed = weighed_of(pairs, agency_of={name: name[0] for pair in pairs for name in pair[:2]})
    truth = weighed.probability > 0.4
    estimates = []
    for seed in range(300):
        sample = draw_sample(weighed, cut=CUT, size=30, matter_most=10, rng=np.random.default_rng(seed))
        estimates.append((sample.weight * truth[sample.rows]).sum())

    spread = np.std(estimates) / math.sqrt(len(estimates))
    assert abs(np.mean(estimates) - truth.sum()) < 4 * spread


def test_what_a_steward_decided_is_not_asked_again():
    pairs = [("A", "B", 0.5, None, None), ("A", "C", 0.6, STEWARD, None), ("B", "C", 0.7, None, STEWARD)]

    sample = draw_sample(weighed_of(pairs), cut=CUT, size=10, matter_most=0, rng=np.random.default_rng(1))

    assert (sample.of, sample.rows.tolist()) == (1, [0])


def test_a_pair_that_alone_holds_a_person_together_matters_more_than_one_of_three():
    """A-B is all that joins them; C-D is one side of a triangle. The other one taken (G-H) lies nearest the cut."""
    sides = [("C", "D", 0.91, "likeness", None), ("C", "E", 0.99, "likeness", None), ("D", "E", 0.99, "likeness", None)]
    nearest = [("G", "H", CUT, "likeness", None), ("G", "I", 0.99, "likeness", None), ("H", "I", 0.99, "likeness", None)]
    people = {"A": "1", "B": "1", "C": "2", "D": "2", "E": "2", "G": "3", "H": "3", "I": "3"}
    weighed = weighed_of([*sides, *nearest, ("A", "B", 0.91, "likeness", None)], people=people)

    assert matters_most(weighed, cut=CUT, most=2).tolist() == [3, 6]


def test_a_pair_that_would_show_a_child_to_two_agencies_matters_more_than_one_within_an_agency():
    """The other one taken (E-F) lies nearest the cut."""
    pairs = [("A", "B", 0.6, None, None), ("C", "D", 0.6, None, None), ("E", "F", 0.65, None, None)]
    weighed = weighed_of(pairs, agency_of={**dict.fromkeys("ABCEF", "csc"), "D": "police"})

    assert matters_most(weighed, cut=CUT, most=2).tolist() == [1, 2]


def test_no_stratum_lies_on_both_sides_of_the_cut():
    pairs = [(f"A{number}", f"B{number}", 0.5 + number / 300, None, None) for number in range(100)]
    weighed = weighed_of(pairs, agency_of={name: name[0] for pair in pairs for name in pair[:2]})

    sample = draw_sample(weighed, cut=0.66, size=60, matter_most=0, rng=np.random.default_rng(1))

    below = weighed.probability[sample.rows] < 0.66
    sides = {(name, bool(side)) for name, side in zip(sample.strata, below, strict=True)}
    assert len(sides) == len(set(sample.strata))
    assert len({side for _, side in sides}) == 2
