"""What each kind of drawing says in its parts: lengths, heights, widths and colours read back to numbers, against the words beside them.

Each reader gives how much it read, and what was wrong with it; nought where a drawing has nothing of its kind.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from sightline.disclosure.blackbox.drawn import (
    DRAWN,
    HIDDEN_WORD,
    NUMBER,
    Axis,
    Box,
    Drawn,
    Stroke,
    Words,
    axis_across,
    axis_upwards,
    do_not_fit,
    first_number,
    half_of_last,
)

Read = tuple[int, list[str]]
NOTHING_READ: Read = (0, [])
_PAPER = "#ffffff"
_OF_A_ROW = 5.5
"""The radius of the points that stand one in each row, with their words at the right."""
_OF_A_FUNNEL = 5.0
_OF_A_STAGE = 14.0
"""The width of a box between the bands of a flow."""
_IN_TENTHS = 0.11
"""Bands keep one decimal of a user unit."""
_SMALL_CHART_LOW, _SMALL_CHART_HIGH = 46.0, 38.0
"""A small chart in words' place: where nought stands, and how high the highest of its numbers."""


def bars(drawn: Drawn) -> Read:
    """Bars that begin on one line, with their numbers behind their ends: one scale must fit them all.

    A bar that is cut short says so by gaps, and all that are cut must be of one length.
    """
    groups: dict[tuple[float, float], list[tuple[float, float, float]]] = defaultdict(list)
    cut: dict[tuple[float, float], set[float]] = defaultdict(set)
    for bar in drawn.bars:
        beside = [text.words for text in drawn.texts if _is_behind(text, bar)]
        number = first_number(beside[0]) if len(beside) == 1 else None
        if not beside:
            continue
        if HIDDEN_WORD in beside[0]:
            return len(drawn.boxes), ["a bar of its own length stands for a number that is withheld"]
        if _is_cut(bar, drawn.strokes):
            cut[bar.x, bar.height].add(bar.width)
        elif number is not None and number[0] > 0:
            groups[bar.x, bar.height].append((bar.width, *number))
    wrong = sum(map(do_not_fit, groups.values()))
    found = ["the length of a bar tells another number than stands beside it"] * bool(wrong)
    found += ["bars that are cut short differ in length"] * any(len(lengths) > 1 for lengths in cut.values())
    return sum(map(len, groups.values())) + len(cut), found


def _is_behind(text: Words, bar: Box) -> bool:
    return text.anchor == "start" and 0 < text.x - (bar.x + bar.width) < 12 and abs(text.base - (bar.y + bar.height / 2)) < 9


def _is_cut(bar: Box, strokes: Iterable[Stroke]) -> bool:
    """Whether a line in the colour of the paper runs across it."""
    return any(
        stroke.stroke == _PAPER
        and len(stroke.points) == 2
        and all(bar.x < x < bar.x + bar.width and bar.y - 4 < y < bar.y + bar.height + 4 for x, y in stroke.points)
        for stroke in strokes
    )


def heights(drawn: Drawn, shown: Sequence[float]) -> Read:
    """Points over quarters: each must stand at the height of a number that the release shows."""
    axis = axis_upwards(drawn)
    if axis is None or not shown or not drawn.name.startswith(("trend-", "control-")):
        return NOTHING_READ
    values = np.array(sorted(shown))
    read = [axis.at(dot.y) for dot in drawn.dots if 62 <= dot.x <= 616 and axis.reaches(dot.y)]
    wrong = [value for value in read if np.abs(values - value).min() > axis.blur]
    return len(read), ["the height of a point tells a number that is shown nowhere"] * bool(wrong)


def small_chart(drawn: Drawn, families: Sequence[Sequence[float]]) -> Read:
    """The shape of a series without an axis: its heights must be those of numbers that the release shows, on one scale."""
    if not drawn.name.startswith("sparkline-"):
        return NOTHING_READ
    marked = [y for stroke in drawn.strokes if stroke.fill == "none" for _, y in stroke.points] + [dot.y for dot in drawn.dots]
    read = _SMALL_CHART_LOW - np.array(marked)
    if not marked:
        return NOTHING_READ
    for family in families:
        values = np.array(sorted({0.0, *family}))
        for top in values[values > 0]:
            if np.abs(read[:, None] - _SMALL_CHART_HIGH * values[None, :] / top).min(axis=1).max() <= DRAWN:
                return len(marked), []
    if not np.abs(read).max():
        return len(marked), []
    return len(marked), ["the shape of a series is that of other numbers than are shown"]


def points_in_rows(drawn: Drawn) -> Read:
    """Points with their words at the right, and lines for their intervals: both must stand where the words say."""
    dots, axis = [dot for dot in drawn.dots if dot.radius == _OF_A_ROW], axis_across(drawn)
    if not dots or axis is None:
        return NOTHING_READ
    tried, wrong = 0, 0
    for dot in dots:
        row = [text for text in drawn.texts if text.anchor == "end" and abs(text.base - 5 - dot.y) < 0.6 and text.x > dot.x]
        words = max(row, key=lambda text: text.x).words if row else ""
        if HIDDEN_WORD in words:
            return len(dots), ["a point stands for a number that is withheld"]
        numbers = NUMBER.findall(words.replace(",", ""))
        if not numbers:
            continue
        ends = sorted(x for x1, y1, x2, y2 in drawn.lines if y1 == y2 and abs(y1 - dot.y) < 0.01 for x in (x1, x2))
        is_exact = len(numbers) == 1 and "%" not in words and "." not in numbers[0]
        for place, number in zip([dot.x, *ends], numbers if ends else numbers[:1], strict=False):
            tried += 1
            off = (1e-6 if is_exact else half_of_last(number)) + axis.blur
            wrong += abs(axis.at(place) - float(number)) > off
    return tried, ["a point or its interval stands elsewhere than its words say"] * bool(wrong)


