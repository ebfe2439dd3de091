"""Words for differences: three, neutral, and not too many of them where many areas stand beside one another."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.stats.comparisons import Difference, compare_areas, differences, poisson_p_values, rate_ratio_p_values, words_for
from sightline.stats.intervals import exact_poisson_intervals, rate_ratio_interval, rate_ratio_intervals
from sightline.stats.multiple import benjamini_hochberg

p_values = st.lists(st.floats(0, 1), max_size=40)


def in_plain_words(p: list[float], rate: float) -> list[bool]:
    """The largest rank whose p-value is small enough, and everything up to it."""
    ordered = sorted(p)
    passed = [value for rank, value in enumerate(ordered, 1) if value * len(p) / rank <= rate]
    return [bool(passed) and value <= max(passed) for value in p]


@given(p=p_values, rate=st.sampled_from([0.01, 0.05, 0.2]))
def test_what_is_found_is_what_the_rule_says_in_plain_words(p: list[float], rate: float) -> None:
    assert benjamini_hochberg(p, false_discovery_rate=rate).found.tolist() == in_plain_words(p, rate)


@given(p=p_values, seed=st.integers(0, 9))
def test_order_does_not_matter_and_adjusting_never_makes_surer(p: list[float], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(p))

    found, again = benjamini_hochberg(p), benjamini_hochberg(np.array(p, float)[order])

    assert again.adjusted == pytest.approx(found.adjusted[order])
    assert (found.adjusted >= np.array(p, float) - 1e-12).all()
    assert (found.adjusted <= 1).all()
    ranked = found.adjusted[np.argsort(p)]
    assert (np.diff(ranked) >= 0).all()


def test_what_could_not_be_compared_is_no_comparison() -> None:
    without, beside = benjamini_hochberg([0.01, 0.04]), benjamini_hochberg([math.nan, 0.01, math.nan, 0.04])

    assert beside.adjusted[[1, 3]].tolist() == without.adjusted.tolist()
    assert beside.found.tolist() == [False, True, False, True]
    assert np.isnan(beside.adjusted[[0, 2]]).all()


def test_of_many_areas_where_nothing_differs_hardly_any_is_said_to() -> None:
    rng = np.random.default_rng(1)
    said = [compare_areas(rng.poisson(30, 60), np.full(60, 30.0)) for _ in range(200)]

    assert all(each.corrected for each in said)
    with_any = np.mean([(each.words != Difference.NO_CLEAR_DIFFERENCE).any() for each in said])
    assert with_any <= 0.05
    uncorrected = np.mean([(each.p_values < 0.05).any() for each in said])
    assert uncorrected > 0.8


@given(count=st.integers(0, 60), expected=st.floats(0.2, 60))
def test_a_small_p_value_and_an_interval_that_leaves_the_expected_out_are_the_same(count: int, expected: float) -> None:
    ends = exact_poisson_intervals([count])
    p = poisson_p_values([count], [expected])[0]

    word = differences(ends.lower, ends.upper, expected)[0]

    if abs(p - 0.05) > 1e-9:
        assert (p < 0.05) == (word != Difference.NO_CLEAR_DIFFERENCE)
    if word != Difference.NO_CLEAR_DIFFERENCE:
        assert word == (Difference.HIGHER if count > expected else Difference.LOWER)


@given(a=st.integers(0, 60), n=st.integers(1, 900), b=st.integers(0, 60), m=st.integers(1, 900))
def test_a_small_p_value_of_two_rates_and_a_ratio_interval_that_leaves_one_out_are_the_same(a: int, n: int, b: int, m: int) -> None:
    p = float(rate_ratio_p_values([a], [n], [b], [m])[0])

    assert p == pytest.approx(float(rate_ratio_p_values([b], [m], [a], [n])[0]))
    if a + b and abs(p - 0.05) > 1e-9:
        found = rate_ratio_interval(a, n, b, m)
        assert (p < 0.05) == (not found.lower <= 1 <= found.upper)


def test_twenty_areas_are_told_one_by_one_and_twenty_one_together() -> None:
    counts, expected = [18, *[10] * 19], 10.0

    few, many = compare_areas(counts, expected), compare_areas([*counts, 10], expected)

    assert 0.01 < few.p_values[0] < 0.05
    assert (few.corrected, few.words[0]) == (False, Difference.HIGHER)
    assert (many.corrected, many.words[0]) == (True, Difference.NO_CLEAR_DIFFERENCE)


def test_zero_counts_and_missing_numbers_have_their_own_words() -> None:
    found = compare_areas([0, 0, 0, 3], [0.0, 12.0, math.nan, 0.0])

    assert found.words.tolist() == [Difference.NO_CLEAR_DIFFERENCE, Difference.LOWER, Difference.NOT_COMPARED, Difference.HIGHER]
    assert words_for([1, -1, 0], [0.001, 0.001, math.nan]).words.tolist() == [
        Difference.HIGHER,
        Difference.LOWER,
        Difference.NOT_COMPARED,
    ]
    assert differences([math.nan, 2], [1, 3], [1, 1]).tolist() == [Difference.NOT_COMPARED, Difference.HIGHER]


def test_no_word_is_a_verdict() -> None:
    assert {str(word) for word in Difference} == {"higher", "lower", "no clear difference", "not compared"}


@given(pairs=st.lists(st.tuples(st.integers(0, 80), st.integers(1, 900), st.integers(0, 80), st.integers(1, 900)), min_size=1, max_size=20))
def test_ratios_of_many_pairs_are_those_of_one_at_a_time(pairs: list[tuple[int, int, int, int]]) -> None:
    found = rate_ratio_intervals(*(np.array(column) for column in zip(*pairs, strict=True)))

    for place, pair in enumerate(pairs):
        if pair[0] + pair[2]:
            assert (found.ratio[place], found.lower[place], found.upper[place]) == rate_ratio_interval(*pair)
        else:
            assert np.isnan([found.ratio[place], found.lower[place], found.upper[place]]).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: benjamini_hochberg([1.1]),
        lambda: benjamini_hochberg([-0.1, 0.5]),
        lambda: benjamini_hochberg([0.1], false_discovery_rate=5),
        lambda: poisson_p_values([-1], [2]),
        lambda: poisson_p_values([1], [-2]),
        lambda: rate_ratio_p_values([-1], [2], [1], [2]),
        lambda: rate_ratio_p_values([1], [0], [1], [2]),
    ],
)
def test_what_makes_no_sense_is_refused(call) -> None:
    with pytest.raises(ValueError, match=r"p-value|rate|count"):
        call()
