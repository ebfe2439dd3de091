"""Drawings taken apart: every bar, point, line, band and text with its place, as anybody can who has the page. Nothing here knows how they
were drawn.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
DRAWN = 0.011
"""Drawings keep two decimals of a user unit: a length may be off by half of the last, at both ends."""
HIDDEN_WORD = "withheld"
SWATCHES = frozenset({(24.0, 18.0), (26.0, 20.0)})
"""The sizes of the squares in legends."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, and what it is filled with."""

    x: float
    y: float
    width: float
    height: float
    fill: str

    @property
    def is_hatched(self) -> bool:
        return self.fill.startswith("url(")

    @property
    def is_of_legend(self) -> bool:
        return (self.width, self.height) in SWATCHES

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


@dataclass(frozen=True, slots=True)
class Words:
    """A text and where it stands; ``anchor`` says which end of it is there."""

    x: float
    base: float
    anchor: str
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A path: the numbers of its outline in their order, how it is painted, and the words it carries."""

    numbers: tuple[float, ...]
    is_curved: bool
    stroke: str
    fill: str
    words: str

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """The corners of a path of straight lines."""
        return tuple(zip(self.numbers[::2], self.numbers[1::2], strict=False))


@dataclass(frozen=True)
class Drawn:
    """One drawing taken apart."""

    name: str
    description: str
    boxes: tuple[Box, ...]
    dots: tuple[Dot, ...]
    lines: tuple[tuple[float, float, float, float], ...]
    strokes: tuple[Stroke, ...]
    texts: tuple[Words, ...]
    titled: tuple[tuple[str, str], ...]
    """Fill and words of every shape with words of its own."""

    @property
    def bars(self) -> list[Box]:
        """Rectangles that are painted, and no square of a legend."""
        return [box for box in self.boxes if not box.is_hatched and not box.is_of_legend]


@dataclass
class _Parts:
    boxes: list[Box] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    lines: list[tuple[float, float, float, float]] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    texts: list[Words] = field(default_factory=list)
    titled: list[tuple[str, str]] = field(default_factory=list)

    def take(self, node: ElementTree.Element) -> None:
        """Add one shape."""
        words = _said(node)
        match _local(node):
            case "rect":
                x, y, width, height = _floats(node, "x", "y", "width", "height")
                self.boxes.append(Box(x, y, width, height, node.get("fill", "")))
            case "circle":
                x, y, radius = _floats(node, "cx", "cy", "r")
                self.dots.append(Dot(x, y, radius, node.get("fill", "")))
            case "line":
                x1, y1, x2, y2 = _floats(node, "x1", "y1", "x2", "y2")
                self.lines.append((x1, y1, x2, y2))
            case "path":
                outline = node.get("d", "")
                numbers = tuple(float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", outline))
                self.strokes.append(Stroke(numbers, "C" in outline, node.get("stroke", ""), node.get("fill", ""), words))
            case "text":
                x, base = _floats(node, "x", "y")
                self.texts.append(Words(x, base, node.get("text-anchor", "start"), "".join(node.itertext())))
            case "svg":
                return
        if words:
            data = [value for name, value in node.items() if name.startswith("data-")]
            self.titled.append((node.get("fill", ""), " ".join([words, *data])))


def svgs_of(page: str) -> list[str]:
    """The drawings inside a page."""
    return re.findall(r"<svg\b.*?</svg>", page, re.DOTALL)


def taken_apart(svg: str) -> Drawn | None:
    """A drawing's parts; None where it cannot be read as one, or declares anything (``<!``), which no drawing of ours does."""
    if "<!" in svg:
        return None
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314 nothing is declared, so nothing can be expanded or fetched
    except ElementTree.ParseError:
        return None
    parts = _Parts()
    for node in _shapes(root):
        parts.take(node)
    name = re.search(r'aria-labelledby="(\S+?)-title', svg)
    description = next((node.text or "" for node in root.iter() if _local(node) == "desc"), "")
    return Drawn(
        name.group(1) if name else "",
        description,
        tuple(parts.boxes),
        tuple(parts.dots),
        tuple(parts.lines),
        tuple(parts.strokes),
        tuple(parts.texts),
        tuple(parts.titled),
    )


