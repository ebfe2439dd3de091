"""The invented area: wards that share borders exactly, postcodes inside them, and places where harm gathers across a border.

Wards are the cells of a relaxed Voronoi diagram in the North Sea; each shared edge is roughened once, so both neighbours trace the same
line. Coordinates are National Grid metres, and the boundaries are written in longitude and latitude.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from scipy.spatial import Voronoi, cKDTree

from sightline.synthesis.draw import Numbers, Positions, Texts, Truths, day
from sightline.synthesis.national_grid import longitude_latitude

CENTRE = np.array([626_000.0, 517_000.0])
WARD_WIDTH_M = 2_200.0
CHILDREN_PER_POSTCODE = 18
OUTSIDE_POSTCODES = 120
HOTSPOT_EVERY_WARDS = 20
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
AREA_LETTERS = "SABCDEFGHJKLMNPRTUVW"
WARD_FIRST = [
    "Harbour",
    "Lantern",
    "Gull",
    "Sandhill",
    "Saltings",
    "Tern",
    "Kelp",
    "Marram",
    "Breakwater",
    "Cockle",
    "Driftwood",
    "Samphire",
    "Lighthouse",
    "Shingle",
    "Anchor",
    "Beacon",
    "Whin",
    "Curlew",
    "Cable",
    "Ferry",
]
WARD_SECOND = [
    "Quay",
    "Point",
    "Cross",
    "Fields",
    "Row",
    "Sands",
    "Moor",
    "Ness",
    "Gate",
    "Bank",
    "Hill",
    "Cove",
    "Haven",
    "Stairs",
    "Green",
    "End",
    "Park",
    "Wick",
    "Staithe",
    "Head",
]
AUTHORITY = "Saltmere"
OTHER_AUTHORITIES = ("Northreach", "Wexholm Bay", "Carrowdale", "Fenmark")
DISTRICTS = ("Saltmere Harbour", "Saltmere Downs")
HEALTH_FOOTPRINTS = ("Lantern Coast", "Marram and Downs")
POLICE_FORCE, REGION = "Saltmere and Northreach", "Dogger"
ELSEWHERE_M = 60_000.0
"""How far beyond the island's shore the other authorities lie."""

MERGED_ON = "2024-05-02"
"""Two former wards became one of today's on this day."""

FORMER_WARDS = (("F01", "West Sluice"), ("F02", "East Sluice"))


@dataclass(frozen=True, slots=True)
class Area:
    """Wards, postcodes and gathering places of the invented area.

    Postcodes at positions from ``inside`` on lie in other authorities, by turns; ``ward_of`` is -1 for them. ``merged`` is the ward that
    was two until `MERGED_ON`, parted at its centre's easting.
    """

    ward_codes: tuple[str, ...]
    ward_names: tuple[str, ...]
    rings: tuple[Numbers, ...]
    ward_share: Numbers
    ward_strain: Numbers
    postcodes: Texts
    ward_of: Positions
    points: Numbers
    inside: int
    first_postcode: Positions
    hotspots: Numbers
    hotspot_wards: Positions
    centres: Numbers

    @property
    def wards(self) -> int:
        return len(self.ward_codes)

    @property
    def merged(self) -> int:
        return self.wards // 3

    def authority_of(self, home: Positions) -> Texts:
        """The name of the authority in which a postcode lies."""
        others = np.array(OTHER_AUTHORITIES, dtype=object)
        return np.where(home < self.inside, AUTHORITY, others[np.maximum(home - self.inside, 0) % len(others)]).astype(object)

    def is_elsewhere(self, points: Numbers) -> Truths:
        """Whether each point lies beyond the sea around the island."""
        reach = np.hypot(*(self.points[: self.inside] - CENTRE).T).max()
        return np.asarray(np.hypot(*(points - CENTRE).T) > reach + ELSEWHERE_M / 4)

    def codes_of_their_time(self, ward: Texts, easting: Positions, on: Positions) -> Texts:
        """Ward codes as they were in use on a day: the merged ward's were two."""
        former = (ward == self.ward_codes[self.merged]) & (on < day(MERGED_ON))
        half = np.where(easting < self.centres[self.merged, 0], FORMER_WARDS[0][0], FORMER_WARDS[1][0])
        return np.where(former, half, ward).astype(object)

    def wards_at(self, points: Numbers) -> Positions:
        """The ward each point lies in; -1 in the sea."""
        found = np.full(len(points), -1)
        for ward, ring in enumerate(self.rings):
            near = np.flatnonzero(((points >= ring.min(axis=0)) & (points <= ring.max(axis=0))).all(axis=1))
            found[near[_is_inside(points[near], ring)]] = ward
        return found

    def ashore(self, points: Numbers) -> tuple[Numbers, Positions]:
        """Points with those in the sea moved to the nearest postcode, and the ward of each."""
        wards = self.wards_at(points)
        wet = wards < 0
        nearest = cKDTree(self.points[: self.inside]).query(points[wet])[1]
        moved = points.copy()
        moved[wet], wards[wet] = self.points[nearest], self.ward_of[nearest]
        return moved, wards


