"""Standardised rates and repeat events: what must hold for any numbers, and what is refused."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.stats.intervals import exact_poisson_interval, rate_interval
from sightline.stats.means import mean_intervals
from sightline.stats.rates import (
    directly_standardised_rates,
    event_intervals,
    expected_events,
    repeated_events,
    standardised_ratios,
)

counts = st.integers(0, 60)
strata = st.lists(st.tuples(counts, st.integers(100, 5_000), st.integers(1, 900)), min_size=1, max_size=6)


@given(rows=strata)
def test_a_standardised_rate_lies_between_the_rates_of_its_strata_and_in_its_range(rows: list[tuple[int, int, int]]) -> None:
    events, people, standard = (np.array(column, float) for column in zip(*rows, strict=True))

    found = directly_standardised_rates([events], [people], standard, per=1_000)

    assert found.counted[0] == events.sum()
    if events.sum() < 10:
        assert np.isnan([found.value[0], found.lower[0], found.upper[0]]).all()
        return
    stratum = events / people * 1_000
    assert stratum.min() - 1e-9 <= found.value[0] <= stratum.max() + 1e-9
    assert found.lower[0] < found.value[0] < found.upper[0]


@given(rows=strata.filter(lambda rows: sum(row[0] for row in rows) >= 10), seed=st.integers(0, 9))
def test_neither_the_order_of_strata_nor_the_size_of_the_standard_matters(rows: list[tuple[int, int, int]], seed: int) -> None:
    events, people, standard = (np.array(column, float) for column in zip(*rows, strict=True))
    order = np.random.default_rng(seed).permutation(len(rows))

    plain = directly_standardised_rates([events], [people], standard)
    other = directly_standardised_rates([events[order]], [people[order]], standard[order] * 17)

    assert np.concatenate(other) == pytest.approx(np.concatenate(plain), rel=1e-9)


@given(count=st.integers(10, 400), people=st.integers(500, 9_000))
def test_one_stratum_standardised_is_the_crude_rate_with_its_range(count: int, people: int) -> None:
    found = directly_standardised_rates([[count]], [[people]], [100], per=10_000)

    assert (found.lower[0], found.upper[0]) == pytest.approx(rate_interval(count, people), rel=1e-9)


def test_many_groups_at_once_are_each_what_one_alone_would_be() -> None:
    rng = np.random.default_rng(3)
    events, people = rng.poisson(6, (40, 5)), rng.integers(0, 3_000, (40, 5))
    events[people == 0] = 0
    standard = [5, 4, 3, 2, 1]

    together = directly_standardised_rates(events, people, standard)

    for row in range(40):
        alone = directly_standardised_rates(events[row], people[row], standard)
        assert [float(each[row]) for each in together] == pytest.approx([float(each) for each in alone], nan_ok=True)


def test_a_stratum_without_people_leaves_a_group_without_a_rate_and_its_neighbours_alone() -> None:
    found = directly_standardised_rates([[20, 0], [20, 0], [20, 9]], [[900, 0], [900, 50], [900, 400]], [1, 1])

    assert np.isnan(found.value).tolist() == [True, False, False]


@given(events=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), max_size=60))
def test_events_of_the_same_people_are_counted_as_a_person_would(events: list[tuple[int, int]]) -> None:
    found = repeated_events([who for who, _ in events], [where for _, where in events], group_count=4)

    times = Counter(events)
    for group in range(4):
        each = [number for (_, where), number in times.items() if where == group]
        assert (found.events[group], found.people[group], found.squared[group]) == (sum(each), len(each), sum(n * n for n in each))


@given(count=st.integers(0, 90), again=st.integers(0, 300))
def test_counting_the_same_people_again_only_ever_widens_a_range(count: int, again: int) -> None:
    squared = count + (again if count else 0)

    once, repeated = event_intervals(count).one(), event_intervals(count, squared=squared).one()

    assert 0 <= repeated.lower <= once.lower <= count <= once.upper <= repeated.upper
    assert math.isfinite(repeated.upper)
    if not again:
        assert repeated == pytest.approx(once)


def test_a_range_for_repeat_events_holds_the_truth_as_often_as_it_says_and_the_plain_one_does_not() -> None:
    rng = np.random.default_rng(5)
    people = rng.poisson(40, 3_000)
    times = 1 + rng.negative_binomial(0.6, 0.25, people.sum())
    of = np.repeat(np.arange(people.size), people)
    found = repeated_events(np.arange(times.sum()) * 0 + np.repeat(np.arange(times.size), times), np.repeat(of, times))
    truth = 40 * (1 + 0.6 * 0.75 / 0.25)

    def held(ends) -> float:
        return float(np.mean((ends.lower <= truth) & (truth <= ends.upper)))

    assert held(event_intervals(found.events, squared=found.squared)) == pytest.approx(0.95, abs=0.025)
    assert held(event_intervals(found.events)) < 0.8


@given(observed=st.integers(0, 200), expected=st.floats(0.1, 300))
def test_a_ratio_to_what_is_expected_lies_in_its_range_and_no_event_is_ordinary(observed: int, expected: float) -> None:
    found = standardised_ratios([observed], [expected], per=100)

    assert 0 <= found.lower[0] <= found.value[0] < found.upper[0]
    if not observed:
        assert found.value[0] == found.lower[0] == 0
        assert found.upper[0] == pytest.approx(exact_poisson_interval(0).upper / expected * 100)


def test_nothing_expected_gives_no_ratio_and_spoils_no_other() -> None:
    found = standardised_ratios([0, 3, 4], [0, 0, 4])

    assert np.isnan(found.value).tolist() == [True, True, False]
    assert found.value[2] == 1


def test_what_is_expected_adds_up_to_what_happened_in_the_reference_itself() -> None:
    events, people = np.array([[3, 0, 9], [5, 2, 4]]), np.array([[300, 0, 800], [410, 90, 500]])

    assert expected_events(people, events.sum(axis=0), people.sum(axis=0)).sum() == pytest.approx(events.sum())


@pytest.mark.parametrize(
    "call",
    [
        lambda: directly_standardised_rates([[1, 2]], [[10, 0]], [1, 1]),
        lambda: directly_standardised_rates([[-1, 2]], [[10, 10]], [1, 1]),
        lambda: directly_standardised_rates([[math.nan, 2]], [[10, 10]], [1, 1]),
        lambda: directly_standardised_rates([[1, 2]], [[10, 10]], [0, 0]),
        lambda: directly_standardised_rates([[5, 6]], [[10, 10]], [1, 1], squared=[[4, 6]]),
        lambda: directly_standardised_rates([[5, 6]], [[10, 10]], [1, 1], confidence=95),
        lambda: event_intervals(5, squared=4),
        lambda: event_intervals(0, squared=1),
        lambda: standardised_ratios([1], [-1]),
        lambda: expected_events([[1, 1]], [1, 1], [10, 0]),
        lambda: repeated_events([1], [0, 1]),
        lambda: repeated_events([1], [3], group_count=2),
        lambda: mean_intervals([math.nan], [0]),
        lambda: mean_intervals([1.0], [-1]),
    ],
)
def test_what_makes_no_sense_is_refused(call) -> None:
    with pytest.raises(ValueError, match=r"count|number|population|people|confidence|expected|group"):
        call()


@given(values=st.lists(st.tuples(st.integers(0, 3), st.floats(-1e6, 1e6)), max_size=40))
def test_means_of_many_groups_are_those_of_one_at_a_time(values: list[tuple[int, float]]) -> None:
    found = mean_intervals([value for _, value in values], [group for group, _ in values], group_count=4)

    for group in range(4):
        own = [value for where, value in values if where == group]
        assert found.counted[group] == len(own)
        assert math.isnan(found.mean[group]) == (not own)
        assert math.isnan(found.low[group]) == (len(own) < 2)
        if len(own) > 1:
            assert found.mean[group] == pytest.approx(np.mean(own), rel=1e-9, abs=1e-6)
            assert found.low[group] <= found.mean[group] <= found.high[group]
