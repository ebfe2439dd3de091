"""Charts of a release as SVG: a trend with its gaps, bars in the categories' own order, a sparkline.

A withheld figure is never a line through a guess, never a bar of no length and never 0: its place is hatched or says the word. No chart
is ranked by size, and no colour says good or bad.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sightline.model.releases import IndicatorText, Release
from sightline.publish.series import (
    Mark,
    breakdown_marks,
    breakdown_title,
    is_provisional,
    measured_in,
    period_title,
    short_period,
    trend_marks,
)
from sightline.publish.svg import GRID, INK, MAIN, PAPER, QUIET, SOFT, Drawing, width_of, wrap

_WIDTH = 640.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 616.0, 46.0, 270.0
_LABELS, _ROW = 210.0, 34.0


def axis_ticks(largest: float) -> list[float]:
    """Round numbers from 0 to at least ``largest``, four to six of them.

    >>> axis_ticks(38)
    [0.0, 10.0, 20.0, 30.0, 40.0]
    """
    if largest <= 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(largest / 4))
    step = next(power * m for m in (1, 2, 2.5, 5, 10, 20) if power * m * 5 >= largest)
    return [round(step * place, 10) for place in range(math.ceil(round(largest / step, 9)) + 1)]


def label_places(count: int, step: float, widest: float) -> list[int]:
    """Which places of an axis get a label: the last, and earlier ones at an even distance (a whole year where quarters allow)."""
    every = next(e for e in (1, 2, 4, 8, 16, 32, 64, 128) if e * step >= widest or e >= count)
    return sorted(range(count - 1, -1, -every))


def _tick_text(value: float, per: int | None) -> str:
    return f"{value:,.10g}%" if per == 100 else f"{value:,.10g}"


def _runs(marks: Sequence[Mark], breaks: Sequence[int] = ()) -> list[list[int]]:
    """Places of neighbouring marks that have a value and mean the same: a line may join these and no others."""
    runs: list[list[int]] = [[]]
    for place, each in enumerate(marks):
        if each.value is None or place in breaks:
            runs.append([])
        if each.value is not None:
            runs[-1].append(place)
    return [run for run in runs if run]


def describe_trend(marks: Sequence[Mark], indicator: IndicatorText, *, provisional: bool) -> str:
    """A trend in words, for people who do not see it and for the PDF."""
    known = [each for each in marks if each.value is not None]
    words = [f"{measured_in(indicator)}, {period_title(marks[0].label)} to {period_title(marks[-1].label)}."] if marks else []
    if known:
        lowest, highest = min(known, key=lambda m: m.value or 0), max(known, key=lambda m: m.value or 0)
        words.append(f"Lowest {lowest.text}, highest {highest.text}.")
        words.append(f"Latest figure {known[-1].text} ({period_title(known[-1].label)}{', provisional' if provisional else ''}).")
    gaps = [f"{period_title(each.label)}: {each.text}" for each in marks if each.value is None]
    if gaps:
        words.append(f"No figure is shown for {len(gaps)} of {len(marks)} periods. {'; '.join(gaps)}.")
    named = {each.label for each in marks}
    words += [
        f"From {period_title(since)} the numbers mean something else: {note}" for since, note in indicator.known_breaks if since in named
    ]
    return " ".join(words)


def trend(release: Release, indicator_id: str) -> bytes:
    """An indicator over the release's periods, from 0; gaps are marked and a provisional last point is hollow."""
    indicator = release.indicator(indicator_id)
    marks = trend_marks(release, indicator)
    provisional = is_provisional(release, indicator) and bool(marks) and marks[-1].value is not None
    drawing = Drawing(
        name=f"trend-{indicator_id}",
        width=_WIDTH,
        title=f"{indicator.title} by quarter",
        description=describe_trend(marks, indicator, provisional=provisional),
    )
    ticks = axis_ticks(max((m.value for m in marks if m.value is not None), default=0.0))
    step = (_RIGHT - _LEFT) / max(len(marks), 1)

    def at(place: int) -> tuple[float, float]:
        return _LEFT + step * (place + 0.5), _BOTTOM - (_BOTTOM - _TOP) * ((marks[place].value or 0.0) / ticks[-1])

    drawing.heading(measured_in(indicator))
    value_axis(drawing, ticks if any(each.value is not None for each in marks) else [0.0], indicator.per)
    for place, each in enumerate(marks):
        if each.value is None:
            fill = drawing.hatch() if each.withheld else drawing.dots()
            drawing.rect(_LEFT + step * place + 1, _TOP, step - 2, _BOTTOM - _TOP, fill=fill)
    period_axis(drawing, [each.label for each in marks], step)
    breaks = [(place, note) for place, note in _breaks(release, indicator) if place > 0]
    for place, _ in breaks:
        drawing.path([(_LEFT + step * place, _TOP - 8), (_LEFT + step * place, _BOTTOM)], stroke=INK, width=1.5, dash="2 4")
    for run in _runs(marks, [place for place, _ in breaks]):
        _run_of_line(drawing, [at(place) for place in run], hollow_end=provisional and run[-1] == len(marks) - 1)
    if marks and marks[-1].value is not None:
        x, y = at(len(marks) - 1)
        falling = len(marks) > 1 and (marks[-2].value or 0.0) > (marks[-1].value or 0.0)
        below = falling and y + 26 < _BOTTOM
        drawing.text(min(x + 12, _WIDTH - 4), y + 26 if below else y - 14, marks[-1].text, size=17, anchor="end", weight="bold")
    notes = [f"from {short_period(release.periods[place])}: {note}" for place, note in breaks]
    return drawing.to_bytes(_legend(drawing, marks, _BOTTOM + 74, provisional=provisional, breaks=notes))


