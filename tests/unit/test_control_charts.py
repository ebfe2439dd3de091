"""Control charts against one point at a time in plain Python, against what they promise, and against what must never happen by itself."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.stats.control_charts import Signal, charts_of_counts, count_charts, g_charts, t_charts, xmr_charts
from sightline.stats.rebasing import RebaseReason, propose_rebase

# whole numbers and gaps: ties with the centre, equal neighbours and broken runs are the hard cases
values = st.one_of(st.integers(0, 12).map(float), st.just(math.nan))
series = st.lists(values, min_size=1, max_size=30)


def same_line(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def in_plain_words(y: list[float], fixed_after: int | None) -> list[Signal]:
    """The four rules, read out one after the other for each point of one series."""
    base = y[:fixed_after]
    known = [v for v in base if not math.isnan(v)]
    ranges = [abs(b - a) for a, b in pairwise(base) if not math.isnan(a) and not math.isnan(b)]
    if not known or not ranges:
        width = math.nan
    else:
        average = sum(ranges) / len(ranges)
        kept = [r for r in ranges if r < 3.267 * average]
        width = sum(kept) / len(kept) if average else 0.0
    centre = sum(known) / len(known) if known else math.nan
    low, high = centre - 2.66 * width, centre + 2.66 * width

    def side(v: float, line: float) -> int:
        return 0 if math.isnan(v) or math.isnan(line) or same_line(v, line) else 1 if v > line else -1

    def all_one_way(ways: list[int]) -> bool:
        return len(set(ways)) == 1 and ways[0] != 0

    sides = [side(v, centre) for v in y]
    steps = [0, *(side(b, a) for a, b in pairwise(y))]
    outside = [side(v, high) > 0 or side(v, low) < 0 for v in y]
    third = 2.66 * 2 / 3 * width
    near = [not out and (side(v, centre + third) > 0 or side(v, centre - third) < 0) for v, out in zip(y, outside, strict=True)]
    said = []
    for i in range(len(y)):
        run = any(len(y) >= j + 7 and all_one_way(sides[j : j + 7]) for j in range(max(i - 6, 0), i + 1))
        trends = [steps[j + 1] for j in range(max(i - 6, 0), i + 1) if len(y) >= j + 7 and all_one_way(steps[j + 1 : j + 7])]
        pair = near[i] and any(
            len(y) >= j + 3 and all_one_way(sides[j : j + 3]) and sum(near[j : j + 3]) >= 2 for j in range(max(i - 2, 0), i + 1)
        )
        up = sides[i] > 0
        if outside[i]:
            said.append(Signal.ABOVE_LIMIT if side(y[i], high) > 0 else Signal.BELOW_LIMIT)
        elif trends:
            said.append(Signal.RISING if trends[-1] > 0 else Signal.FALLING)
        elif pair:
            said.append(Signal.NEAR_UPPER if up else Signal.NEAR_LOWER)
        elif run:
            said.append(Signal.HIGH_RUN if up else Signal.LOW_RUN)
        else:
            said.append(Signal.NONE)
    return said


@given(many=st.lists(series, min_size=1, max_size=4), fixed_after=st.sampled_from([None, None, 2, 8]))
def test_many_series_at_once_are_each_read_as_one_would_read_it(many: list[list[float]], fixed_after: int | None) -> None:
    flat = [v for one in many for v in one]
    segments = [place for place, one in enumerate(many) for _ in one]

    found = xmr_charts(flat, segments, fixed_after=fixed_after)

    assert [Signal(code) for code in found.signals] == [signal for one in many for signal in in_plain_words(one, fixed_after)]


@given(one=st.lists(st.integers(0, 40), min_size=2, max_size=25), times=st.integers(2, 9), more=st.integers(-50, 50))
def test_another_unit_changes_no_signal(one: list[int], times: int, more: int) -> None:
    plain, other = xmr_charts(one), xmr_charts([v * times + more for v in one])

    assert other.signals.tolist() == plain.signals.tolist()
    assert other.high == pytest.approx(plain.high * times + more)
    assert (plain.low <= plain.centre).all()
    assert (plain.centre <= plain.high).all()


@given(one=st.lists(st.integers(0, 40), min_size=2, max_size=25))
def test_a_series_upside_down_has_its_signals_upside_down(one: list[int]) -> None:
    other_way = {1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 8, 8: 7, 0: 0}

    assert xmr_charts([-v for v in one]).signals.tolist() == [other_way[code] for code in xmr_charts(one).signals.tolist()]


@given(value=st.floats(-1e6, 1e6), length=st.integers(2, 30))
def test_a_series_that_never_changes_has_no_signal(value: float, length: int) -> None:
    found = xmr_charts([value] * length)

    assert not found.signals.any()
    assert found.high == pytest.approx(np.full(length, value))


def test_one_point_alone_or_a_gap_everywhere_has_no_limits_and_no_signal() -> None:
    for one in ([5.0], [5.0, math.nan, 7.0], [math.nan, math.nan], []):
        found = xmr_charts(one)
        assert np.isnan(found.high).all()
        assert not found.signals.any()


def test_a_gap_ends_a_run() -> None:
    high = [4, 8, 2, 9, 10, 9, 12, 9, 10, 11]

    assert Signal.HIGH_RUN in xmr_charts(high).signals
    assert not xmr_charts([*high[:6], math.nan, *high[6:]]).signals.any()


def test_one_step_of_rounding_is_no_signal() -> None:
    rounded = [10, 10, 10, 10, 10, 10, 15, 10]

    assert Signal.ABOVE_LIMIT in xmr_charts(rounded).signals
    assert not xmr_charts(rounded, rounded_to=5).signals.any()
    assert Signal.ABOVE_LIMIT in xmr_charts([*rounded, 20], rounded_to=5).signals


def test_ordinary_variation_is_seldom_called_special() -> None:
    rng = np.random.default_rng(2)
    draws, length = 2_000, 24
    found = xmr_charts(rng.normal(50, 5, draws * length), np.repeat(np.arange(draws), length))

    beyond = np.isin(found.signals, [Signal.ABOVE_LIMIT, Signal.BELOW_LIMIT])
    assert beyond.mean() < 0.01
    assert (found.signals != 0).mean() < 0.04


# few counts and rare events


@given(counts=st.lists(st.integers(0, 9), min_size=2, max_size=25))
def test_exact_limits_leave_out_only_what_is_that_unlikely(counts: list[int]) -> None:
    found = count_charts(counts)
    mean = sum(counts) / len(counts)

    def at_most(k: float) -> float:
        return math.fsum(math.exp(-mean) * mean**j / math.factorial(j) for j in range(int(k) + 1)) if k >= 0 else 0.0

    low, high = float(found.low[0]), float(found.high[0])
    assert 1 - at_most(high) <= 0.00135
    assert at_most(low - 1) <= 0.00135
    assert high == 0 or 1 - at_most(high - 1) > 0.00134
    assert found.signals.tolist() == [1 if c > high else 2 if c < low else 0 for c in counts]


def test_nothing_at_all_is_ordinary() -> None:
    for found in (count_charts([0] * 9), xmr_charts([0] * 9), t_charts([0] * 9), g_charts([0] * 9)):
        assert not found.signals.any()
        assert found.low.tolist() == found.centre.tolist() == found.high.tolist() == [0] * 9


def test_limits_of_counts_follow_what_they_are_out_of() -> None:
    found = count_charts([2, 2, 4], exposure=[100, 100, 200])

    assert found.centre == pytest.approx([2, 2, 4])
    assert found.high[2] > found.high[0]


def test_counts_have_moving_ranges_from_a_mean_of_five() -> None:
    many, few = [4, 6, 5, 5, 4, 6, 5, 5], [4, 6, 5, 5, 4, 6, 5, 4]

    chart, exact = charts_of_counts([*many, *few], [0] * 8 + [1] * 8)

    assert exact.tolist() == [False] * 8 + [True] * 8
    assert chart.high[:8].tolist() == xmr_charts(many).high.tolist()
    assert chart.high[8:].tolist() == count_charts(few).high.tolist()


@pytest.mark.parametrize(("chart", "most"), [(t_charts, 0.012), (g_charts, 0.006)])
def test_charts_of_rare_events_seldom_cry_when_events_come_evenly(chart, most: float) -> None:
    rng = np.random.default_rng(4)
    draws, length = 2_000, 24
    between = np.floor(rng.exponential(30, draws * length)) if chart is g_charts else rng.exponential(30, draws * length)
    found = chart(between, np.repeat(np.arange(draws), length))

    assert (found.low >= 0).all()
    assert np.isin(found.signals, [Signal.ABOVE_LIMIT, Signal.BELOW_LIMIT]).mean() < most
    # a chart with limits alike above and below would call far more of the same waits special
    crude = xmr_charts(between, np.repeat(np.arange(draws), length))
    assert np.isin(crude.signals, [Signal.ABOVE_LIMIT]).mean() > 2 * np.isin(found.signals, [Signal.ABOVE_LIMIT]).mean()


@given(between=st.lists(st.integers(0, 200), min_size=2, max_size=25))
def test_limits_between_events_leave_out_only_what_is_that_unlikely(between: list[int]) -> None:
    found = g_charts(between)
    mean = sum(between) / len(between)

    def at_most(k: float) -> float:
        return 1 - (mean / (mean + 1)) ** (k + 1)

    if mean:
        low, centre, high = float(found.low[0]), float(found.centre[0]), float(found.high[0])
        assert 1 - at_most(high) <= 0.0013500
        assert at_most(low - 1) <= 0.0013500
        assert at_most(centre) >= 0.5 - 1e-9
        assert low <= centre <= high


# new limits are proposed, never made

BEFORE = [9, 10, 8, 9, 10, 9, 8, 10]
AFTER = [3, 4, 3, 2, 4, 3, 4, 3]


def test_a_shift_that_stays_is_proposed_with_the_change_that_is_known() -> None:
    found = propose_rebase([*BEFORE, *AFTER], known_changes=[7])

    assert found is not None
    assert (found.at, found.reason, found.since, found.provisional) == (7, RebaseReason.KNOWN_CHANGE, 9, True)


def test_a_shift_nobody_can_name_is_proposed_as_a_question() -> None:
    found = propose_rebase([*BEFORE, *AFTER])

    assert found is not None
    assert (found.at, found.reason) == (8, RebaseReason.SUSTAINED_SHIFT)
    assert (found.centre_before, found.centre_since) == (9.125, 3.25)
    assert "no change is known" in found.reason


@pytest.mark.parametrize(
    "values",
    [
        [*BEFORE, *AFTER[:6]],  # too new
        [*BEFORE[:5], *AFTER, *AFTER],  # too little before it
        [*BEFORE, *AFTER, 12],  # it did not stay
        [*BEFORE, 7, 6, 5, 4, 3, 2, 1],  # still on its way
        BEFORE * 2,
        [5] * 20,
        [],
    ],
)
def test_nothing_is_proposed_without_a_level_that_was_reached_and_kept(values: list[float]) -> None:
    assert propose_rebase(values, known_changes=[8]) is None


def test_a_known_change_alone_is_no_reason() -> None:
    assert propose_rebase(BEFORE * 2, known_changes=[8]) is None


def test_no_chart_begins_new_limits_by_itself() -> None:
    found = xmr_charts([*BEFORE, *AFTER])

    assert propose_rebase([*BEFORE, *AFTER]) is not None
    assert [len(set(line.tolist())) for line in found[:3]] == [1, 1, 1]


@pytest.mark.parametrize(
    "call",
    [
        lambda: xmr_charts([1, 2], [0]),
        lambda: xmr_charts([1, 2, 3], [0, 1, 0]),
        lambda: xmr_charts([1, math.inf]),
        lambda: xmr_charts([1, 2], fixed_after=1),
        lambda: xmr_charts([1, 2], rounded_to=-5),
        lambda: count_charts([-1, 2]),
        lambda: count_charts([1, 2], exposure=[1, 0]),
        lambda: t_charts([-1, 2]),
        lambda: g_charts([-1, 2]),
    ],
)
def test_what_makes_no_sense_is_refused(call) -> None:
    with pytest.raises(ValueError, match=r"segment|value|points|count|time|number"):
        call()


def test_every_signal_has_words_of_its_own_and_none_is_a_verdict() -> None:
    words = [signal.words for signal in Signal]

    assert len(set(words)) == len(Signal)
    assert not any(verdict in text for text in words for verdict in ("better", "worse", "improve", "concern", "good", "bad"))
