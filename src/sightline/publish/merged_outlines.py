"""Outlines of areas: the wards of each put together, without the borders between them.

Two wards of one area draw their common border twice, each once; what is drawn twice is left out, and the rest is put together to rings.
Where wards were simplified apart from each other, their borders do not meet, and stay.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from sightline.publish.maps import Ring, Ward, read_wards

Point = tuple[int, int]
"""A corner, to a metre or so: corners of two wards that are the same one differ by less."""
_STEPS = 1e5


def merged_outlines(wards_geojson: bytes, areas: Iterable[tuple[str, str, Sequence[str]]]) -> bytes:
    """The outlines of areas as GeoJSON, in the form that outlines of wards have: ``ward_code`` is the area's code, ``ward_name`` its words.

    Args:
        areas: Code, words and wards of each; one of which no ward has an outline is left out.

    Raises:
        InputRefused: If the boundaries of the wards are not GeoJSON that can be drawn.
    """
    outlines = {ward.code: ward for ward in read_wards(wards_geojson)}
    features = []
    for code, words, wards in areas:
        inside = [outlines[ward] for ward in wards if ward in outlines]
        if inside:
            rings = [list(map(list, ring)) for ring in inside[0].rings] if len(inside) == 1 else None
            polygons = [[ring] for ring in rings] if rings is not None else _polygons(_merge(inside))
            geometry = {"type": "MultiPolygon", "coordinates": polygons}
            features.append({"type": "Feature", "properties": {"ward_code": code, "ward_name": words}, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def _merge(wards: Iterable[Ward]) -> list[Ring]:
    """The rings around several wards."""
    corners: dict[Point, tuple[float, float]] = {}
    drawn: Counter[frozenset[Point]] = Counter()
    for ward in wards:
        for ring in ward.rings:
            points = [_corner(point, corners) for point in (*ring, ring[0])]
            drawn.update(frozenset(pair) for pair in pairwise(points) if pair[0] != pair[1])
    left = [edge for edge, times in drawn.items() if times % 2]
    return [[corners[point] for point in ring] for ring in _rings(left)]


def _corner(point: tuple[float, float], corners: dict[Point, tuple[float, float]]) -> Point:
    key = (round(point[0] * _STEPS), round(point[1] * _STEPS))
    corners.setdefault(key, point)
    return key


def _rings(edges: Iterable[frozenset[Point]]) -> Iterator[list[Point]]:
    """Edges followed from corner to corner until each ring is closed. Every corner has an even number of edges, so that each can be."""
    at: dict[Point, list[Point]] = {}
    for edge in edges:
        one, other = sorted(edge)
        at.setdefault(one, []).append(other)
        at.setdefault(other, []).append(one)
    for start in sorted(at):
        while at[start]:
            ring, here = [start], start
            while at[here]:
                there = min(at[here])
                at[here].remove(there)
                at[there].remove(here)
                ring.append(there)
                here = there
            yield ring


def _polygons(rings: Sequence[Ring]) -> list[list[list[list[float]]]]:
    """Rings as polygons: one that lies in an odd number of others is a hole of the smallest of them."""
    around = {
        place: [other for other, each in enumerate(rings) if other != place and _contains(each, _inner(ring))]
        for place, ring in enumerate(rings)
    }
    polygons: dict[int, list[list[list[float]]]] = {
        place: [[[*point] for point in rings[place]]] for place, others in around.items() if len(others) % 2 == 0
    }
    for place, others in around.items():
        if len(others) % 2:
            outer = min((other for other in others if other in polygons), key=lambda other: _size(rings[other]))
            polygons[outer].append([[*point] for point in rings[place]])
    return [polygons[place] for place in sorted(polygons)]


def _inner(ring: Ring) -> tuple[float, float]:
    """A point just inside a ring: beside the middle of one of its edges."""
    for (x1, y1), (x2, y2) in pairwise(ring):
        length = math.hypot(x2 - x1, y2 - y1)
        if length:
            for side in (1e-7, -1e-7):
                point = ((x1 + x2) / 2 - (y2 - y1) / length * side, (y1 + y2) / 2 + (x2 - x1) / length * side)
                if _contains(ring, point):
                    return point
    return ring[0]


def _contains(ring: Ring, point: tuple[float, float]) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _size(ring: Ring) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)))