def funnel(drawn: Drawn) -> Read:
    """Wards by size and figure: each point must be one of the pairs that the words give, and there must be no more of them."""
    if not drawn.name.startswith("funnel-"):
        return NOTHING_READ
    across, upwards = axis_across(drawn), axis_upwards(drawn)
    pairs = re.findall(rf": ({NUMBER.pattern})%? of (\d[\d,]*), ", drawn.description)
    if across is None or upwards is None or not pairs:
        return NOTHING_READ
    said = [(float(value.replace(",", "")), half_of_last(value), float(size.replace(",", ""))) for value, size in pairs]
    dots = [(dot.x, dot.y) for dot in drawn.dots if dot.radius == _OF_A_FUNNEL and dot.x >= 62]
    wrong = len(dots) != len(said) or any(not _is_said(x, y, said, across, upwards) for x, y in dots)
    return 2 * len(dots), ["a point of the funnel stands elsewhere than its words say"] * wrong


def _is_said(x: float, y: float, said: Sequence[tuple[float, float, float]], across: Axis, upwards: Axis) -> bool:
    """Whether a point is that of a ward in the words; what lies above the frame is drawn at its upper edge."""
    size, value = across.at(x), upwards.at(y)
    at_the_edge = abs(y - upwards.places[0]) <= DRAWN
    return any(
        abs(size - number) <= across.blur and (abs(value - figure) <= half + upwards.blur or (at_the_edge and figure >= value))
        for figure, half, number in said
    )


def flows(drawn: Drawn) -> Read:
    """Bands whose thickness is their number, and boxes that are as high as their bands together."""
    bands = [stroke for stroke in drawn.strokes if stroke.is_curved and stroke.words and len(stroke.numbers) >= 10]
    numbers = [first_number(band.words.rpartition(":")[2]) for band in bands]
    known = [(band.numbers[9] - band.numbers[7], *number) for band, number in zip(bands, numbers, strict=True) if number]
    if not known:
        return NOTHING_READ
    found = ["the thickness of a band tells another number than its words"] * do_not_fit(known, drawn=_IN_TENTHS)
    boxes = [box for box in drawn.bars if box.width == _OF_A_STAGE]
    for box in boxes:
        out = sum(
            b.numbers[9] - b.numbers[7] for b in bands if abs(b.numbers[0] - box.x - box.width) < 0.1 and _begins_in(b.numbers[1], box)
        )
        into = [b for b in bands if abs(b.numbers[6] - box.x) < 0.1 and _begins_in(b.numbers[7], box)]
        expected = max(out, sum(b.numbers[9] - b.numbers[7] for b in into), 2.0)
        if abs(box.height - expected) > _IN_TENTHS * (len(bands) + 1):
            found.append("a box is higher or lower than its bands together")
    return len(known) + len(boxes), list(dict.fromkeys(found))


def _begins_in(y: float, box: Box) -> bool:
    return box.y - 0.1 <= y < box.y + max(box.height, 0.2) - 0.05


def coloured_cells(drawn: Drawn) -> Read:
    """Cells in the colours of a scale with a number in each: a colour must stand for numbers that follow each other."""
    inside: list[tuple[str, str]] = []
    for text in drawn.texts:
        if text.anchor == "middle" and NUMBER.search(text.words):
            inside += [(box.fill, text.words) for box in drawn.boxes if box.holds(text.x, text.base - 5) and not box.is_of_legend]
    if any(fill.startswith("url(") for fill, _ in inside):
        return len(inside), ["a cell that is withheld holds a number"]
    return len(inside), [OUT_OF_ORDER] * colours_overlap(inside)


OUT_OF_ORDER = "a colour stands for numbers that do not follow each other"


def withheld_places(drawn: Drawn) -> Read:
    """Marks of withheld numbers must all be of one size, and no shape that says withheld may have a colour of the scale."""
    hatched = [box for box in drawn.boxes if box.is_hatched and not box.is_of_legend]
    found = ["marks of withheld numbers differ in size"] * (len({(box.width, box.height) for box in hatched}) > 1)
    for fill, words in drawn.titled:
        if HIDDEN_WORD in words:
            if not fill.startswith("url("):
                found.append("a place that is withheld has a colour of the scale")
            if NUMBER.search(words.partition(":")[2]):
                found.append("the words of a place that is withheld hold a number")
    flat = [(fill, words) for fill, words in drawn.titled if HIDDEN_WORD not in words]
    found += [OUT_OF_ORDER] * colours_overlap(flat)
    return len(hatched) + len(drawn.titled), list(dict.fromkeys(found))


def colours_overlap(told: Iterable[tuple[str, str]]) -> bool:
    """Whether two colours of a scale share numbers, or a lighter one stands for more: a colour was chosen by something else than the number
    in the words then.
    """
    by_colour: dict[str, list[float]] = defaultdict(list)
    for fill, words in told:
        number = first_number(words.rpartition(":")[2])
        if number is not None and fill.startswith("#"):
            by_colour[fill].append(number[0])
    spans = sorted((min(numbers), max(numbers), -_light(colour)) for colour, numbers in by_colour.items())
    return any(before[1] > after[0] or before[2] > after[2] for before, after in pairwise(spans))


def _light(colour: str) -> int:
    """How light a colour is, as #rrggbb tells."""
    return sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else 0
