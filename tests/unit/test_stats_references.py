"""Standardised rates, means, control charts and funnels against numbers that others published.

What is not compared is named with its reason.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest

from sightline.stats.comparisons import Difference, differences
from sightline.stats.control_charts import Signal, xmr_charts
from sightline.stats.funnels import FunnelKind, funnel, funnel_limits, proportion_limits, rate_curve
from sightline.stats.intervals import rate_intervals
from sightline.stats.means import mean_intervals
from sightline.stats.rates import directly_standardised_rates, expected_events, standardised_ratios
from tests.support.samples import samples_folder

pytestmark = pytest.mark.samples
CLOSE = 1e-9
BOTH_LIMITS = ((0.95, "lower95_0cl", "upper95_0cl"), (0.998, "lower99_8cl", "upper99_8cl"))
EUROPEAN_2013 = [5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000]


def rows_of(name: str) -> list[dict[str, str]]:
    with (samples_folder() / "statistics" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) if row[name] not in {"", "NA"} else np.nan for row in rows])


def by(rows: list[dict[str, str]], name: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    yield from found.items()


# directly standardised rates

NO_PEOPLE_IN_THE_SAMPLES = "testdata_nonind"
"""Rows of events that are not independent: the file of each person's events is not among the samples; see the test of their limits."""
TEN_TIMES_TOO_LARGE = ("testdata_1976", "lower99_8cl")
"""A known fault of the source: the 99.8% limits of this area are of a rate ten times as large."""


def standardised(area: str, per: float, confidence: float) -> tuple[float, float, float, float]:
    if area == "testdata_1976":
        rows = rows_of("phe/testdata_DSR_ISR__testdata_1976.csv")
        standard = column(rows, "esp1976")
    else:
        rows = [row for row in rows_of("phe/testdata_DSR_ISR__testdata_multiarea.csv") if row["area"] == area]
        standard = np.array(EUROPEAN_2013)
    # one age band of one area has no count; the reference takes it as none
    events = np.nan_to_num(column(rows, "count"))
    found = directly_standardised_rates([events], [column(rows, "pop")], standard, per=per, confidence=confidence)
    return tuple(float(each[0]) for each in found)  # type: ignore[return-value]


def test_directly_standardised_rates_agree_with_the_reference() -> None:
    compared = withheld = 0
    for row in rows_of("phe/testdata_DSR_ISR__testresults_DSR.csv"):
        if row["area"].startswith(NO_PEOPLE_IN_THE_SAMPLES):
            continue
        per = float(row["statistic"].rpartition(" ")[2]) if "per" in row["statistic"] else 100_000
        for confidence, lower, upper in BOTH_LIMITS:
            found = standardised(row["area"], per, confidence)
            assert found[0] == float(row["total_count"])
            if not row["value"]:
                assert np.isnan(found[1:]).all()
                withheld += 1
            elif (row["area"], lower) != TEN_TIMES_TOO_LARGE:
                assert found[1:] == pytest.approx([float(row[name]) for name in ("value", lower, upper)], rel=CLOSE)
                compared += 1
    assert (compared, withheld) == (10, 4)


def test_the_reference_for_repeat_events_widens_the_range_by_one_factor_as_we_do() -> None:
    """One limit tells how much the reference's variance exceeds the Poisson one; a sum of squares that large gives the other three."""
    rows = {row["area"]: row for row in rows_of("phe/testdata_DSR_ISR__testresults_DSR.csv")}
    multi = [row for row in rows_of("phe/testdata_DSR_ISR__testdata_multiarea.csv") if row["area"] == "testdata_big"]
    events, people = column(multi, "count"), column(multi, "pop")
    plain = directly_standardised_rates([events], [people], EUROPEAN_2013)
    for area in ("testdata_nonind_big", "testdata_nonind_dummy"):
        row = rows[area]
        wider = (float(row["upper95_0cl"]) - float(row["value"])) / float(plain.upper[0] - plain.value[0])
        for confidence, lower, upper in BOTH_LIMITS:
            found = directly_standardised_rates([events], [people], EUROPEAN_2013, squared=[events * wider**2], confidence=confidence)
            expected = [float(row[name]) for name in ("value", lower, upper)]
            assert [float(each[0]) for each in found[1:]] == pytest.approx(expected, abs=5e-7)