def _breaks(release: Release, indicator: IndicatorText) -> list[tuple[int, str]]:
    """The places of the quarters from which the numbers mean something else, and why."""
    return [(release.periods.index(since), note) for since, note in indicator.known_breaks if since in release.periods]


def value_axis(drawing: Drawing, ticks: Sequence[float], per: int | None, *, bottom: float = _BOTTOM) -> None:
    """Lines and numbers of an axis upwards, from the bottom of the frame that these charts share."""
    for tick in ticks:
        y = bottom - (bottom - _TOP) * tick / (ticks[-1] or 1.0)
        drawing.line(_LEFT, y, _RIGHT, y, stroke=GRID if tick else INK)
        drawing.text(_LEFT - 8, y + 5, _tick_text(tick, per), size=15, anchor="end", fill=QUIET)


def period_axis(drawing: Drawing, periods: Sequence[str], step: float) -> None:
    """Quarters across the same frame, as many of them named as fit."""
    labelled = set(label_places(len(periods), step, 94))
    for place, period in enumerate(periods):
        x = _LEFT + step * (place + 0.5)
        drawing.line(x, _BOTTOM, x, _BOTTOM + (9 if place in labelled else 4), stroke=INK)
        if place in labelled:
            lines = [line for line in short_period(period).rpartition(" ")[::2] if line]
            half = max(width_of(line, 15) for line in lines) / 2 + 2
            for down, line in enumerate(lines):
                drawing.text(min(max(x, half), _WIDTH - half), _BOTTOM + 26 + 18 * down, line, size=15, anchor="middle", fill=QUIET)


def _run_of_line(drawing: Drawing, points: list[tuple[float, float]], *, hollow_end: bool) -> None:
    solid = points[:-1] if hollow_end else points
    if len(solid) > 1:
        drawing.path(solid)
    if hollow_end and len(points) > 1:
        drawing.path(points[-2:], dash="6 5")
    for place, (x, y) in enumerate(points):
        hollow = hollow_end and place == len(points) - 1
        drawing.circle(
            x, y, 5 if hollow else 4, fill=PAPER if hollow else MAIN, stroke=MAIN if hollow else None, width=2.5 if hollow else None
        )


def _legend(drawing: Drawing, marks: Sequence[Mark], y: float, *, provisional: bool, breaks: Sequence[str]) -> float:
    """Explain the marks that are used, one under another; return the height the drawing then has."""
    swatches: list[tuple[Callable[[float], None], str]] = []
    if provisional:
        swatches.append(
            (lambda y: drawing.circle(16, y, 5, fill=PAPER, stroke=MAIN, width=2.5), "provisional: late returns may still change it")
        )
    if any(each.value is None and each.withheld for each in marks):
        swatches.append((lambda y: drawing.rect(4, y - 9, 24, 18, fill=drawing.hatch()), "withheld"))
    reasons = sorted({each.text for each in marks if each.value is None and not each.withheld})
    if reasons:
        swatches.append((lambda y: drawing.rect(4, y - 9, 24, 18, fill=drawing.dots()), "; ".join(reasons)))
    swatches += [(lambda y: drawing.path([(16, y - 10), (16, y + 10)], stroke=INK, width=1.5, dash="2 4"), note) for note in breaks]
    for swatch, words in swatches:
        swatch(y)
        for line in wrap(words, 15, _WIDTH - 44):
            drawing.text(38, y + 5, line, size=15, fill=QUIET)
            y += 20
        y += 6
    return y - 12 if swatches else _BOTTOM + 54


