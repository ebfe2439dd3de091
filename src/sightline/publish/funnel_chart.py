"""Wards beside one another as a funnel: how far a small ward may lie from all together by chance alone, and which lie farther.

Reckoned from released, rounded figures of wards where both parts are shown. Wards differ for reasons that no count knows; the limits allow
for that too (overdispersion), and with more than 20 wards the words allow for how many there are. Nobody is ranked.
Method: docs/methods/funnels.md and docs/methods/many-comparisons.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sightline.model.figures import Ratio, Released
from sightline.model.releases import IndicatorText, Release
from sightline.publish.charts import axis_ticks, value_axis
from sightline.publish.series import measured_in, number_words, period_title
from sightline.publish.svg import INK, MAIN, PAPER, QUIET, Drawing, width_of
from sightline.stats.comparisons import Difference, words_for
from sightline.stats.funnels import FunnelKind, funnel, funnel_limits

FEWEST = 5
"""With fewer wards there is nothing to be beside."""
NOT_A_PLACE = frozenset({"not_recorded", "unknown", "outside"})
_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 640.0, 62.0, 616.0, 46.0, 300.0
_KINDS = {100: FunnelKind.PROPORTION, 10_000: FunnelKind.RATIO, 1: FunnelKind.RATIO_OF_COUNTS}


@dataclass(frozen=True, slots=True)
class Area:
    """One ward: its size, its figure, and how it lies beside all of them."""

    code: str
    label: str
    size: int
    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """The wards with their figures; ``target`` is the area's own, ``limits`` those of a size, ``withheld`` the wards without a number."""

    areas: tuple[Area, ...]
    target: float
    corrected: bool
    withheld: int
    limits: Callable[[Sequence[float], float], tuple[list[float], list[float]]]

    @property
    def words(self) -> Mapping[str, str]:
        """For each ward: higher, lower, no clear difference."""
        return {area.code: area.words for area in self.areas}


def ward_funnel(release: Release, indicator: IndicatorText, period: str, breakdown: str = "ward") -> Funnel | None:
    """Reckon the funnel of a quarter; None where the indicator has no parts, or too few wards show both of them."""
    if indicator.per not in _KINDS or indicator.is_median:
        return None
    figures = [each for each in release.breakdown(indicator.id, breakdown, period) if each.category not in NOT_A_PLACE]
    kept = [
        (figure.category, figure.count.value, figure.out_of.value, figure.statistic.value)
        for figure in figures
        if isinstance(figure.count, Released)
        and isinstance(figure.out_of, Released)
        and isinstance(figure.statistic, Ratio)
        and figure.out_of.value > 0
    ]
    if len(kept) < FEWEST:
        return None
    kind, per = _KINDS[indicator.per], indicator.per
    counts, sizes = np.array([each[1] for each in kept], float), np.array([each[2] for each in kept], float)
    if kind is FunnelKind.PROPORTION:
        counts = np.minimum(counts, sizes)
    overall = _overall(release, indicator, period)
    if overall is None:
        return None
    as_ratio = kind is FunnelKind.RATIO
    # A rate is a count beside the count expected at the rate of the whole area.
    found = funnel(counts, sizes * overall, kind) if as_ratio else funnel(counts, sizes, kind, target=overall)
    told = words_for(np.sign(found.adjusted), [math.erfc(abs(each) / math.sqrt(2)) for each in found.adjusted])
    areas = [
        Area(code, release.label(breakdown, code), size, value, str(word))
        for (code, _, size, value), word in zip(kept, told.words, strict=True)
    ]

    def limits(at: Sequence[float], confidence: float) -> tuple[list[float], list[float]]:
        wide = np.asarray(at, float) * (overall if as_ratio else 1.0)
        between = funnel_limits(kind, wide, found.target, found.tau2, confidence=confidence)
        scale = per * (overall if as_ratio else 1.0)
        return (between.lower * scale).tolist(), (between.upper * scale).tolist()

    return Funnel(tuple(areas), overall * per, told.corrected, len(figures) - len(kept), limits)


def _overall(release: Release, indicator: IndicatorText, period: str) -> float | None:
    """The area's own figure as a share: the wards that are withheld are in it. None where it is not shown, or nothing happened."""
    whole = release.series(indicator.id)[release.periods.index(period)]
    if whole is None or not isinstance(whole.count, Released) or not isinstance(whole.out_of, Released) or not whole.out_of.value:
        return None
    return whole.count.value / whole.out_of.value or None


