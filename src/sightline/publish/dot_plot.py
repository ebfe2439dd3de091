"""Points with their intervals, one row for each category in its own order: a rate, a share or a median, and how far chance could move it.

Rows are never sorted by size: where intervals overlap an order would say more than the numbers do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sightline.model.figures import Median, Ratio
from sightline.publish.charts import axis_ticks
from sightline.publish.intervals import interval_words, value_words
from sightline.publish.series import Headline, mark
from sightline.publish.svg import GRID, INK, MAIN, PAPER, QUIET, Drawing, width_of

_WIDTH, _LABELS, _ROW = 680.0, 212.0, 36.0


@dataclass(frozen=True, slots=True)
class Point:
    """One row: ``value`` is None where no number may be drawn, and then ``text`` says why. ``group`` stands above rows that share it."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    withheld: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """A value to compare with, drawn as an upright line through all rows, and what it is."""

    value: float
    words: str


def point_of(label: str, shown: Headline, group: str = "") -> Point:
    """A shown figure as a row: a ratio or median with its interval, a count without one, or the word that stands there."""
    if isinstance(shown, Ratio | Median):
        between = interval_words(shown)
        return Point(
            label, shown.value, shown.low, shown.high, f"{value_words(shown)} ({between})" if between else value_words(shown), group=group
        )
    drawn = mark(label, shown)
    return Point(label, drawn.value, None, None, drawn.text, drawn.withheld, group)


def dot_plot(*, name: str, title: str, heading: str, points: Sequence[Point], beside: Beside | None = None, unit: str = "") -> bytes:
    """Draw the points from 0, each with its interval and its words at the right."""
    words = "; ".join(f"{each.group + ', ' if each.group else ''}{each.label}: {each.text}" for each in points)
    line = f" The upright line is {beside.words}." if beside else ""
    drawing = Drawing(name=name, width=_WIDTH, title=title, description=f"{heading}. {words}.{line}")
    drawing.heading(heading)
    top = 36.0
    if beside:
        drawing.path([(12, 50), (12, 32)], stroke=INK, width=2, dash="5 4")
        drawing.text(24, 46, beside.words, size=15)
        top = 62.0
    known = [each for each in points if each.value is not None]
    reach = [number for each in known for number in (each.value, each.high) if number is not None]
    ticks = axis_ticks(max([*reach, beside.value if beside and known else 0.0], default=0.0))
    right = _WIDTH - max((width_of(each.text, 15) for each in known), default=60.0) - 14
    places, bottom = _places(drawing, points, top)

    def at(value: float) -> float:
        return _LABELS + (right - _LABELS) * value / ticks[-1]

    _axis(drawing, ticks if known else [0.0], at, top=top, bottom=bottom, unit=unit)
    if beside and known:
        drawing.path([(at(beside.value), top), (at(beside.value), bottom)], stroke=INK, width=2, dash="5 4")
    for middle, each in zip(places, points, strict=True):
        drawing.label(_LABELS - 12, middle, each.label, width=_LABELS - 18, height=_ROW)
        if each.value is None:
            drawing.rect(_LABELS + 2, middle - 9, 28, 18, fill=drawing.hatch() if each.withheld else drawing.dots())
            # On paper of its own: no line of the axis, nor that of the value beside, runs through a word.
            drawing.rect(_LABELS + 34, middle - 11, width_of(each.text, 15) + 8, 22, fill=PAPER)
            drawing.text(_LABELS + 38, middle + 5, each.text, size=15, fill=QUIET)
            continue
        if each.low is not None and each.high is not None:
            _interval(drawing, at(each.low), at(each.high), middle)
        drawing.circle(at(each.value), middle, 5.5, fill=MAIN)
        drawing.text(_WIDTH - 4, middle + 5, each.text, size=15, anchor="end")
    return drawing.to_bytes(bottom + 30)


def _places(drawing: Drawing, points: Sequence[Point], top: float) -> tuple[list[float], float]:
    """Write each group's name above its rows; return the middle of each row, and where the last ends."""
    places: list[float] = []
    y, before = top, ""
    for each in points:
        if each.group and each.group != before:
            drawing.text(4, y + 22, each.group, size=15, weight="bold")
            y += _ROW
        before = each.group
        places.append(y + _ROW / 2)
        y += _ROW
    return places, y


def _axis(drawing: Drawing, ticks: Sequence[float], at: Callable[[float], float], *, top: float, bottom: float, unit: str) -> None:
    room = at(ticks[1]) - at(ticks[0]) if len(ticks) > 1 else 60.0
    every = 1 if room > width_of(f"{ticks[-1]:,.10g}{unit}", 15) + 8 else 2
    for place, tick in enumerate(ticks):
        drawing.line(at(tick), top, at(tick), bottom, stroke=GRID if tick else INK)
        if place % every == 0:
            drawing.text(at(tick), bottom + 20, f"{tick:,.10g}{unit}", size=15, anchor="middle", fill=QUIET)


def _interval(drawing: Drawing, low: float, high: float, middle: float) -> None:
    drawing.line(low, middle, high, middle, stroke=MAIN, width=2.5)
    for end in (low, high):
        drawing.line(end, middle - 5, end, middle + 5, stroke=MAIN, width=2.5)
