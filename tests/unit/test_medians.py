"""Medians of many groups at once against one group at a time in plain Python, and against what their ranges promise."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.stats.medians import median_intervals


def lower_rank_in_plain_words(count: int, confidence: float) -> int:
    """Add up the ways a coin can fall until they are too many."""
    ways, rank = 0, 0
    while (ways := ways + math.comb(count, rank)) <= (1 - confidence) / 2 * 2**count:
        rank += 1
    return rank


def in_plain_words(values: list[float], confidence: float) -> tuple[int, float | None, float | None, float | None]:
    kept = sorted(v for v in values if not math.isnan(v))
    if not kept:
        return 0, None, None, None
    rank = lower_rank_in_plain_words(len(kept), confidence)
    ends = (kept[rank - 1], kept[-rank]) if rank else (None, None)
    return len(kept), statistics.median(kept), *ends


def none_for_nan(value: float) -> float | None:
    return None if math.isnan(value) else value


@given(
    rows=st.lists(st.tuples(st.integers(0, 4), st.one_of(st.integers(-30, 400).map(float), st.just(math.nan))), max_size=120),
    confidence=st.sampled_from([0.5, 0.8, 0.95, 0.998]),
)
def test_every_group_is_what_one_group_alone_would_be(rows: list[tuple[int, float]], confidence: float) -> None:
    found = median_intervals([v for _, v in rows], [g for g, _ in rows], group_count=5, confidence=confidence)

    for group in range(5):
        expected = in_plain_words([v for g, v in rows if g == group], confidence)
        shown = (none_for_nan(float(column[group])) for column in found[1:])
        assert (int(found.counted[group]), *shown) == expected


@pytest.mark.parametrize("confidence", [0.5, 0.75, 0.95, 0.998])
def test_ranks_are_those_of_the_binomial_distribution_for_every_size(confidence: float) -> None:
    sizes = [*range(1, 200), 1_000]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    values = np.concatenate([np.arange(1, n + 1) for n in sizes])

    found = median_intervals(values, groups, confidence=confidence)

    assert np.nan_to_num(found.low).tolist() == [lower_rank_in_plain_words(n, confidence) for n in sizes]


@given(values=st.lists(st.integers(0, 500), min_size=1, max_size=60), seed=st.integers(0, 9))
def test_the_order_of_the_rows_changes_nothing_and_the_median_lies_in_its_range(values: list[int], seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(values)

    found, again = median_intervals(values, np.zeros(len(values), int)), median_intervals(shuffled, np.zeros(len(values), int))

    assert np.array_equal(np.concatenate(found), np.concatenate(again), equal_nan=True)
    if len(values) >= 6:
        assert min(values) <= found.low[0] <= found.median[0] <= found.high[0] <= max(values)
    else:
        assert math.isnan(found.low[0])
        assert math.isnan(found.high[0])


@given(values=st.lists(st.integers(0, 500), min_size=6, max_size=60))
def test_being_surer_never_narrows_a_range(values: list[int]) -> None:
    zeros = np.zeros(len(values), int)

    usual, surer = median_intervals(values, zeros), median_intervals(values, zeros, confidence=0.96)

    assert math.isnan(surer.low[0]) or surer.low[0] <= usual.low[0] <= usual.high[0] <= surer.high[0]


def test_the_range_holds_the_truth_at_least_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    waits = rng.exponential(20, (4_000, 17))

    found = median_intervals(waits.ravel(), np.repeat(np.arange(4_000), 17))

    held = np.mean((found.low <= 20 * math.log(2)) & (20 * math.log(2) <= found.high))
    assert 0.94 <= held <= 0.97  # 17 values: the nearest that ranks allow is 95.1%


def test_groups_without_values_are_nought_and_never_a_number() -> None:
    found = median_intervals([], [], group_count=3)

    assert found.counted.tolist() == [0, 0, 0]
    assert np.isnan(found.median).all()
    assert np.isnan(found.low).all()
    assert median_intervals([], []).counted.tolist() == []
    assert median_intervals([math.nan], [0]).counted.tolist() == [0]


@pytest.mark.parametrize(
    ("values", "groups", "more"),
    [
        ([1], [0, 1], {}),
        ([1], [-1], {}),
        ([1], [2], {"group_count": 2}),
        ([1], [0.0], {}),
        ([math.inf], [0], {}),
        ([1], [0], {"confidence": 95}),
    ],
)
def test_what_makes_no_sense_is_refused(values: list[float], groups: list[float], more: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"group|value|confidence"):
        median_intervals(values, groups, **more)