def funnel_words(reckoned: Funnel, indicator: IndicatorText) -> list[str]:
    """What the funnel shows, in plain sentences and without a verdict."""
    said = [f"The whole area: {number_words(reckoned.target, indicator)}."]
    for word in (Difference.HIGHER, Difference.LOWER):
        names = [area.label for area in reckoned.areas if area.words == word]
        if names:
            said.append(f"{str(word).capitalize()} than chance and the usual differences between wards explain: {', '.join(names)}.")
    if len(said) == 1:
        said.append("No ward lies clearly higher or lower than chance and the usual differences between wards explain.")
    if reckoned.withheld:
        said.append(f"{reckoned.withheld} ward{'' if reckoned.withheld == 1 else 's'} without a number shown could not be compared.")
    if reckoned.corrected:
        said.append("Because many wards stand beside one another, only differences that would stand among so many are named.")
    return said


def funnel_chart(release: Release, indicator: IndicatorText, reckoned: Funnel, period: str) -> bytes:
    """Draw it: the size of a ward across, its figure upwards, the figure of all as a line, 95% and 99.8% limits around it."""
    heading = f"{measured_in(indicator)}, {period_title(period)}"
    points = "; ".join(f"{each.label}: {number_words(each.value, indicator)} of {each.size:,}, {each.words}" for each in reckoned.areas)
    drawing = Drawing(
        name=f"funnel-{indicator.id}",
        width=_WIDTH,
        title=f"{indicator.title}: wards beside one another",
        description=f"{heading}. {' '.join(funnel_words(reckoned, indicator))} {points}.",
    )
    drawing.heading(heading)
    largest = axis_ticks(max(each.size for each in reckoned.areas))
    smallest = min(each.size for each in reckoned.areas)
    curve = [smallest * 0.7 + (largest[-1] - smallest * 0.7) * (place / 60) ** 2 for place in range(61)]
    bands = {confidence: reckoned.limits(curve, confidence) for confidence in (0.95, 0.998)}
    highest = max(reckoned.target, *(each.value for each in reckoned.areas))
    ticks = axis_ticks(max(highest, min(max(bands[0.95][1]), 2.5 * highest)))
    if indicator.per == 100:
        ticks = [tick for tick in ticks if tick <= 100] if ticks[-1] > 100 else ticks

    def across(size: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * size / largest[-1]

    def up(value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * min(value, ticks[-1]) / ticks[-1]

    value_axis(drawing, ticks, indicator.per, bottom=_BOTTOM)
    _sizes(drawing, largest, across, f"Out of: {(indicator.denominator or '').lower()}")
    drawing.path([(_LEFT, up(reckoned.target)), (_RIGHT, up(reckoned.target))], stroke=QUIET, width=1.5)
    for confidence, dash in ((0.95, "7 5"), (0.998, "2 4")):
        for line in bands[confidence]:
            drawing.path(
                [(across(size), up(value)) for size, value in zip(curve, line, strict=True) if value <= ticks[-1]],
                stroke=QUIET,
                width=1.5,
                dash=dash,
            )
    for area in reckoned.areas:
        unusual = area.words in (Difference.HIGHER, Difference.LOWER)
        drawing.circle(across(area.size), up(area.value), 5, fill=MAIN, stroke=PAPER, width=1)
        if unusual:
            drawing.circle(across(area.size), up(area.value), 9.5, fill="none", stroke=INK, width=2)
            _name(drawing, area.label, across(area.size), up(area.value))
    return drawing.to_bytes(_key(drawing, reckoned))


def _sizes(drawing: Drawing, ticks: Sequence[float], across: Callable[[float], float], words: str) -> None:
    for tick in ticks:
        drawing.line(across(tick), _BOTTOM, across(tick), _BOTTOM + 5, stroke=INK)
        drawing.text(across(tick), _BOTTOM + 24, f"{tick:,.0f}", size=15, anchor="middle", fill=QUIET)
    drawing.text(_RIGHT, _BOTTOM + 46, words, size=15, anchor="end", fill=QUIET)


def _name(drawing: Drawing, label: str, x: float, y: float) -> None:
    fits = x + 14 + width_of(label, 15) < _WIDTH
    drawing.text(x + 14 if fits else x - 14, y + 5, label, size=15, anchor="start" if fits else "end")


def _key(drawing: Drawing, reckoned: Funnel) -> float:
    y = _BOTTOM + 74
    rows = [("7 5", "95 of 100 wards would lie between these lines"), ("2 4", "998 of 1,000 would lie between these")]
    for dash, words in rows:
        drawing.path([(4, y), (28, y)], stroke=QUIET, width=1.5, dash=dash)
        drawing.text(38, y + 5, words, size=15, fill=QUIET)
        y += 26
    if any(each.words in (Difference.HIGHER, Difference.LOWER) for each in reckoned.areas):
        drawing.circle(16, y, 5, fill=MAIN)
        drawing.circle(16, y, 9.5, fill="none", stroke=INK, width=2)
        drawing.text(38, y + 5, "higher or lower than chance and the usual differences explain", size=15, fill=QUIET)
        y += 26
    return y - 12
