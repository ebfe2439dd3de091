"""Control charts and funnels of a release: what they may claim from rounded and partly withheld figures, and what they must not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from lxml import etree

from sightline.definitions.catalogue import load_catalogue
from sightline.model.figures import Figure, NotAvailable, Ratio, Released, Shown, Withheld
from sightline.model.releases import Release
from sightline.publish.control_chart import control, control_chart, control_words, no_limits
from sightline.publish.funnel_chart import funnel_chart, funnel_words, ward_funnel
from sightline.publish.series import trend_marks
from sightline.stats.control_charts import Signal
from tests.support.releases import PERIODS, example_release

COUNTED, RATE = "missing_episodes", "children_with_known_concern"
ORDINARY = [100, 120, 95, 110, 90, 115, 105, 125, 95, 100, 110, 120, 90, 105, 115, 100]


def of_figures(indicator: str, breakdown: str, figures: Sequence[Figure], **text: object) -> Release:
    """The example with these figures in the place of one indicator's own."""
    release = example_release()
    kept = tuple(f for f in release.figures if (f.indicator, f.breakdown) != (indicator, breakdown))
    texts = tuple(dataclasses.replace(each, **text) if each.id == indicator else each for each in release.indicators)
    return dataclasses.replace(release, figures=kept + tuple(figures), indicators=texts)


def series(*counts: int | Shown, **text: object) -> Release:
    shown = [Released(each) if isinstance(each, int) else each for each in counts]
    return of_figures(
        COUNTED,
        "all",
        [Figure(COUNTED, period, "all", "all", count, None, None) for period, count in zip(PERIODS, shown, strict=False)],
        **text,
    )


def signals(release: Release) -> list[str | None]:
    reckoned = control(release, release.indicator(COUNTED))
    assert reckoned is not None
    return [point.signal for point in reckoned.points]


def test_a_jump_far_outside_the_usual_is_marked_and_named_with_its_quarter() -> None:
    release = series(*ORDINARY[:10], 250, *ORDINARY[11:])
    reckoned = control(release, release.indicator(COUNTED))

    assert [place for place, signal in enumerate(signals(release)) if signal] == [10]
    assert reckoned is not None
    said = control_words(reckoned, release.indicator(COUNTED))
    assert f"Above the upper limit: July to September {PERIODS[10][:4]} (250)." in said or any("(250)" in words for words in said)


def test_ordinary_ups_and_downs_are_called_so() -> None:
    release = series(*ORDINARY)
    reckoned = control(release, release.indicator(COUNTED))

    assert reckoned is not None
    assert not any(signals(release))
    assert any("None of its 16 figures is more than that" in words for words in control_words(reckoned, release.indicator(COUNTED)))


def test_one_step_of_rounding_is_no_signal_in_a_count_nor_in_a_rate() -> None:
    nearly_still = [20] * 7 + [25] + [20] * 8

    release = series(*nearly_still)
    still = control(release, release.indicator(COUNTED))
    assert not any(signals(release))
    assert still is not None
    assert still.proposal is None
    figures = [
        Figure(RATE, period, "all", "all", Released(count), Released(5_000), Ratio(count * 2.0, 10_000))
        for period, count in zip(PERIODS, nearly_still, strict=True)
    ]
    release = of_figures(RATE, "all", figures)
    reckoned = control(release, release.indicator(RATE))
    assert reckoned is not None
    assert not any(point.signal for point in reckoned.points)


def test_a_series_with_withheld_quarters_has_no_limits_and_says_why() -> None:
    release = series(*ORDINARY[:8], Withheld.WITHHELD, *ORDINARY[9:])
    indicator = release.indicator(COUNTED)

    assert control(release, indicator) is None
    assert "withheld quarters are the low ones" in (no_limits(trend_marks(release, indicator), indicator) or "")


def test_figures_of_twelve_months_that_overlap_have_no_limits_and_say_why() -> None:
    release = series(*ORDINARY, months=12)
    indicator = release.indicator(COUNTED)

    assert control(release, indicator) is None
    assert "12 months" in (no_limits(trend_marks(release, indicator), indicator) or "")


def test_a_stock_is_drawn_with_its_median_and_without_limits_and_says_why() -> None:
    drifting = [50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125]
    release = series(*drifting, stock=True)
    indicator = release.indicator(COUNTED)
    reckoned = control(release, indicator)

    assert reckoned is not None
    assert not reckoned.has_limits
    assert {point.centre for point in reckoned.points} == {87.5}
    assert not any(signals(release))
    assert any(signals(series(*drifting)))
    assert "No limits are drawn" in " ".join(control_words(reckoned, indicator))
    drawn = control_chart(release, indicator, reckoned).decode()
    assert "dashed lines" not in drawn
    assert "the median" in drawn


def test_whatever_the_catalogue_counts_on_the_last_day_of_a_quarter_is_a_stock() -> None:
    told = {each.id: each for each in load_catalogue().indicators}
    on_a_day = {id for id, each in told.items() if each.months == 3 and "on the last day of the quarter" in each.numerator.says}

    assert on_a_day <= {id for id, each in told.items() if each.stock}
    assert "children_with_known_concern" in on_a_day
    assert not any(told[id].stock for id in ("missing_episodes", "children_newly_recognised", "children_referred_again"))


def test_a_quarter_without_a_return_is_a_gap_and_no_zero() -> None:
    release = series(*ORDINARY[:8], NotAvailable("no return received"), *ORDINARY[9:])
    reckoned = control(release, release.indicator(COUNTED))

    assert reckoned is not None
    assert not any(signals(release))
    assert reckoned.points[0].low > 0


