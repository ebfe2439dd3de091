"""A released series as a control chart: which quarters are more than its ordinary ups and downs, with the numbers and the words.

Reckoned from the released, rounded figures, so that the chart gives away no more than they do. New limits are only ever proposed.
Method: docs/methods/control-charts.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from sightline.model.figures import Released
from sightline.model.releases import IndicatorText, Release
from sightline.model.units import DECIMALS
from sightline.publish.charts import axis_ticks, period_axis, value_axis
from sightline.publish.series import Mark, is_provisional, measured_in, number_words, period_title, trend_marks
from sightline.publish.svg import INK, MAIN, PAPER, QUIET, Drawing, wrap
from sightline.stats.control_charts import Signal, charts_of_counts, xmr_charts
from sightline.stats.rebasing import propose_rebase

FEWEST, ENOUGH = 8, 12
"""With fewer quarters than the first no limits are reckoned; with fewer than the second they are provisional."""
_QUARTER = 3
_ROUNDED_TO = 5.0
"""The step that released counts are rounded to (docs/methods/rounding-and-withholding.md)."""
_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 640.0, 62.0, 616.0, 46.0, 270.0


@dataclass(frozen=True, slots=True)
class Point:
    """One quarter: its mark, the centre and the limits there, and what is unusual about it (None: nothing, or no figure)."""

    mark: Mark
    centre: float
    low: float
    high: float
    signal: str | None


@dataclass(frozen=True, slots=True)
class Control:
    """A series with its limits, oldest quarter first; ``proposal`` says why new limits may be wanted, and from where.

    Without limits it is a run chart: the centre is the median, ``low`` and ``high`` are as well, and no point has a signal.
    """

    points: tuple[Point, ...]
    proposal: str | None
    has_limits: bool = True


def no_limits(marks: Sequence[Mark], indicator: IndicatorText) -> str | None:
    """Why a series has no limits; None where it has."""
    if indicator.months > _QUARTER:
        return (
            f"No limits are reckoned: each figure is about {indicator.months} months, so that those of neighbouring quarters share most of "
            "what they count, and limits take it that each quarter stands for itself."
        )
    withheld = sum(each.withheld for each in marks)
    if withheld:
        return (
            f"No limits are reckoned: {withheld} of {len(marks)} quarters are withheld, and withheld quarters are the low ones, so that "
            "limits from the others would sit too high."
        )
    known = sum(each.value is not None for each in marks)
    return f"No limits are reckoned: {known} of {len(marks)} quarters have a figure; {FEWEST} are needed." if known < FEWEST else None


def control(release: Release, indicator: IndicatorText) -> Control | None:
    """Reckon the limits of an indicator's series for everybody; None where `no_limits` says why, or nothing varies.

    A stock is drawn without limits: most of those it counts are the same as a quarter before, so that neighbouring points lie close
    together, and limits made of their distances would be too narrow (docs/methods/control-charts.md).
    """
    marks = trend_marks(release, indicator)
    values = [math.nan if each.value is None else each.value for each in marks]
    if no_limits(marks, indicator):
        return None
    if indicator.stock:
        return _run(marks)
    is_count, step = indicator.per is None and not indicator.is_median, _rounding_step(release, indicator)
    chart = charts_of_counts(values, rounded_to=step)[0] if is_count else xmr_charts(values, rounded_to=step)
    if math.isnan(chart.centre[0]) or math.isnan(chart.high[0]):
        return None
    most = 100.0 if indicator.per == 100 else math.inf
    points = tuple(
        Point(each, float(c), max(float(low), 0.0), min(float(high), most), _signal(each, code))
        for each, c, low, high, code in zip(marks, *chart, strict=True)
    )
    return Control(points, _proposal(release, indicator, values, step))


def _run(marks: Sequence[Mark]) -> Control:
    centre = float(median(each.value for each in marks if each.value is not None))
    return Control(tuple(Point(each, centre, centre, centre, None) for each in marks), None, has_limits=False)


def _rounding_step(release: Release, indicator: IndicatorText) -> float:
    """By how much a figure jumps when one of its rounded parts does: less than that is no sign of anything."""
    if indicator.is_median:
        return 10.0 ** -DECIMALS.get(indicator.value or "", 1)
    wholes = [each.out_of.value for each in release.series(indicator.id) if each is not None and isinstance(each.out_of, Released)]
    return _ROUNDED_TO * indicator.per / max(median(wholes), 1) if indicator.per and wholes else _ROUNDED_TO


def _signal(mark: Mark, code: int) -> str | None:
    return Signal(code).words if code and mark.value is not None else None


def _proposal(release: Release, indicator: IndicatorText, values: Sequence[float], step: float) -> str | None:
    changes = [release.periods.index(since) for since, _ in indicator.known_breaks if since in release.periods[1:]]
    found = propose_rebase(values, known_changes=changes, rounded_to=step)
    if found is None:
        return None
    before, since = number_words(found.centre_before, indicator), number_words(found.centre_since, indicator)
    early = " They would be provisional, because the quarters since are few." if found.provisional else ""
    return (
        f"Limits of their own from {period_title(release.periods[found.at])} are proposed: {found.reason}. "
        f"Centre before {before}, since {since}.{early} Nothing is redrawn until people who know the service have decided."
    )


def control_words(reckoned: Control, indicator: IndicatorText) -> list[str]:
    """What the chart shows, in plain sentences and without a verdict."""
    known = [point for point in reckoned.points if point.mark.value is not None]
    here = known[-1]
    if not reckoned.has_limits:
        return [
            f"Half of these {len(known)} quarters lie at or below {number_words(here.centre, indicator)}, half at or above it.",
            "No limits are drawn: most of the children counted are the same as a quarter before, so that neighbouring figures lie close "
            "together, and limits made of their distances would call ordinary drifts unusual. A long way up or down is a question all the "
            "same: who came, who left, and who stayed?",
        ]
    low, high = number_words(here.low, indicator), number_words(here.high, indicator)
    said = [f"From quarter to quarter this series ordinarily lies between {low} and {high}, around {number_words(here.centre, indicator)}."]
    if len(known) < ENOUGH:
        said.append(f"These limits are provisional: they rest on {len(known)} quarters, and each new one may still move them a good deal.")
    unusual: dict[str, list[str]] = {}
    for point in known:
        if point.signal:
            unusual.setdefault(point.signal, []).append(f"{period_title(point.mark.label)} ({point.mark.text})")
    if not unusual:
        said.append(
            f"None of its {len(known)} figures is more than that: a difference between two of them needs no explanation of its own."
        )
    said += [f"{_capital(signal)}: {'; '.join(quarters)}." for signal, quarters in unusual.items()]
    return [*said, reckoned.proposal] if reckoned.proposal else said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def control_chart(release: Release, indicator: IndicatorText, reckoned: Control) -> bytes:
    """Draw it: points joined by a thin line, the centre, dashed limits, and a ring around what is more than ordinary."""
    marks = [point.mark for point in reckoned.points]
    provisional = is_provisional(release, indicator) and marks[-1].value is not None
    drawing = Drawing(
        name=f"control-{indicator.id}",
        width=_WIDTH,
        title=f"{indicator.title}: " + ("ordinary variation and more" if reckoned.has_limits else "quarter by quarter"),
        description=" ".join(control_words(reckoned, indicator)),
    )
    drawing.heading(measured_in(indicator))
    ticks = axis_ticks(max(max(point.high, point.mark.value or 0.0) for point in reckoned.points))
    step = (_RIGHT - _LEFT) / len(marks)

    def across(place: int) -> float:
        return _LEFT + step * (place + 0.5)

    def up(value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * value / ticks[-1]

    value_axis(drawing, ticks, indicator.per)
    for place, each in enumerate(marks):
        if each.value is None:
            drawing.rect(
                _LEFT + step * place + 1, _TOP, step - 2, _BOTTOM - _TOP, fill=drawing.hatch() if each.withheld else drawing.dots()
            )
    period_axis(drawing, [each.label for each in marks], step)
    lines = (("high", "7 5", 1.5), ("centre", None, 1.5), ("low", "7 5", 1.5)) if reckoned.has_limits else (("centre", None, 1.5),)
    for name, dash, width in lines:
        levels = [up(getattr(point, name)) for point in reckoned.points]
        steps = [(x, y) for place, y in enumerate(levels) for x in (_LEFT + step * place, _LEFT + step * (place + 1))]
        drawing.path(steps, stroke=QUIET, width=width, dash=dash)
    for place, (before, after) in enumerate(pairwise(marks)):
        if before.value is not None and after.value is not None:
            drawing.path([(across(place), up(before.value)), (across(place + 1), up(after.value))], width=1.5)
    for place, point in enumerate(reckoned.points):
        if point.mark.value is not None:
            _dot(
                drawing,
                across(place),
                up(point.mark.value),
                unusual=point.signal is not None,
                hollow=provisional and place == len(marks) - 1,
            )
    return drawing.to_bytes(_key(drawing, reckoned, provisional=provisional))


def _dot(drawing: Drawing, x: float, y: float, *, unusual: bool, hollow: bool) -> None:
    if unusual:
        drawing.circle(x, y, 9.5, fill="none", stroke=INK, width=2)
    drawing.circle(x, y, 4.5, fill=PAPER if hollow else MAIN, stroke=MAIN, width=2)


def _key(drawing: Drawing, reckoned: Control, *, provisional: bool) -> float:
    y = _BOTTOM + 74
    rows = [("limits", "between the dashed lines: ordinary variation; the line between them is the centre")]
    if not reckoned.has_limits:
        rows = [("median", "the median: half of the quarters lie at or below it, half at or above")]
    if any(point.signal for point in reckoned.points):
        rows.append(("unusual", "more than ordinary variation: the words say why"))
    if provisional:
        rows.append(("provisional", "provisional: late returns may still change it"))
    for kind, words in rows:
        if kind in {"limits", "median"}:
            drawing.path([(4, y), (28, y)], stroke=QUIET, width=1.5, dash="7 5" if kind == "limits" else None)
        else:
            _dot(drawing, 16, y, unusual=kind == "unusual", hollow=kind == "provisional")
        for line in wrap(words, 15, _WIDTH - 44):
            drawing.text(38, y + 5, line, size=15, fill=QUIET)
            y += 20
        y += 6
    return y - 12