def bars(release: Release, indicator_id: str, breakdown: str, period: str | None = None) -> bytes:
    """An indicator of a quarter, the headline one unless named, by the categories of a breakdown in their own order.

    A category without a number says why in its place.
    """
    indicator = release.indicator(indicator_id)
    marks = breakdown_marks(release, indicator, breakdown, period)
    by = breakdown_title(release, breakdown).lower()
    return bar_chart(
        name=f"bars-{indicator_id}-{breakdown}",
        title=f"{indicator.title} by {by}",
        heading=f"{measured_in(indicator)}, {period_title(period or release.period)}",
        marks=marks,
    )


def bar_chart(*, name: str, title: str, heading: str, marks: Sequence[Mark], shaded: Sequence[str] = ()) -> bytes:
    """Horizontal bars from 0 with their numbers beside them; ``shaded`` names the labels drawn lighter, such as places to compare with."""
    words = "; ".join(f"{each.label}: {each.text}" for each in marks)
    drawing = Drawing(name=name, width=_WIDTH, title=title, description=f"{heading}. {words}.")
    drawing.heading(heading)
    top = 41.0
    largest = max((m.value for m in marks if m.value is not None), default=0.0) or 1.0
    room = _WIDTH - _LABELS - max((width_of(m.text, 16) for m in marks if m.value is not None), default=0.0) - 14
    for place, each in enumerate(marks):
        middle = top + _ROW * (place + 0.5)
        drawing.label(_LABELS - 10, middle, each.label, width=_LABELS - 14, height=_ROW)
        if each.value is None:
            drawing.rect(_LABELS, middle - 10, 30, 20, fill=drawing.hatch() if each.withheld else drawing.dots())
            drawing.text(_LABELS + 38, middle + 5, each.text, size=16, fill=QUIET)
        else:
            length = room * each.value / largest
            drawing.rect(_LABELS, middle - 10, length, 20, fill=SOFT if each.label in shaded else MAIN)
            drawing.text(_LABELS + length + 6, middle + 6, each.text, size=16)
    bottom = top + _ROW * len(marks)
    drawing.line(_LABELS, top, _LABELS, bottom, stroke=INK)
    return drawing.to_bytes(bottom + 6)


def sparkline(release: Release, indicator_id: str) -> bytes:
    """The shape of an indicator over time, small: for a card that gives the number itself."""
    indicator = release.indicator(indicator_id)
    marks = trend_marks(release, indicator)
    provisional = is_provisional(release, indicator)
    drawing = Drawing(
        name=f"sparkline-{indicator_id}",
        width=200,
        title=f"{indicator.title}: shape over time",
        description=describe_trend(marks, indicator, provisional=provisional),
    )
    top = max((m.value for m in marks if m.value is not None), default=0.0) or 1.0
    step = 192 / max(len(marks), 1)

    def at(place: int) -> tuple[float, float]:
        return 4 + step * (place + 0.5), 46 - 38 * (marks[place].value or 0.0) / top

    for place, each in enumerate(marks):
        if each.value is None:
            drawing.rect(4 + step * place, 6, step, 42, fill=drawing.hatch() if each.withheld else drawing.dots())
    for run in _runs(marks, [place for place, _ in _breaks(release, indicator)]):
        points = [at(place) for place in run]
        if len(points) > 1:
            drawing.path(points, width=2.5)
        else:
            drawing.circle(*points[0], 2.5, fill=MAIN)
    if marks and marks[-1].value is not None:
        drawing.circle(*at(len(marks) - 1), 4, fill=PAPER if provisional else MAIN, stroke=MAIN, width=2)
    drawing.line(4, 49, 196, 49)
    return drawing.to_bytes(52)
