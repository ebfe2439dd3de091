"""What is kept with a release besides its figures: the outlines of its wards, which no later release may change, and the areas to map by.

Charts are not kept: they are drawn from the release when a page or a report asks for them (docs/adr/0007-draw-charts-when-asked.md).
"""

from __future__ import annotations

from sightline.publish.maps import read_wards

WARDS = "wards.geojson"
AREAS = "areas.json"
"""By which areas each indicator is mapped: wards put together where one has too few children or addresses."""


def kept_with_a_release(wards_geojson: bytes) -> dict[str, bytes]:
    """The files of a release by their names, once it is sure that its maps can be drawn.

    Raises:
        InputRefused: If the boundaries are not GeoJSON with a ``ward_code`` on each ward.
    """
    read_wards(wards_geojson)
    return {WARDS: wards_geojson}