# indirectly standardised


def test_indirectly_standardised_rates_and_ratios_agree_with_the_reference() -> None:
    reference = rows_of("phe/testdata_DSR_ISR__refdata.csv")
    cases, people = column(reference, "refcount"), column(reference, "refpop")
    files = ("phe/testdata_DSR_ISR__testdata_multiarea.csv", "phe/testdata_DSR_ISR__testdata_err2.csv")
    population = {area: column(rows, "pop") for file in files for area, rows in by(rows_of(file), "area")}
    compared = 0
    for row in rows_of("phe/testdata_DSR_ISR__testresults_ISR.csv"):
        due = expected_events(population[row["area"]], cases, people)
        assert due == pytest.approx(float(row["expected"]), rel=CLOSE)
        per = float(row["statistic"].rpartition(" ")[2])
        if row["ref_rate"]:
            per *= cases.sum() / people.sum()
            assert per == pytest.approx(float(row["ref_rate"]), rel=CLOSE)
        for confidence, lower, upper in BOTH_LIMITS:
            if row[lower]:
                found = standardised_ratios([float(row["observed"])], [due], per=per, confidence=confidence)
                expected = [float(row[name]) for name in ("value", lower, upper)]
                assert [float(each[0]) for each in found[2:]] == pytest.approx(expected, rel=CLOSE)
                compared += 1
    assert compared == 28


# means


def test_means_agree_with_the_reference() -> None:
    rows = rows_of("phe/testdata_Mean__testdata_Mean.csv")
    areas = sorted({row["area"] for row in rows})
    compared = 0
    for row in rows_of("phe/testdata_Mean__testdata_Mean_results.csv"):
        values = [float(each["values"]) for each in rows if row["area"] in {each["area"], "No grouping"}]
        for confidence, lower, upper in BOTH_LIMITS:
            found = mean_intervals(values, np.zeros(len(values), int), confidence=confidence)
            assert found.counted[0] == int(row["value_count"])
            expected = [float(row[name]) for name in ("value", lower, upper)]
            assert [float(each[0]) for each in found[1:]] == pytest.approx(expected, rel=CLOSE)
            compared += 1
    assert compared == 2 * (len(areas) + 1)


# control charts

TYPES = {
    "Common Cause": Signal.NONE,
    "Above UCL": Signal.ABOVE_LIMIT,
    "Below LCL": Signal.BELOW_LIMIT,
    "7 Point Trend (Increasing)": Signal.RISING,
    "7 Point Trend (Decreasing)": Signal.FALLING,
    "2 in 3 Above CL": Signal.NEAR_UPPER,
    "2 in 3 Below CL": Signal.NEAR_LOWER,
    "7 Points Above CL": Signal.HIGH_RUN,
    "7 Points Below CL": Signal.LOW_RUN,
}


def test_every_point_of_the_reference_series_has_its_limits_and_its_special_cause() -> None:
    compared = 0
    for name, rows in by(rows_of("spc_reference_100_series.csv"), "series"):
        fixed = None if rows[0]["fix_after"] == "NA" else int(rows[0]["fix_after"])
        found = xmr_charts(
            column(rows, "y"), np.cumsum(column(rows, "rebase")), fixed_after=fixed, screen_ranges=rows[0]["screen_outliers"] == "TRUE"
        )
        for line, published in ((found.centre, "mean"), (found.low, "lpl"), (found.high, "upl")):
            assert line == pytest.approx(column(rows, published), rel=CLOSE, abs=CLOSE), (name, published)
        assert [Signal(code) for code in found.signals] == [TYPES[row["type"]] for row in rows], name
        compared += len(rows)
    assert compared == 2432


