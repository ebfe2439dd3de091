"""Attacks on pictures: lengths, points on an axis, bands, colours and outlines read back to numbers and held against what the text says.

Our own charts are drawn from shown numbers only (`publish`); nothing here knows how. A drawing whose parts say more than its words gives
itself away by that alone.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from sightline.disclosure.blackbox import on_charts
from sightline.disclosure.blackbox.drawn import NUMBER, Drawn, taken_apart
from sightline.disclosure.blackbox.held import COUNT, TOTAL, Held
from sightline.disclosure.blackbox.outcome import NOTHING, Finding, Outcome, not_tried

_NAMES_OF_AREAS = re.compile(r"code|name|^id$", re.IGNORECASE)
_OVER_TIME = re.compile(r"^(?:trend|control|sparkline)-")


def chart_geometry(held: Held) -> Outcome:
    """Measure every part of every drawing, and compare with what stands beside it; a drawing of which no part is read is told."""
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
        read = list(_readings(drawn, values.get(_OVER_TIME.sub("", drawn.name), {})))
        count = sum(each for each, _ in read)
        tried += count
        unread += not count and bool(drawn.name)
        findings += [Finding(where, what) for _, found in read for what in found]
    return Outcome(
        "chart geometry",
        tried,
        tuple(dict.fromkeys(findings)),
        not_tried=f"{unread:,} drawings could not be read" if unread else "" if tried else NOTHING,
    )


def _readings(drawn: Drawn, values: Mapping[str, tuple[float, ...]]) -> Iterator[on_charts.Read]:
    every = tuple(value for family in values.values() for value in family)
    yield on_charts.bars(drawn)
    yield on_charts.heights(drawn, every)
    yield on_charts.small_chart(drawn, tuple(values.values()))
    yield on_charts.points_in_rows(drawn)
    yield on_charts.funnel(drawn)
    yield on_charts.flows(drawn)
    yield on_charts.coloured_cells(drawn)
    yield on_charts.withheld_places(drawn)


def _shown_values(held: Held) -> dict[str, dict[str, tuple[float, ...]]]:
    """What each indicator shows of all together, in whatever it is measured: counts, ratios and medians apart."""
    found: dict[str, dict[str, set[float]]] = defaultdict(lambda: defaultdict(set))
    for name, number in held.numbers.items():
        if number is not None and name[0] == COUNT and name[3] == TOTAL:
            found[name[1]]["counts"].add(float(number))
    for ratio in held.ratios:
        if ratio.part[3] == TOTAL:
            found[ratio.part[1]]["ratios"].add(ratio.shown.value)
    for name, value in held.medians:
        found[name[1]]["medians"].add(value)
    return {indicator: {kind: tuple(values) for kind, values in kinds.items()} for indicator, kinds in found.items()}


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
    return isinstance(value, int | float) or (isinstance(value, str) and bool(NUMBER.fullmatch(value.strip())))


def page_texts(page: str) -> str:
    """The words of a page without its markup and drawings; what stands in different cells or paragraphs is kept apart."""
    without = re.sub(r"<(script|style|svg)\b.*?</\1>", " | ", page, flags=re.DOTALL | re.IGNORECASE)
    kinds = r"t[dhr]|p|li|h\d|caption|div|dt|dd|section|ul|ol|table|summary|option|label|legend"
    apart = re.sub(rf"</?(?:{kinds})\b[^>]*>", " | ", without, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", apart))
