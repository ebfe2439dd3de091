"""Attacks on pictures: bar lengths, points on an axis, colours and outlines read back to numbers and compared with what the text says.

Our own charts are drawn from shown numbers only (`publish`); nothing here knows how. A drawing whose parts say more than its words gives
itself away by that alone.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np

from sightline.disclosure.blackbox.held import COUNT, TOTAL, Held
from sightline.disclosure.blackbox.outcome import NOTHING, Finding, Outcome, not_tried

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_DRAWN = 0.011
"""Drawings keep two decimals of a user unit: a length may be off by half of the last, at both ends."""
_HIDDEN_WORD = "withheld"
_SWATCHES = frozenset({(24.0, 18.0), (26.0, 20.0)})
"""The sizes of the squares in legends."""
_NAMES_OF_AREAS = re.compile(r"code|name|^id$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawing taken apart: plain rectangles, hatched ones, points, texts with their places, and lines across."""

    name: str
    bars: tuple[tuple[float, float, float, float], ...]
    hatched: tuple[tuple[float, float], ...]
    points: tuple[tuple[float, float], ...]
    texts: tuple[tuple[float, float, str, str], ...]
    titled: tuple[tuple[str, str], ...]
    """Fill and words of every shape with words of its own."""


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
    bars, hatched, points, texts, titled = [], [], [], [], []
    for node in _shapes(root):
        kind, fill = _local(node), node.get("fill", "")
        if kind == "rect":
            place = (_float(node, "x"), _float(node, "y"), _float(node, "width"), _float(node, "height"))
            if fill.startswith("url("):
                hatched.append(place[2:])
            else:
                bars.append(place)
        elif kind == "circle":
            points.append((_float(node, "cx"), _float(node, "cy")))
        elif kind == "text":
            texts.append((_float(node, "x"), _float(node, "y"), node.get("text-anchor", "start"), "".join(node.itertext())))
        words = [child.text or "" for child in node if _local(child) == "title"]
        said = " ".join([*words, *(node.get(name) or "" for name in ("aria-label", "title"))]).strip()
        if said and kind != "svg":
            data = [value for name, value in node.items() if name.startswith("data-")]
            titled.append((fill, " ".join([said, *data])))
    name = re.search(r'aria-labelledby="(\S+?)-title', svg)
    return Drawn(name.group(1) if name else "", tuple(bars), tuple(hatched), tuple(points), tuple(texts), tuple(titled))