def _shapes(node: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """A node and all beneath it, but for what is only defined there."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if _local(each) not in ("pattern", "defs"):
            yield each
            waiting.extend(reversed(each))


def _said(node: ElementTree.Element) -> str:
    """The words of a shape itself: a title in it, or an attribute."""
    titles = [child.text or "" for child in node if _local(child) == "title"]
    return " ".join([*titles, *(node.get(name) or "" for name in ("aria-label", "title"))]).strip()


def _local(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _floats(node: ElementTree.Element, *names: str) -> list[float]:
    return [_float(node.get(name) or "0") for name in names]


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def first_number(words: str) -> tuple[float, float] | None:
    """A number, and half of its last decimal, as far as it may have been rounded for the text alone; whole numbers stand for themselves."""
    found = NUMBER.search(words)
    if found is None:
        return None
    text = found.group().replace(",", "")
    decimals = len(text.partition(".")[2])
    is_exact = not decimals and "%" not in words
    return float(text), 1e-6 if is_exact else half_of_last(text)


def half_of_last(text: str) -> float:
    """By how much a number may have been rounded to be written so.

    >>> half_of_last("12.4"), half_of_last("12")
    (0.05, 0.5)
    """
    return float(0.5 * 10.0 ** -len(text.partition(".")[2]))


def do_not_fit(found: Sequence[tuple[float, float, float]], *, drawn: float = DRAWN) -> bool:
    """Whether no single scale fits lengths: length, number, and how far the number may have been rounded for the words."""
    lengths, numbers, halves = (np.array(column) for column in zip(*found, strict=True))
    least, most = (lengths - drawn) / (numbers + halves), (lengths + drawn) / np.maximum(numbers - halves, 1e-9)
    return bool(least.max() > most.min())


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale read off the numbers at its ticks: number = slope × place + base."""

    slope: float
    base: float
    places: tuple[float, float]

    def at(self, place: float) -> float:
        """The number that a place stands for."""
        return self.slope * place + self.base

    @property
    def blur(self) -> float:
        """By how much a number may be misread."""
        return abs(self.slope) * 2 * DRAWN + 1e-6

    def reaches(self, place: float) -> bool:
        """Whether a place lies between the first tick and the last."""
        return self.places[0] - 1 <= place <= self.places[1] + 1


def axis_of(ticks: Sequence[tuple[float, float]]) -> Axis | None:
    """The scale through ticks (place, number); None where they are too few, or on no straight line."""
    if len({place for place, _ in ticks}) < 2:
        return None
    places, numbers = (np.array(column) for column in zip(*ticks, strict=True))
    slope, base = np.polyfit(places, numbers, 1)
    made = Axis(float(slope), float(base), (float(places.min()), float(places.max())))
    return made if np.abs(slope * places + base - numbers).max() <= made.blur + 1e-9 * np.abs(numbers).max() else None


def axis_upwards(drawn: Drawn) -> Axis | None:
    """The scale at the left of a drawing, its numbers right-aligned beside their lines."""
    listed = [(text.base - 5, first_number(text.words)) for text in drawn.texts if text.anchor == "end" and text.x < 62]
    return axis_of([(place, number[0]) for place, number in listed if number])


def axis_across(drawn: Drawn) -> Axis | None:
    """The lowest row of centred numbers under a drawing."""
    ticks = [text for text in drawn.texts if text.anchor == "middle" and re.fullmatch(rf"{NUMBER.pattern}%?", text.words)]
    if not ticks:
        return None
    lowest = max(text.base for text in ticks)
    listed = [(text.x, first_number(text.words)) for text in ticks if text.base == lowest]
    return axis_of([(place, number[0]) for place, number in listed if number])
