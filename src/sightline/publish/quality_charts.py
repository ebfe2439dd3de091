"""Quality of the returns as SVG: one small picture for each dataset, one column for each quarter, all on one scale.

Datasets stand in the partnership's own order, never by size; one blue, so that no colour says good or bad. A quarter in which nothing came
is dotted, one that may still come is an empty frame, and one for which nothing is expected is left bare: none of them is drawn at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from sightline.publish.series import period_title, short_period
from sightline.publish.svg import GRID, INK, MAIN, PAPER, QUIET, Drawing

_WIDTH, _LABELS, _SCALE = 760.0, 216.0, 98.0
_TOP, _ROW, _PAD = 40.0, 58.0, 9.0


class Gap(StrEnum):
    """Why a quarter has no number."""

    NOT_THERE = "nothing came, or it came without rows"
    MAY_STILL_COME = "may still come in time"
    NONE_EXPECTED = "no return expected"


@dataclass(frozen=True, slots=True)
class Dot:
    """One return: its number, or why it has none, and the words that the table has."""

    period: str
    value: float | None
    text: str
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """What all rows share: from ``low`` (bottom) to ``high`` (top), with a line at ``mark`` that the words explain."""

    low: float
    high: float
    mark: float
    low_words: str
    high_words: str
    mark_words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One dataset and its returns, oldest first; every strip of a chart has the same periods."""

    label: str
    dots: tuple[Dot, ...]


def quality_chart(*, name: str, title: str, heading: str, strips: Sequence[Strip], scale: Scale) -> bytes:
    """One strip under another; the words of every return are in the description, for people who do not see it."""
    said = "; ".join(f"{each.label}: " + ", ".join(f"{period_title(dot.period)} {dot.text}" for dot in each.dots) for each in strips)
    drawing = Drawing(name=name, width=_WIDTH, title=title, description=f"{heading}. {said}.")
    drawing.heading(heading)
    periods = [dot.period for dot in strips[0].dots] if strips else []
    step = (_WIDTH - _LABELS - _SCALE) / max(len(periods), 1)
    for place, strip in enumerate(strips):
        _strip(drawing, strip, top=_TOP + _ROW * place, step=step, scale=scale)
    bottom = _TOP + _ROW * len(strips)
    for place, period in enumerate(periods):
        for row, line in enumerate(_two_lines(period)):
            drawing.text(_LABELS + step * (place + 0.5), bottom + 16 + 17 * row, line, size=14, anchor="middle", fill=QUIET)
    return drawing.to_bytes(_key(drawing, strips, scale, bottom + 62))


def _two_lines(period: str) -> tuple[str, ...]:
    months, _, year = short_period(period).rpartition(" ")
    return (months, year) if months else (year,)


def _strip(drawing: Drawing, strip: Strip, *, top: float, step: float, scale: Scale) -> None:
    bottom = top + _ROW - 6
    right = _WIDTH - _SCALE
    reach = (bottom - top - 2 * _PAD) / ((scale.high - scale.low) or 1.0)

    def at(value: float) -> float:
        return bottom - _PAD - reach * (min(max(value, scale.low), scale.high) - scale.low)

    drawing.label(_LABELS - 12, (top + bottom) / 2, strip.label, width=_LABELS - 18, height=_ROW)
    drawing.line(_LABELS, bottom, right, bottom, stroke=GRID)
    for place, dot in enumerate(strip.dots):
        if dot.gap is Gap.NOT_THERE:
            drawing.rect(_LABELS + step * place + 2, top + 2, step - 4, bottom - top - 4, fill=drawing.dots())
        elif dot.gap is Gap.MAY_STILL_COME:
            drawing.rect(_LABELS + step * place + 2, top + 2, step - 4, bottom - top - 4, fill=PAPER, stroke=QUIET)
    drawing.path([(_LABELS, at(scale.mark)), (right, at(scale.mark))], stroke=INK, width=1, dash="4 4")
    for value, words in ((scale.high, scale.high_words), (scale.low, scale.low_words)):
        drawing.text(right + 8, at(value) + 5, words, size=13, fill=QUIET)
    points = [(_LABELS + step * (place + 0.5), at(dot.value)) if dot.value is not None else None for place, dot in enumerate(strip.dots)]
    _joined(drawing, points)


def _joined(drawing: Drawing, points: Sequence[tuple[float, float] | None]) -> None:
    """A line joins neighbouring quarters only: it never runs over one without a number."""
    for before, after in pairwise(points):
        if before is not None and after is not None:
            drawing.path([before, after], width=2)
    for point in points:
        if point is not None:
            drawing.circle(*point, 4.5, fill=MAIN)


def _key(drawing: Drawing, strips: Sequence[Strip], scale: Scale, y: float) -> float:
    """What each mark is, those that are used; returns the height the drawing then has."""
    used = {dot.gap for strip in strips for dot in strip.dots}
    marks: list[tuple[Callable[[float], None], str]] = [
        (lambda y: drawing.path([(4, y), (28, y)], stroke=INK, width=1, dash="4 4"), scale.mark_words)
    ]
    if Gap.NOT_THERE in used:
        marks.append((lambda y: drawing.rect(4, y - 9, 24, 18, fill=drawing.dots()), Gap.NOT_THERE.value))
    if Gap.MAY_STILL_COME in used:
        marks.append((lambda y: drawing.rect(4, y - 9, 24, 18, fill=PAPER, stroke=QUIET), Gap.MAY_STILL_COME.value))
    if Gap.NONE_EXPECTED in used:
        marks.append((lambda y: None, f"left bare: {Gap.NONE_EXPECTED.value}"))
    for draw, words in marks:
        draw(y)
        drawing.text(38, y + 5, words, size=15, fill=QUIET)
        y += 26
    return y - 12
