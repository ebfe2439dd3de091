"""Areas for maps: wards that touch, merged until each area has enough children and enough addresses behind it.

The children of a ward are what a release shows at the least, never the true count: which wards were merged then tells nothing that the
release does not. The same wards give the same areas, and an area once frozen never moves.

Method page: docs/methods/areas-for-maps.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST_CHILDREN = 10
LEAST_ADDRESSES = 8
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Unit:
    """One ward.

    Args:
        children: As many as a release says there are at the least.
        addresses: Known to lie in it.
        centre: In any units; only for wards that touch none.
        within: What it belongs to (a council): areas do not cross it as long as that can be.
    """

    code: str
    children: int
    addresses: int
    centre: Point
    within: str = ""


def touching(outlines: Mapping[str, Iterable[Sequence[Point]]]) -> dict[str, frozenset[str]]:
    """Which wards share a stretch of their outlines: at least two points, to a metre or so."""
    at: dict[tuple[int, int], set[str]] = {}
    for code, rings in outlines.items():
        for ring in rings:
            for x, y in ring:
                at.setdefault((round(x * 1e5), round(y * 1e5)), set()).add(code)
    shared: dict[tuple[str, str], int] = {}
    for codes in at.values():
        for one in codes:
            for other in codes - {one}:
                shared[one, other] = shared.get((one, other), 0) + 1
    return {code: frozenset(other for other in outlines if shared.get((code, other), 0) > 1) for code in outlines}


def make_areas(
    units: Sequence[Unit],
    neighbours: Mapping[str, Iterable[str]],
    *,
    least_children: int = LEAST_CHILDREN,
    least_addresses: int = LEAST_ADDRESSES,
) -> tuple[tuple[str, ...], ...]:
    """Merge wards until every area has enough of both; each area as the codes of its wards, in order.

    The area that lacks most is merged first, with the neighbour that has fewest children: so areas stay small. One that touches none is
    merged with the nearest. Where all wards together have not enough, they are one area.

    Raises:
        ValueError: If a ward is there twice.
    """
    areas = {unit.code: _Area((unit,)) for unit in sorted(units, key=lambda unit: unit.code)}
    if len(areas) < len(units):
        raise ValueError("A ward is there twice.")
    of = {code: code for code in areas}
    while len(areas) > 1:
        lacking = [area for area in areas.values() if area.children < least_children or area.addresses < least_addresses]
        if not lacking:
            break
        small = min(lacking, key=lambda area: (area.children, area.addresses, area.code))
        with_whom = _partner(small, areas, {of[other] for unit in small.units for other in neighbours.get(unit.code, ()) if other in of})
        merged = _Area(tuple(sorted((*small.units, *with_whom.units), key=lambda unit: unit.code)))
        del areas[small.code], areas[with_whom.code]
        areas[merged.code] = merged
        of.update({unit.code: merged.code for unit in merged.units})
    return tuple(tuple(unit.code for unit in area.units) for _, area in sorted(areas.items()))


@dataclass(frozen=True, slots=True)
class _Area:
    units: tuple[Unit, ...]

    @property
    def code(self) -> str:
        return self.units[0].code

    @property
    def children(self) -> int:
        return sum(unit.children for unit in self.units)

    @property
    def addresses(self) -> int:
        return sum(unit.addresses for unit in self.units)

    @property
    def within(self) -> frozenset[str]:
        return frozenset(unit.within for unit in self.units)

    def far_from(self, other: _Area) -> float:
        return min(math.dist(one.centre, two.centre) for one in self.units for two in other.units)


def _partner(small: _Area, areas: Mapping[str, _Area], touched: set[str]) -> _Area:
    """With whom an area is merged: of those it touches (else of all), of the same council if there is one; the one with fewest children."""
    others = [areas[code] for code in sorted(touched - {small.code})]
    if not others:
        nearest = [area for area in areas.values() if area.code != small.code]
        return min(nearest, key=lambda area: (not small.within & area.within, small.far_from(area), area.code))
    return min(others, key=lambda area: (not small.within & area.within, area.children, small.far_from(area), area.code))