def test_new_limits_are_proposed_in_words_with_their_reason_and_not_drawn() -> None:
    shifted = [100, 120, 95, 110, 90, 115, 105, 125, *[count // 10 * 5 for count in ORDINARY[8:]]]
    release = series(*shifted, known_breaks=((PERIODS[8], "The form changed."),))
    reckoned = control(release, release.indicator(COUNTED))

    assert reckoned is not None
    assert reckoned.proposal is not None
    assert "a known change" in reckoned.proposal
    assert "Nothing is redrawn until" in reckoned.proposal
    assert len({point.centre for point in reckoned.points}) == 1
    unnamed = series(*shifted)
    other = control(unnamed, unnamed.indicator(COUNTED))
    assert other is not None
    assert "no change is known" in (other.proposal or "")


def test_limits_never_leave_what_is_possible() -> None:
    release = series(*[10, 60, 15, 80, 10, 70, 20, 90, 10, 60, 15, 80, 10, 70, 20, 90])
    reckoned = control(release, release.indicator(COUNTED))

    assert reckoned is not None
    assert all(point.low >= 0 for point in reckoned.points)


# funnels


def wards(counts: Sequence[int | None], *, total: int, sizes: Sequence[int], of_all: int) -> Release:
    release = example_release()
    codes = [f"W{number:02}" for number in range(1, len(counts) + 1)]
    figures = [
        Figure(
            RATE,
            release.period,
            "ward",
            code,
            Withheld.WITHHELD if count is None else Released(count),
            Released(size),
            Withheld.WITHHELD if count is None else Ratio(count / size * 10_000, 10_000),
        )
        for code, count, size in zip(codes, counts, sizes, strict=True)
    ]
    made = of_figures(RATE, "ward", figures)
    whole = Figure(RATE, release.period, "all", "all", Released(total), Released(of_all), Ratio(total / of_all * 10_000, 10_000))
    kept = tuple(f for f in made.figures if (f.indicator, f.breakdown, f.period) != (RATE, "all", release.period))
    categories = {**made.categories, "ward": tuple((code, f"Ward {code}") for code in codes)}
    return dataclasses.replace(made, figures=(*kept, whole), categories=categories)


def test_a_ward_far_from_the_others_is_named_and_one_that_is_only_small_is_not() -> None:
    release = wards([50, 45, 55, 50, 45, 50, 130, 10], total=435, sizes=[1_000] * 7 + [120], of_all=7_120)
    reckoned = ward_funnel(release, release.indicator(RATE), release.period)

    assert reckoned is not None
    assert reckoned.words["W07"] == "higher"
    assert reckoned.words["W08"] == "no clear difference"
    assert not reckoned.corrected
    assert any("Ward W07" in words for words in funnel_words(reckoned, release.indicator(RATE)))


def test_withheld_wards_do_not_raise_what_the_others_are_compared_with() -> None:
    release = wards([30, 35, 30, 25, 30, None, None, None], total=170, sizes=[1_000] * 8, of_all=8_000)
    reckoned = ward_funnel(release, release.indicator(RATE), release.period)

    assert reckoned is not None
    assert reckoned.target == pytest.approx(170 / 8_000 * 10_000)
    assert any("3 wards without a number shown could not be compared" in words for words in funnel_words(reckoned, release.indicator(RATE)))


def test_with_more_than_twenty_wards_the_words_allow_for_how_many_there_are() -> None:
    counts = [70, *[50, 45, 55] * 8]
    release = wards(counts, total=sum(counts), sizes=[1_000] * 25, of_all=25_000)
    reckoned = ward_funnel(release, release.indicator(RATE), release.period)

    assert reckoned is not None
    assert reckoned.corrected
    assert set(reckoned.words.values()) == {"no clear difference"}


def test_a_funnel_needs_wards_to_be_beside_and_a_total_to_lie_around() -> None:
    few = wards([50, 45, 55, 50], total=200, sizes=[1_000] * 4, of_all=4_000)

    assert ward_funnel(few, few.indicator(RATE), few.period) is None


def test_both_drawings_say_in_words_what_they_show_and_give_no_verdict_by_colour() -> None:
    release = wards([50, 45, 55, 50, 45, 50, 130, 10], total=435, sizes=[1_000] * 7 + [120], of_all=7_120)
    indicator = release.indicator(RATE)
    beside, reckoned = ward_funnel(release, indicator, release.period), control(release, indicator)
    assert beside is not None
    assert reckoned is not None

    for drawing in (funnel_chart(release, indicator, beside, release.period), control_chart(release, indicator, reckoned)):
        root = etree.fromstring(drawing)
        description = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
        assert len(description) > 80
        colours = {each.get(name) for each in root.iter() for name in ("fill", "stroke")} - {None, "none"}
        assert all(colour.startswith(("#", "url(")) for colour in colours)
        reds = [c for c in colours if c.startswith("#") and int(c[1:3], 16) > int(c[5:7], 16) + 40]
        greens = [c for c in colours if c.startswith("#") and int(c[3:5], 16) > max(int(c[1:3], 16), int(c[5:7], 16)) + 20]
        assert reds == greens == []


def test_the_words_of_signals_reach_the_page_as_they_are() -> None:
    release = series(*ORDINARY[:10], 250, *ORDINARY[11:])

    assert signals(release)[10] == Signal.ABOVE_LIMIT.words