# funnels

KINDS = {
    "PR": FunnelKind.PROPORTION,
    "SR_CQC": FunnelKind.RATIO,
    "SR_SHMI": FunnelKind.RATIO_LOG,
    "RC": FunnelKind.RATIO_OF_COUNTS,
}


def test_overdispersion_and_limits_agree_with_the_reference_funnels() -> None:
    compared = 0
    for case, rows in by(rows_of("funnel_reference_20_cases.csv"), "case"):
        kind, sizes = KINDS[rows[0]["type"]], column(rows, "denominator")
        found = funnel(column(rows, "numerator"), sizes, kind)
        assert found.z == pytest.approx(column(rows, "z"), rel=CLOSE, abs=CLOSE), case
        for ours, published in ((found.phi, "phi"), (found.tau2, "tau2"), (found.target, "target")):
            assert np.full(len(rows), ours) == pytest.approx(column(rows, published), rel=CLOSE, abs=CLOSE), (case, published)
        for confidence, name in ((0.95, "95"), (0.998, "998")):
            limits = funnel_limits(kind, sizes, found.target, found.tau2, confidence=confidence, as_published=True)
            assert limits.lower == pytest.approx(column(rows, f"odll{name}"), rel=CLOSE), case
            assert limits.upper == pytest.approx(column(rows, f"odul{name}"), rel=CLOSE), case
        compared += len(rows)
    assert compared == 756


@pytest.mark.parametrize(
    ("name", "largest"), [("testdata_funnel_prop_outputs.csv", np.inf), ("testdata_funnel_prop_outputs_with_axis_variation.csv", 31_000)]
)
def test_limits_of_proportions_agree_with_the_agencys_funnels(name: str, largest: float) -> None:
    areas = rows_of("phe/testdata_funnel_prop_inputs.csv")
    counts, wholes = column(areas, "numerator"), column(areas, "denominator")
    baseline = counts[wholes < largest].sum() / wholes[wholes < largest].sum()
    rows = rows_of(f"phe/{name}")
    for confidence, lower, upper in ((0.95, "Lower2s0025limit", "Upper2s0025limit"), (0.998, "Lower3s0001limit", "Upper3s0001limit")):
        found = proportion_limits(baseline, column(rows, "Population"), confidence=confidence)
        assert found.lower * 100 == pytest.approx(column(rows, lower), rel=CLOSE, abs=5.1e-7)
        assert found.upper * 100 == pytest.approx(column(rows, upper), rel=CLOSE, abs=5.1e-7)
    assert np.full(len(rows), baseline * 100) == pytest.approx(column(rows, "Baseline"), abs=5.1e-7)


def told(lower: np.ndarray, upper: np.ndarray, far_lower: np.ndarray, far_upper: np.ndarray, against: np.ndarray | float) -> list[str]:
    near, far = differences(lower, upper, against), differences(far_lower, far_upper, against)
    side = {Difference.HIGHER: "High", Difference.LOWER: "Low"}
    return [
        f"{side[f]} (0.001)" if f in side else f"{side[n]} (0.025)" if n in side else "Not significant"
        for n, f in zip(near, far, strict=True)
    ]


def test_areas_beyond_the_limits_of_a_proportion_are_those_of_the_reference() -> None:
    rows = rows_of("phe/testdata_funnel_prop_inputs.csv")
    counts, wholes = column(rows, "numerator"), column(rows, "denominator")
    near, far = (proportion_limits(counts.sum() / wholes.sum(), wholes, confidence=confidence) for confidence in (0.95, 0.998))

    # limits that leave the share out on the low side are a share that is high
    turned = told(-near.upper, -near.lower, -far.upper, -far.lower, -counts / wholes)

    assert turned == [row["significance"] for row in rows]
    assert len(turned) == 303


BISECTED = 2e-7
"""The reference looks for its populations by halving between 0 and 1 until the step is below 1e-7; ours are exact."""