def _shapes(node: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """A node and all beneath it, but for what is only defined there."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if _local(each) not in ("pattern", "defs"):
            yield each
            waiting.extend(reversed(each))


def _local(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _float(node: ElementTree.Element, name: str) -> float:
    try:
        return float(node.get(name) or 0)
    except ValueError:
        return 0.0


def chart_geometry(held: Held) -> Outcome:
    """Measure every bar and point of every drawing, and compare with what stands beside it."""
    if not held.drawings:
        return not_tried("chart geometry", "Nothing that was read has drawings.")
    findings: list[Finding] = []
    tried = unread = 0
    values = _shown_values(held)
    for text in held.drawings:
        drawn = taken_apart(text.text)
        if drawn is None:
            unread += 1
            continue
        where = f"{text.where}, {drawn.name or 'a drawing'}"
        for count, found in (_bars(drawn), _points(drawn, values.get(_indicator_of(drawn.name, values), ())), _hatched(drawn)):
            tried += count
            findings += [Finding(where, what) for what in found]
    return Outcome(
        "chart geometry",
        tried,
        tuple(dict.fromkeys(findings)),
        not_tried=f"{unread:,} drawings could not be read" if unread else "" if tried else NOTHING,
    )


def _bars(drawn: Drawn) -> tuple[int, list[str]]:
    """Bars that begin on one line, with their numbers behind their ends: one scale must fit them all."""
    groups: dict[tuple[float, float], list[tuple[float, float, float]]] = defaultdict(list)
    for x, y, width, height in drawn.bars:
        beside = [
            words
            for left, base, anchor, words in drawn.texts
            if anchor == "start" and 0 < left - (x + width) < 12 and abs(base - (y + height / 2)) < 9
        ]
        number = _first_number(beside[0]) if len(beside) == 1 else None
        if (width, height) in _SWATCHES or not beside:
            continue
        if _HIDDEN_WORD in beside[0]:
            return len(drawn.bars), ["a bar of its own length stands for a number that is withheld"]
        if number is not None and number[0] > 0:
            groups[x, height].append((width, *number))
    wrong = sum(_do_not_fit(found) for found in groups.values())
    return sum(map(len, groups.values())), ["the length of a bar tells another number than stands beside it"] * bool(wrong)


def _do_not_fit(found: Sequence[tuple[float, float, float]]) -> bool:
    """Whether no single scale fits bars: length, number, and how far the number may have been rounded for the words."""
    widths, numbers, halves = (np.array(column) for column in zip(*found, strict=True))
    least, most = (widths - _DRAWN) / (numbers + halves), (widths + _DRAWN) / np.maximum(numbers - halves, 1e-9)
    return bool(least.max() > most.min())


def _first_number(words: str) -> tuple[float, float] | None:
    """A number, and half of its last decimal, as far as it may have been rounded for the text alone; whole numbers stand for themselves."""
    found = _NUMBER.search(words)
    if found is None:
        return None
    text = found.group().replace(",", "")
    decimals = len(text.partition(".")[2])
    is_exact = not decimals and "%" not in words
    return float(text), 1e-6 if is_exact else 0.5 * 10.0**-decimals


def _points(drawn: Drawn, values: Sequence[float]) -> tuple[int, list[str]]:
    """Points over an axis with numbers: each must stand at the height of a number that the release shows."""
    ticks = [
        (base - 5, number[0]) for x, base, anchor, words in drawn.texts if anchor == "end" and x < 62 and (number := _first_number(words))
    ]
    if len(ticks) < 2 or not drawn.points or not values or not drawn.name.startswith("trend-"):
        return 0, []
    heights, numbers = (np.array(column) for column in zip(*ticks, strict=True))
    slope, base = np.polyfit(heights, numbers, 1)
    shown = np.array(sorted(values))
    read = [slope * y + base for x, y in drawn.points if 62 <= x <= 616 and heights.min() - 1 <= y <= heights.max() + 1]
    near = abs(slope) * 2 * _DRAWN + 1e-6
    wrong = [value for value in read if np.abs(shown - value).min() > near]
    return len(read), ["the height of a point tells a number that is shown nowhere"] * bool(wrong)


def _hatched(drawn: Drawn) -> tuple[int, list[str]]:
    """Marks of withheld numbers must all be of one size, and no shape that says withheld may have a colour of the scale."""
    sizes = {size for size in drawn.hatched if size not in _SWATCHES}
    found = ["marks of withheld numbers differ in size"] * (len(sizes) > 1)
    for fill, words in drawn.titled:
        if _HIDDEN_WORD in words:
            if not fill.startswith("url("):
                found.append("a place that is withheld has a colour of the scale")
            if _NUMBER.search(words.partition(":")[2]):
                found.append("the words of a place that is withheld hold a number")
    found += ["a colour stands for numbers that do not follow each other"] * _colours_overlap(drawn.titled)
    return len(drawn.hatched) + len(drawn.titled), list(dict.fromkeys(found))


def _colours_overlap(titled: Sequence[tuple[str, str]]) -> bool:
    """Whether two colours of a scale share numbers: then a colour was chosen by something else than the number in the words."""
    by_colour: dict[str, list[float]] = defaultdict(list)
    for fill, words in titled:
        number = _first_number(words.rpartition(":")[2])
        if number is not None and _HIDDEN_WORD not in words and fill.startswith("#"):
            by_colour[fill].append(number[0])
    spans = sorted((min(numbers), max(numbers)) for numbers in by_colour.values())
    return any(before[1] > after[0] for before, after in pairwise(spans))


def _shown_values(held: Held) -> dict[str, tuple[float, ...]]:
    """What each indicator shows of all together, in whatever it is measured."""
    found: dict[str, set[float]] = defaultdict(set)
    for name, number in held.numbers.items():
        if number is not None and name[0] == COUNT and name[3] == TOTAL:
            found[name[1]].add(float(number))
    for ratio in held.ratios:
        if ratio.part[3] == TOTAL:
            found[ratio.part[1]].add(ratio.shown.value)
    for name, value in held.medians:
        found[name[1]].add(value)
    return {indicator: tuple(values) for indicator, values in found.items()}


def _indicator_of(name: str, values: Mapping[str, object]) -> str:
    return name.removeprefix("trend-") if name.removeprefix("trend-") in values else ""


def maps(held: Held) -> Outcome:
    """Outlines that belong to a release: areas only, with a code and a name; no points, and nothing counted."""
    if not held.maps:
        return not_tried("maps", "No outlines were given.")
    findings: list[Finding] = []
    tried = 0
    for text in held.maps:
        try:
            features = list(_features(json.loads(text.text)))
        except (ValueError, AttributeError, TypeError):
            return not_tried("maps", f"{text.where} is not GeoJSON.")
        for geometry, properties in features:
            tried += 1
            if geometry not in ("Polygon", "MultiPolygon"):
                findings.append(Finding(text.where, f"holds a {geometry or 'shape of no kind'}: places, not areas"))
            findings += [
                Finding(text.where, f'tells "{name}" of each area')
                for name, value in properties.items()
                if not _NAMES_OF_AREAS.search(name) and _is_number(value)
            ]
    return Outcome("maps", tried, tuple(dict.fromkeys(findings)), not_tried="" if tried else NOTHING)


def _features(content: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    listed = content.get("features")
    for feature in listed if isinstance(listed, list) else []:
        yield str((feature.get("geometry") or {}).get("type", "")), feature.get("properties") or {}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and bool(_NUMBER.fullmatch(value.strip())))


def page_texts(page: str) -> str:
    """The words of a page without its markup and drawings; what stands in different cells or paragraphs is kept apart."""
    without = re.sub(r"<(script|style|svg)\b.*?</\1>", " | ", page, flags=re.DOTALL | re.IGNORECASE)
    apart = re.sub(r"</?(?:t[dhr]|p|li|h\d|caption|div|dt|dd|section|ul|ol|table|summary)\b[^>]*>", " | ", without, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", apart))
