"""Funnels: limits that hold as many areas as they say; where the published package's do not, that is shown too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.stats.comparisons import Difference, differences
from sightline.stats.funnels import FunnelKind, count_limits, funnel, funnel_limits, proportion_limits, rate_curve
from sightline.stats.intervals import exact_poisson_intervals, wilson_intervals

areas = st.lists(st.tuples(st.integers(0, 60), st.integers(60, 900)), min_size=1, max_size=30)
kinds = st.sampled_from(list(FunnelKind))


@given(rows=areas, kind=kinds)
def test_spread_is_never_negative_and_the_target_lies_between_the_limits(rows: list[tuple[int, int]], kind: FunnelKind) -> None:
    counts, sizes = (np.array(column, float) for column in zip(*rows, strict=True))
    found = funnel(counts, sizes, kind)

    assert found.tau2 >= 0
    assert found.phi >= 0
    assert np.isfinite(found.z).all()
    assert (np.abs(found.adjusted) <= np.abs(found.z) + 1e-12).all()
    near = funnel_limits(kind, sizes, found.target, found.tau2)
    far = funnel_limits(kind, sizes, found.target, found.tau2, confidence=0.998)
    for inner, outer, sign in ((near.lower, far.lower, -1), (near.upper, far.upper, 1)):
        assert ((inner - found.target) * sign >= -1e-9).all()
        assert ((outer - inner) * sign >= -1e-9).all()
    assert (near.lower >= 0).all()


@given(rows=areas, kind=kinds, seed=st.integers(0, 9))
def test_the_order_of_areas_changes_nothing(rows: list[tuple[int, int]], kind: FunnelKind, seed: int) -> None:
    counts, sizes = (np.array(column, float) for column in zip(*rows, strict=True))
    order = np.random.default_rng(seed).permutation(len(rows))

    found, again = funnel(counts, sizes, kind), funnel(counts[order], sizes[order], kind)

    assert again.z == pytest.approx(found.z[order])
    assert (again.phi, again.tau2, again.target) == pytest.approx((found.phi, found.tau2, found.target))


@given(kind=kinds, target=st.floats(0.05, 0.9), sizes=st.lists(st.integers(5, 5_000), min_size=2, max_size=8, unique=True))
def test_larger_areas_have_narrower_limits_and_more_spread_between_areas_wider_ones(
    kind: FunnelKind, target: float, sizes: list[int]
) -> None:
    ordered = sorted(sizes)
    if kind in (FunnelKind.RATIO, FunnelKind.RATIO_LOG):
        target = 1.0
    plain, spread = funnel_limits(kind, ordered, target, 0.0), funnel_limits(kind, ordered, target, 0.02)

    assert (np.diff(plain.upper) <= 1e-12).all()
    assert (np.diff(plain.lower) >= -1e-12).all()
    assert (spread.upper >= plain.upper).all()
    assert (spread.lower <= plain.lower).all()


def drawn(kind: FunnelKind, rng: np.random.Generator, sizes: np.ndarray) -> np.ndarray:
    match kind:
        case FunnelKind.PROPORTION:
            return rng.binomial(sizes, 0.3).astype(float)
        case FunnelKind.RATIO_OF_COUNTS:
            return rng.poisson(sizes * 0.4).astype(float)
        case _:
            return rng.poisson(sizes).astype(float)


def share_inside(kind: FunnelKind, *, as_published: bool = False) -> float:
    rng = np.random.default_rng(8)
    expected = rng.integers(40, 600, 6_000)
    # of two counts, both are chance
    sizes = rng.poisson(expected).astype(float) if kind is FunnelKind.RATIO_OF_COUNTS else expected.astype(float)
    counts = drawn(kind, rng, expected)
    found = funnel(counts, sizes, kind)
    limits = funnel_limits(kind, sizes, found.target, 0.0, as_published=as_published)
    return float(np.mean((limits.lower <= counts / sizes) & (counts / sizes <= limits.upper)))


@pytest.mark.parametrize("kind", list(FunnelKind))
def test_nineteen_in_twenty_areas_without_a_difference_lie_inside(kind: FunnelKind) -> None:
    assert share_inside(kind) == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize(("kind", "most"), [(FunnelKind.RATIO, 0.75), (FunnelKind.RATIO_OF_COUNTS, 0.5)])
def test_limits_as_the_package_publishes_them_hold_far_fewer(kind: FunnelKind, most: float) -> None:
    assert share_inside(kind, as_published=True) < most


@pytest.mark.parametrize("kind", [FunnelKind.RATIO, FunnelKind.RATIO_LOG, FunnelKind.PROPORTION])
def test_areas_that_differ_among_themselves_are_found_out_and_then_nineteen_in_twenty_lie_inside(kind: FunnelKind) -> None:
    rng = np.random.default_rng(9)
    sizes = rng.integers(100, 900, 3_000).astype(float)
    if kind is FunnelKind.PROPORTION:
        share = np.sin(np.arcsin(np.sqrt(0.3)) + rng.normal(0, 0.05, sizes.size)) ** 2
        counts = rng.binomial(sizes.astype(int), share).astype(float)
    else:
        counts = rng.poisson(sizes * np.maximum(rng.normal(1, 0.12, sizes.size), 0)).astype(float)
    found = funnel(counts, sizes, kind, trim=0.02)

    assert found.phi > 1.5
    chance, both = (funnel_limits(kind, sizes, found.target, tau2) for tau2 in (0.0, found.tau2))

    def inside(limits) -> float:
        return float(np.mean((limits.lower <= counts / sizes) & (counts / sizes <= limits.upper)))

    assert inside(chance) < 0.85
    assert inside(both) == pytest.approx(0.94, abs=0.03)


def test_a_few_extreme_areas_do_not_widen_the_limits_until_they_lie_inside() -> None:
    rng = np.random.default_rng(10)
    counts, sizes = rng.poisson(200, 40).astype(float), np.full(40, 200.0)
    counts[:2] = 500

    found = funnel(counts, sizes, FunnelKind.RATIO)

    limits = funnel_limits(FunnelKind.RATIO, sizes, found.target, found.tau2, confidence=0.998)
    assert (counts[:2] / sizes[:2] > limits.upper[:2]).all()


def test_areas_in_which_nothing_happened_are_ordinary() -> None:
    for kind in FunnelKind:
        found = funnel([0, 0, 0], [50, 60, 70], kind)
        assert np.isfinite(found.z).all()
        limits = funnel_limits(kind, [50, 60], found.target, found.tau2)
        assert np.isfinite(limits.lower).all()
        assert np.isfinite(limits.upper).all()
    assert funnel([0, 9, 12], [10, 10, 10], FunnelKind.RATIO).z[0] < -5


def test_a_target_that_is_known_better_takes_the_place_of_the_areas_own() -> None:
    shown = funnel([40, 50], [100, 100], FunnelKind.PROPORTION, target=0.3)

    assert shown.target == 0.3
    assert (shown.z > 0).all()


# the exact funnels


@given(share=st.floats(0.01, 0.99), size=st.integers(1, 2_000), part=st.floats(0, 1))
def test_a_share_is_outside_exactly_where_its_wilson_interval_leaves_the_baseline_out(share: float, size: int, part: float) -> None:
    count = round(size * part)
    limits, ends = proportion_limits(share, [size]), wilson_intervals([count], [size])
    if min(abs(count / size - limits.lower[0]), abs(count / size - limits.upper[0])) < 1e-9:
        return

    outside = not limits.lower[0] <= count / size <= limits.upper[0]

    assert outside == (differences(ends.lower, ends.upper, share)[0] != Difference.NO_CLEAR_DIFFERENCE)


@given(expected=st.floats(0.05, 3_000), confidence=st.sampled_from([0.95, 0.998]))
def test_a_count_is_outside_exactly_where_its_exact_interval_leaves_the_expected_out(expected: float, confidence: float) -> None:
    limits = count_limits([expected], confidence=confidence)
    for count in {0, int(limits.lower[0]), int(limits.lower[0]) + 1, int(limits.upper[0]), int(limits.upper[0]) + 1}:
        ends = exact_poisson_intervals([count], confidence=confidence)
        if min(abs(expected - ends.lower[0]), abs(expected - ends.upper[0])) < 1e-7 * expected:
            continue
        word = differences(ends.lower, ends.upper, expected)[0]
        # without any event below it is not possible to be lower than a limit of 0
        assert (count > limits.upper[0]) == (word == Difference.HIGHER)
        assert (count < limits.lower[0] or (count == 0 and word == Difference.LOWER)) == (word == Difference.LOWER)


@given(events=st.integers(1, 500), rate=st.floats(1e-6, 0.5))
def test_a_point_on_the_curve_of_rates_lies_on_the_limit_of_counts(events: int, rate: float) -> None:
    people = rate_curve([events], rate)

    assert count_limits(people.lower * rate).lower[0] == pytest.approx(events, rel=1e-6)
    assert count_limits(people.upper * rate).upper[0] == pytest.approx(events, rel=1e-6)


def test_nothing_expected_has_limits_of_nought() -> None:
    assert count_limits(0).one() == (0, 0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: funnel([], [], FunnelKind.RATIO),
        lambda: funnel([-1], [2], FunnelKind.RATIO),
        lambda: funnel([1], [0], FunnelKind.RATIO),
        lambda: funnel([3], [2], FunnelKind.PROPORTION),
        lambda: funnel([1], [2], FunnelKind.PROPORTION, target=1.5),
        lambda: funnel([1], [2], FunnelKind.RATIO, target=0.5),
        lambda: funnel([1], [2], FunnelKind.RATIO, trim=0.5),
        lambda: funnel_limits(FunnelKind.RATIO, [1], 1, 0, confidence=0.9),
        lambda: funnel_limits(FunnelKind.RATIO, [0], 1, 0),
        lambda: proportion_limits(1.2, [3]),
        lambda: count_limits([-1]),
        lambda: rate_curve([1], 0),
    ],
)
def test_what_makes_no_sense_is_refused(call) -> None:
    with pytest.raises(ValueError, match=r"areas|count|part|share|target|confidence|expected|rate"):
        call()
