"""A ward map as SVG: five steps of one blue, withheld wards hatched, wards without a figure dotted; no tiles, no other host.

The map keeps the partnership's own outlines. It is drawn flat around its middle, which is true enough for one council's area.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sightline.errors import InputRefused
from sightline.model.releases import Release
from sightline.publish.series import NO_FIGURE, Mark, headline_of, mark, measured_in, period_title
from sightline.publish.svg import INK, PAPER, QUIET, SHADES, Drawing, element, plain, width_of

Ring = list[tuple[float, float]]
_WIDTH, _TOP = 640.0, 34.0


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward's outlines, in the units of the file or of the drawing."""

    code: str
    name: str
    rings: tuple[Ring, ...]

    def corners(self) -> tuple[float, float, float, float]:
        points = [point for ring in self.rings for point in ring]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return min(xs), min(ys), max(xs), max(ys)


def _rings(geometry: dict[str, Any] | None) -> Iterator[Ring]:
    geometry = geometry or {}
    shapes = geometry.get("coordinates", [])
    polygons = {"Polygon": [shapes], "MultiPolygon": shapes}.get(str(geometry.get("type")), [])
    for polygon in polygons:
        for ring in polygon:
            yield [(float(point[0]), float(point[1])) for point in ring]


def read_wards(geojson: bytes) -> list[Ward]:
    """Wards of a GeoJSON collection in the order of their codes.

    Raises:
        InputRefused: If the bytes are not GeoJSON with a ``ward_code`` on each ward.
    """
    try:
        features = json.loads(geojson)["features"]
        wards = [
            Ward(str(f["properties"]["ward_code"]), str(f["properties"].get("ward_name", "")), tuple(_rings(f["geometry"])))
            for f in features
        ]
    except (ValueError, KeyError, TypeError, IndexError) as problem:
        raise InputRefused(
            "The ward boundaries are not GeoJSON that Sightline can draw.",
            hint="Give a FeatureCollection of polygons in longitude and latitude, each with ward_code and ward_name.",
        ) from problem
    return sorted((ward for ward in wards if any(ward.rings)), key=lambda ward: ward.code)


@lru_cache(maxsize=4)
def only_outlines(geojson: bytes) -> bytes:
    """Of a partnership's own file the outlines of wards with their codes and names, and nothing else that may stand in it.

    A file drawn for other work may hold points and notes: where a refuge is, or where children are placed. Those never leave.

    Raises:
        InputRefused: If the bytes are not GeoJSON with a ``ward_code`` on each ward.
    """
    wards = {ward.code: ward.name for ward in read_wards(geojson)}
    kept = [
        {
            "type": "Feature",
            "properties": {"ward_code": code, "ward_name": wards[code]},
            "geometry": {name: feature["geometry"][name] for name in ("type", "coordinates")},
        }
        for feature in json.loads(geojson)["features"]
        if (code := str(feature["properties"]["ward_code"])) in wards and any(_rings(feature["geometry"]))
    ]
    return json.dumps({"type": "FeatureCollection", "features": kept}, separators=(",", ":")).encode()


def fit(wards: Sequence[Ward], *, width: float, margin: float = 6.0) -> tuple[list[Ward], float]:
    """Wards moved and scaled into a drawing ``width`` wide, north up; and the height they then need."""
    boxes = [ward.corners() for ward in wards]
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    squeeze = math.cos(math.radians((south + north) / 2)) if abs(north) <= 90 else 1.0
    room = width - 2 * margin
    scale = min(room / ((east - west) * squeeze or 1.0), 560 / ((north - south) or 1.0))
    shift = margin + (room - (east - west) * squeeze * scale) / 2
    moved = [
        Ward(
            w.code,
            w.name,
            tuple([((x - west) * squeeze * scale + shift, (north - y) * scale + margin) for x, y in ring] for ring in w.rings),
        )
        for w in wards
    ]
    return moved, (north - south) * scale + 2 * margin


def class_starts(values: Sequence[float]) -> list[float]:
    """Where each class begins: equal steps from the smallest to the largest value, fewer than five where there are fewer values."""
    if not values:
        return []
    classes = min(len(SHADES), len(set(values)))
    low, high = min(values), max(values)
    return [low + (high - low) * place / classes for place in range(classes)]


def shade_of(value: float, starts: Sequence[float]) -> str:
    """The colour of a value; the darkest is always the class with most."""
    place = max(i for i, start in enumerate(starts) if value >= start)
    return SHADES[len(SHADES) - len(starts) + place] if len(starts) > 1 else SHADES[2]