def _is_inside(points: Numbers, ring: Numbers) -> Truths:
    """Whether each point is inside a ring: a line drawn from it crosses the boundary an odd number of times."""
    inside = np.zeros(len(points), dtype=bool)
    for (x, y), (next_x, next_y) in pairwise(ring):
        spans = (y > points[:, 1]) != (next_y > points[:, 1])
        across = x + (points[:, 1] - y) * (next_x - x) / (next_y - y) if next_y != y else x
        inside ^= spans & (points[:, 0] < across)
    return inside


def make_area(rng: np.random.Generator, children: int) -> Area:
    """Invent an area large enough for this many children (12 to 400 wards)."""
    wards = int(np.clip(children // 2500, 12, 400))
    diagram, cells = _cells(rng, wards)
    rings, shared = _rings(rng, diagram, cells)
    share = rng.dirichlet(np.full(wards, 14.0))
    counts = np.maximum((children * share / CHILDREN_PER_POSTCODE).astype(np.int64), 12)
    corners = [diagram.vertices[diagram.regions[diagram.point_region[cell]]] for cell in cells]
    points, ward_of = _points_inside(rng, corners, counts)
    outside = np.array(_outside_postcodes(rng), dtype=object)
    shore = np.hypot(*(points - CENTRE).T).max() + ELSEWHERE_M
    turn = np.arange(len(outside)) % len(OTHER_AUTHORITIES)
    middles = CENTRE + shore * np.column_stack([np.cos(turn * np.pi / 2), np.sin(turn * np.pi / 2)])
    hotspots, hotspot_wards = _hotspots(rng, shared, wards)
    return Area(
        ward_codes=tuple(f"W{number:02d}" for number in range(1, wards + 1)),
        ward_names=_ward_names(wards),
        rings=tuple(rings),
        ward_share=share,
        ward_strain=rng.lognormal(0.0, 0.35, wards),
        postcodes=np.concatenate([np.array(_postcodes(rng, counts), dtype=object), outside]),
        ward_of=np.concatenate([ward_of, np.full(len(outside), -1)]),
        points=np.concatenate([points, middles + rng.normal(0, 3_000, (len(outside), 2))]),
        inside=len(points),
        first_postcode=np.concatenate([[0], np.cumsum(counts)]),
        hotspots=hotspots,
        hotspot_wards=hotspot_wards,
        centres=np.array([corner.mean(axis=0) for corner in corners]),
    )


def _cells(rng: np.random.Generator, wards: int) -> tuple[Voronoi, Positions]:
    """A relaxed diagram, and the cells nearest an irregular island's middle; the rest is sea."""
    seeds = int(wards * 2.4) + 60
    width = WARD_WIDTH_M * np.sqrt(seeds)
    points = CENTRE + (rng.random((seeds, 2)) - 0.5) * width
    for _ in range(6):
        mirrored = np.concatenate([points, *(_mirror(points, axis, side, width) for axis in (0, 1) for side in (-1, 1))])
        diagram = Voronoi(mirrored)
        points = np.array([diagram.vertices[diagram.regions[diagram.point_region[i]]].mean(axis=0) for i in range(seeds)])
    mirrored = np.concatenate([points, *(_mirror(points, axis, side, width) for axis in (0, 1) for side in (-1, 1))])
    away = points - CENTRE
    angle = np.arctan2(away[:, 1], away[:, 0])
    phase = rng.uniform(0, 2 * np.pi, 3)
    shore = 1 + 0.22 * np.sin(2 * angle + phase[0]) + 0.12 * np.sin(3 * angle + phase[1]) + 0.07 * np.sin(5 * angle + phase[2])
    nearest = np.argsort(np.hypot(away[:, 0], away[:, 1]) / shore, kind="stable")[:wards]
    west_to_east = nearest[np.lexsort((points[nearest, 0], -np.round(points[nearest, 1] / (WARD_WIDTH_M * 2))))]
    return Voronoi(mirrored), west_to_east


def _mirror(points: Numbers, axis: int, side: int, width: float) -> Numbers:
    copy = points.copy()
    copy[:, axis] = 2 * (CENTRE[axis] + side * width / 2) - copy[:, axis]
    return copy


def _rings(rng: np.random.Generator, diagram: Voronoi, cells: Positions) -> tuple[list[Numbers], list[tuple[int, int, Numbers]]]:
    """Each ward's boundary, and the edges two wards share (ward, ward, middle point)."""
    rough: dict[tuple[int, int], Numbers] = {}
    owners: dict[tuple[int, int], list[int]] = {}
    rings = []
    for ward, cell in enumerate(cells):
        corners = diagram.regions[diagram.point_region[cell]]
        parts = []
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            edge = (min(start, end), max(start, end))
            if edge not in rough:
                rough[edge] = _roughened(rng, diagram.vertices[edge[0]], diagram.vertices[edge[1]])
            owners.setdefault(edge, []).append(ward)
            line = rough[edge] if start == edge[0] else rough[edge][::-1]
            parts.append(line[:-1])
        ring = np.concatenate(parts)
        ring = np.concatenate([ring, ring[:1]])
        rings.append(ring if _signed_area(ring) > 0 else ring[::-1])
    shared = [(two[0], two[1], rough[edge][len(rough[edge]) // 2]) for edge, two in owners.items() if len(two) == 2]
    return rings, shared


def _roughened(rng: np.random.Generator, start: Numbers, end: Numbers) -> Numbers:
    """The line between two corners with its middle pushed aside, twice over, by too little to cross anything."""
    line = np.array([start, end])
    for push in (0.05, 0.03):
        step = np.diff(line, axis=0)
        middle = (line[:-1] + line[1:]) / 2 + np.column_stack([-step[:, 1], step[:, 0]]) * rng.uniform(-push, push, (len(step), 1))
        longer = np.empty((2 * len(line) - 1, 2))
        longer[::2], longer[1::2] = line, middle
        line = longer
    return line


def _signed_area(ring: Numbers) -> float:
    return float(np.sum(ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]) / 2)


def _points_inside(rng: np.random.Generator, corners: list[Numbers], counts: Positions) -> tuple[Numbers, Positions]:
    """Points in each convex cell, kept off its edge so that the roughened boundary still holds them; whole metres."""
    placed = []
    for polygon, count in zip(corners, counts, strict=True):
        centre = polygon.mean(axis=0)
        following = np.roll(polygon, -1, axis=0)
        sizes = np.abs(np.cross(np.pad(polygon - centre, ((0, 0), (0, 1))), np.pad(following - centre, ((0, 0), (0, 1))))[:, 2])
        triangle = rng.choice(len(polygon), size=count, p=sizes / sizes.sum())
        along, across = np.sqrt(rng.random(count))[:, None], rng.random(count)[:, None]
        point = centre * (1 - along) + polygon[triangle] * along * (1 - across) + following[triangle] * along * across
        placed.append(np.round(centre + 0.82 * (point - centre)))
    return np.concatenate(placed), np.repeat(np.arange(len(counts)), counts)


def _postcodes(rng: np.random.Generator, counts: Positions) -> list[str]:
    """Postcodes that no real place has: every real area code starts with another letter than Q."""
    found = []
    for ward, count in enumerate(counts):
        outward = f"Q{AREA_LETTERS[ward // 20]}{ward % 20 + 1}"
        for unit in rng.choice(4000, size=int(count), replace=False):
            found.append(f"{outward} {unit // 400}{UNIT_LETTERS[unit % 400 // 20]}{UNIT_LETTERS[unit % 20]}")
    return found


def _outside_postcodes(rng: np.random.Generator) -> list[str]:
    units = rng.choice(4000 * 30, size=OUTSIDE_POSTCODES, replace=False)
    return [
        f"Q{'XZ'[unit % 2]}{unit // 4000 + 1} {unit % 4000 // 400}{UNIT_LETTERS[unit % 400 // 20]}{UNIT_LETTERS[unit % 20]}"
        for unit in units
    ]


def _hotspots(rng: np.random.Generator, shared: list[tuple[int, int, Numbers]], wards: int) -> tuple[Numbers, Positions]:
    """Points on a border between two wards, where incidents will gather on both sides."""
    wanted = max(wards // HOTSPOT_EVERY_WARDS, 1)
    chosen = rng.choice(len(shared), size=wanted, replace=False)
    return np.array([shared[index][2] for index in chosen]), np.array([[shared[index][0], shared[index][1]] for index in chosen])


def _ward_names(wards: int) -> tuple[str, ...]:
    """Distinct made-up names of a coast."""
    return tuple(
        f"{WARD_FIRST[number % len(WARD_FIRST)]} {WARD_SECOND[(number * 7 + number // len(WARD_FIRST)) % len(WARD_SECOND)]}"
        for number in range(wards)
    )


def write_geography(folder: Path, area: Area, population: pl.DataFrame) -> int:
    """Write boundaries, names and what wards belong to, former wards, postcodes and population; give the number of files."""
    folder.mkdir(parents=True, exist_ok=True)
    features = []
    for code, name, ring in zip(area.ward_codes, area.ward_names, area.rings, strict=True):
        longitude, latitude = longitude_latitude(ring[:, 0], ring[:, 1])
        ring_degrees = [[round(float(x), 6), round(float(y), 6)] for x, y in zip(longitude, latitude, strict=True)]
        geometry = {"type": "Polygon", "coordinates": [ring_degrees]}
        features.append({"type": "Feature", "properties": {"ward_code": code, "ward_name": name}, "geometry": geometry})
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    (folder / "wards.geojson").write_text(text + "\n", encoding="utf-8")
    _wards(area).write_csv(folder / "wards.csv")
    _former_wards(area).write_csv(folder / "ward_versions.csv")
    inside = slice(0, area.inside)
    pl.DataFrame(
        {
            "postcode": area.postcodes[inside].tolist(),
            "ward_code": np.array(area.ward_codes, dtype=object)[area.ward_of[inside]].tolist(),
            "easting": area.points[inside, 0].astype(np.int64),
            "northing": area.points[inside, 1].astype(np.int64),
        }
    ).write_csv(folder / "postcodes.csv")
    population.write_csv(folder / "population.csv")
    return 5


def _wards(area: Area) -> pl.DataFrame:
    """Each ward with what it belongs to. Districts, health footprints and deprivation cut across one another."""
    east, north = (area.centres[:, axis] > np.median(area.centres[:, axis]) for axis in (0, 1))
    least_strained = np.argsort(np.argsort(-area.ward_strain, kind="stable"), kind="stable")
    return pl.DataFrame(
        {
            "ward_code": area.ward_codes,
            "ward_name": area.ward_names,
            "council": np.where(north, *DISTRICTS).tolist(),
            "police_force": [POLICE_FORCE] * area.wards,
            "health_footprint": np.where(east, *HEALTH_FOOTPRINTS).tolist(),
            "region": [REGION] * area.wards,
            "deprivation_quintile": least_strained * 5 // area.wards + 1,
            "centre_easting": area.centres[:, 0].astype(np.int64),
            "centre_northing": area.centres[:, 1].astype(np.int64),
        }
    )


def _former_wards(area: Area) -> pl.DataFrame:
    """The two wards that were merged, with what became of them, and the ward they became."""
    today = area.ward_codes[area.merged]
    rows: list[tuple[str, str, str, str, str | None]] = [(code, name, today, "2015-05-07", "2024-05-01") for code, name in FORMER_WARDS]
    rows.append((today, area.ward_names[area.merged], today, MERGED_ON, None))
    return pl.DataFrame(rows, schema=["ward_code", "ward_name", "current_ward_code", "valid_from", "valid_to"], orient="row")
