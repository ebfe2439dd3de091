"""Intervals against reference numbers that others published, and against what they promise."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.stats.intervals import (
    byar_interval,
    count_intervals,
    exact_poisson_interval,
    rate_interval,
    rate_intervals,
    rate_ratio_interval,
    wilson_interval,
    wilson_intervals,
)
from tests.support.samples import samples_folder

CLOSE = 1e-9


def reference(name: str) -> Iterator[dict[str, str]]:
    with (samples_folder() / "statistics" / "phe" / name).open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def confidence_of(row: dict[str, str]) -> float:
    return float(row["confidence"].rstrip("%")) / 100


@pytest.mark.samples
@pytest.mark.parametrize("file", ["testdata_Proportion__testdata_Prop.csv", "testdata_Proportion__testdata_Prop_g.csv"])
def test_proportions_agree_with_the_health_security_agencys_reference(file: str) -> None:
    compared = 0
    for row in reference(file):
        if not (row["Numerator"] and row["Denominator"]):
            continue
        scale = float(row["multiplier"])
        columns = [("lowercl", "uppercl", confidence_of(row))] if "confidence" in row else REFERENCE_COLUMNS
        for lower, upper, confidence in columns:
            found = wilson_interval(float(row["Numerator"]), float(row["Denominator"]), confidence=confidence)
            assert found.lower * scale == pytest.approx(float(row[lower]), rel=CLOSE)
            assert found.upper * scale == pytest.approx(float(row[upper]), rel=CLOSE)
            compared += 1
    assert compared >= 8


REFERENCE_COLUMNS = [("lower95_0cl", "upper95_0cl", 0.95), ("lower99_8cl", "upper99_8cl", 0.998)]


@pytest.mark.samples
@pytest.mark.parametrize("file", ["testdata_Rate__testdata_Rate.csv", "testdata_Rate__testdata_Rate_g.csv"])
def test_rates_agree_with_the_health_security_agencys_reference(file: str) -> None:
    methods = set()
    for row in reference(file):
        if not (row["Numerator"] and row["Denominator"]):
            continue
        columns = [("lowercl", "uppercl", confidence_of(row))] if "confidence" in row else REFERENCE_COLUMNS
        for lower, upper, confidence in columns:
            found = rate_interval(float(row["Numerator"]), float(row["Denominator"]), per=float(row["multiplier"]), confidence=confidence)
            assert found == pytest.approx((float(row[lower]), float(row[upper])), rel=CLOSE)
            methods.add(row["method"])
    assert methods == {"Exact", "Byars"}


@pytest.mark.samples
def test_counts_agree_with_the_reference_for_byar_and_wilson() -> None:
    compared = 0
    for row in reference("testdata_Byars_Wilson__testdata_B_W.csv"):
        count, confidence = float(row["x"]), confidence_of(row)
        if row["method"] == "Byars":
            found = byar_interval(count, confidence=confidence)
        else:
            found = wilson_interval(count, float(row["n"]), confidence=confidence)
        assert found.upper == pytest.approx(float(row["uppercl"]), rel=CLOSE)
        if row["lowercl"]:
            assert found.lower == pytest.approx(float(row["lowercl"]), rel=CLOSE)
        compared += 1
    assert compared == 13


def poisson_tail(count: int, mean: float) -> float:
    """Chance of ``count`` or fewer events."""
    return math.fsum(math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1)) for k in range(count + 1))


@given(count=st.integers(1, 60), confidence=st.sampled_from([0.8, 0.95, 0.998]))
def test_the_exact_interval_ends_where_the_count_becomes_that_unlikely(count: int, confidence: float) -> None:
    tail = (1 - confidence) / 2

    lower, upper = exact_poisson_interval(count, confidence=confidence)

    assert poisson_tail(count, upper) == pytest.approx(tail, rel=1e-6)
    assert 1 - poisson_tail(count - 1, lower) == pytest.approx(tail, rel=1e-5)


@given(children=st.integers(0, 500), others=st.integers(0, 500), confidence=st.floats(0.5, 0.999))
def test_a_proportion_lies_in_its_interval_and_the_interval_between_0_and_1(children: int, others: int, confidence: float) -> None:
    out_of = children + others + 1

    lower, upper = wilson_interval(children, out_of, confidence=confidence)

    assert 0 <= lower <= children / out_of <= upper <= 1
    assert lower < upper


@given(count=st.integers(10, 5_000))
def test_byar_stays_near_the_exact_interval_where_we_use_it(count: int) -> None:
    assert byar_interval(count) == pytest.approx(exact_poisson_interval(count), rel=0.01)


@given(
    a=st.integers(0, 300),
    n=st.integers(301, 90_000),
    b=st.integers(0, 300),
    m=st.integers(301, 90_000),
)
def test_swapping_the_two_places_turns_the_ratio_upside_down(a: int, n: int, b: int, m: int) -> None:
    if a + b == 0:
        return
    here, there = rate_ratio_interval(a, n, b, m), rate_ratio_interval(b, m, a, n)

    assert here.lower <= here.ratio <= here.upper
    if here.lower:
        assert there.upper == pytest.approx(1 / here.lower, rel=1e-6)
    if math.isfinite(here.upper):
        assert there.lower == pytest.approx(1 / here.upper, rel=1e-6)


def test_a_ratio_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    draws = zip(rng.poisson(12, 2_000), rng.poisson(30, 2_000), strict=True)

    holds = [low <= 12 / 30 <= high for _, low, high in (rate_ratio_interval(int(a), 1, int(b), 1) for a, b in draws)]

    assert 0.95 <= sum(holds) / len(holds) <= 0.985


def test_the_ratio_agrees_with_the_logarithm_method_where_counts_are_large() -> None:
    ratio, lower, upper = rate_ratio_interval(4_000, 10_000, 5_000, 10_000)
    spread = math.exp(1.959964 * math.sqrt(1 / 4_000 + 1 / 5_000))

    assert (ratio, lower, upper) == pytest.approx((0.8, 0.8 / spread, 0.8 * spread), rel=1e-3)


def test_no_event_in_one_place_still_has_a_range() -> None:
    assert rate_ratio_interval(0, 100, 10, 100).lower == 0
    assert 0 < rate_ratio_interval(0, 100, 10, 100).upper < 1
    assert math.isinf(rate_ratio_interval(10, 100, 0, 100).upper)


def test_arrays_give_the_same_as_one_at_a_time() -> None:
    counts, people = [0, 3, 9, 10, 78, 5_000], [40, 500, 90, 1_000, 27_441, 9_000]

    rates, shares = rate_intervals(counts, people), wilson_intervals(counts, people)

    assert list(zip(*rates, strict=True)) == [tuple(rate_interval(x, n)) for x, n in zip(counts, people, strict=True)]
    assert list(zip(*shares, strict=True)) == [tuple(wilson_interval(x, n)) for x, n in zip(counts, people, strict=True)]


@given(counts=st.lists(st.one_of(st.integers(0, 40), st.floats(0, 40)), min_size=1, max_size=20))
def test_looking_small_counts_up_gives_what_reckoning_them_would(counts: list[float]) -> None:
    found = count_intervals(counts)

    for place, count in enumerate(counts):
        expected = exact_poisson_interval(count) if count < 10 else byar_interval(count)
        assert (found.lower[place], found.upper[place]) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    "call",
    [
        lambda: wilson_interval(5, 4),
        lambda: wilson_interval(-1, 4),
        lambda: wilson_interval(1, 0),
        lambda: wilson_interval(1, 4, confidence=95),
        lambda: wilson_interval(float("nan"), 4),
        lambda: rate_interval(1, 0),
        lambda: rate_interval(-1, 10),
        lambda: byar_interval(-1),
        lambda: exact_poisson_interval(1, confidence=1),
        lambda: rate_ratio_interval(0, 10, 0, 10),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(call) -> None:
    with pytest.raises(ValueError, match=r"count|confidence|out of|part|event"):
        call()