@pytest.mark.parametrize(
    ("name", "events_in_one_area"),
    # the second table was made with 5 events in one area; how areas were picked for the third is not told, so its own baseline is taken
    [("testdata_funnel_rate_outputs.csv", 988), ("testdata_funnel_rate_outputs_2.csv", 5), ("testdata_funnel_rate_outputs_3.csv", None)],
)
def test_curves_of_rates_agree_with_the_agencys_funnels_as_far_as_it_looked(name: str, events_in_one_area: float | None) -> None:
    rows, areas, years = rows_of(f"phe/{name}"), rows_of("phe/testdata_funnel_rate_input_funnels.csv"), 3
    events, rates, baseline = column(areas, "ev"), column(areas, "rate"), float(rows[0]["baseline"])
    if events_in_one_area is not None:
        events[events == 988] = events_in_one_area
        assert events.sum() / (events / rates).sum() == pytest.approx(baseline, abs=5.1e-8)
    counts = column(rows, "Events")
    for confidence, name_of in ((0.95, "2s"), (0.998, "3s")):
        found = rate_curve(counts, baseline / 100_000, confidence=confidence)
        for side, people in (("lower", found.lower), ("upper", found.upper)):
            ours, theirs = people * baseline / 100_000, column(rows, f"{side}_{name_of}_population_1_year") * years * baseline / 100_000
            assert ours / (1 + counts + ours) == pytest.approx(theirs / (1 + counts + theirs), abs=BISECTED)
            shown = column(rows, f"{side}_{name_of}_limit")
            assert counts / shown * 100_000 == pytest.approx(theirs / baseline * 100_000, rel=1e-5)


@pytest.mark.parametrize("kind", ["dsr", "crude"])
@pytest.mark.parametrize("zero", ["with_0", "without_0"])
@pytest.mark.parametrize("per", ["100000", "100"])
def test_areas_beyond_the_limits_of_a_rate_are_those_of_the_reference(kind: str, zero: str, per: str) -> None:
    rows = rows_of("phe/testdata_funnel_rate_dsr_inputs.csv")
    # no directly standardised rate of no event, so nothing to derive its people from
    rows = [row for row in rows if row["count"] != "0" or (kind == "crude" and zero == "with_0")]
    counts = column(rows, "count")
    people = counts / column(rows, "rate_dsr") if kind == "dsr" else column(rows, "pop")
    near, far = (rate_intervals(counts, people, per=1, confidence=confidence) for confidence in (0.95, 0.998))

    found = told(near.lower, near.upper, far.lower, far.upper, counts.sum() / people.sum())

    assert found == [row[f"{kind}_per_{per}_{zero}"] for row in rows]
    assert len(found) == (40 if kind == "crude" and zero == "with_0" else 39)


@pytest.mark.parametrize(("name", "reason"), [("err1", "count"), ("err2", "without people"), ("err3", "people"), ("err4", "standard")])
def test_the_references_faulty_tables_are_refused(name: str, reason: str) -> None:
    rows = rows_of(f"phe/testdata_DSR_ISR__testdata_{name}.csv")
    groups = list(by(rows, "area")) if "area" in rows[0] else [("", rows)]
    events, people = (np.array([column(own, each) for _, own in groups]) for each in ("count", "pop"))
    standard = column(rows, "stdpop") if "stdpop" in rows[0] else EUROPEAN_2013

    with pytest.raises(ValueError, match=reason):
        directly_standardised_rates(events, people, standard)


def test_events_counted_apart_from_their_ages_give_the_same_ratio() -> None:
    totals = rows_of("phe/testdata_DSR_ISR__testdata_multiarea_lookup.csv")
    counted = {area: np.nansum(column(rows, "count")) for area, rows in by(rows_of("phe/testdata_DSR_ISR__testdata_multiarea.csv"), "area")}

    assert {row["area"]: float(row["total_count"]) for row in totals} == counted