def ward_map(release: Release, indicator_id: str, wards_geojson: bytes, *, by: str = "ward") -> bytes:
    """An indicator by ward, or by areas of several wards, in the headline period, on the partnership's own outlines."""
    indicator = release.indicator(indicator_id)
    wards = read_wards(wards_geojson)
    figures = {figure.category: figure for figure in release.breakdown(indicator_id, by)}
    names = dict(release.categories.get(by, ()))
    marks = {w.code: mark(names.get(w.code) or w.name or w.code, headline_of(figures.get(w.code), indicator)) for w in wards}
    words = "; ".join(f"{each.label}: {each.text}" for each in marks.values())
    heading = f"{measured_in(indicator)}, {period_title(release.period)}"
    drawing = Drawing(name=f"map-{indicator_id}", width=_WIDTH, title=f"{indicator.title} by {by}", description=f"{heading}. {words}.")
    drawing.heading(heading)
    if not wards:
        drawing.text(4, 50, str(NO_FIGURE), size=16, fill=QUIET)
        return drawing.to_bytes(64)
    starts = class_starts([m.value for m in marks.values() if m.value is not None])
    placed, height = fit(wards, width=_WIDTH)
    for ward in placed:
        _draw_ward(drawing, ward, marks[ward.code], starts)
    for ward in placed:
        _name_ward(drawing, ward, marks[ward.code], starts)
    return drawing.to_bytes(_legend(drawing, list(marks.values()), starts, _TOP + height + 24, per=indicator.per))


def _draw_ward(drawing: Drawing, ward: Ward, here: Mark, starts: Sequence[float]) -> None:
    unknown = drawing.hatch if here.withheld else drawing.dots
    fill = unknown() if here.value is None else shade_of(here.value, starts)
    path = "".join("M" + "L".join(f"{x:.1f},{y + _TOP:.1f}" for x, y in ring) + "Z" for ring in ward.rings)
    title = element("title", plain(f"{here.label}: {here.text}"))
    drawing.add("path", title, d=path, fill=fill, fill_rule="evenodd", stroke=INK, stroke_width=1.2, stroke_linejoin="round")


def _name_ward(drawing: Drawing, ward: Ward, here: Mark, starts: Sequence[float]) -> None:
    """Write the name where it fits; every name is in the path's title and in the table anyway."""
    left, top, right, bottom = ward.corners()
    if width_of(here.label, 14) > (right - left) * 0.92 or bottom - top < 20:
        return
    dark = here.value is not None and shade_of(here.value, starts) in SHADES[3:]
    halo = None if dark else PAPER
    drawing.add(
        "text",
        plain(here.label),
        x=(left + right) / 2,
        y=(top + bottom) / 2 + _TOP + 5,
        font_size=14,
        text_anchor="middle",
        fill=PAPER if dark else INK,
        stroke=halo,
        stroke_width=3 if halo else None,
        paint_order="stroke" if halo else None,
    )


def _legend(drawing: Drawing, marks: Sequence[Mark], starts: Sequence[float], y: float, *, per: int | None) -> float:
    largest = max((m.value for m in marks if m.value is not None), default=0.0)
    ends = [*starts[1:], largest]
    rows = [
        (shade_of(start, starts), f"{_edge(start, per)} to {'' if place == len(starts) - 1 else 'under '}{_edge(end, per)}")
        for place, (start, end) in enumerate(zip(starts, ends, strict=False))
    ]
    if len(starts) == 1:
        rows = [(SHADES[2], _edge(starts[0], per))]
    if any(m.value is None and m.withheld for m in marks):
        rows.append((drawing.hatch(), "withheld"))
    reasons = sorted({m.text for m in marks if m.value is None and not m.withheld})
    if reasons:
        rows.append((drawing.dots(), "; ".join(reasons)))
    column = 0
    for fill, words in rows:
        x = 4 + 210 * column
        drawing.rect(x, y - 10, 26, 20, fill=fill, stroke=INK)
        drawing.text(x + 34, y + 6, words, size=15)
        column += 1
        if column == 3:
            column, y = 0, y + 30
    return y + (22 if column else -8)


def _edge(value: float, per: int | None) -> str:
    return f"{value:.1f}%" if per == 100 else f"{value:,.1f}" if per else f"{value:,.0f}"
