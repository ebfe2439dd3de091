"""Everything drawn for a release, made once when the release is made and kept with it: the pages and reports only place it."""

from __future__ import annotations

from sightline.model.releases import Release
from sightline.publish import charts, maps, upset

WARDS = "wards.geojson"
AGENCIES = "agencies.svg"


def trend_name(indicator: str) -> str:
    """The attachment that draws an indicator over time."""
    return f"charts/{indicator}/trend.svg"


def sparkline_name(indicator: str) -> str:
    """The attachment that draws an indicator over time, small."""
    return f"charts/{indicator}/sparkline.svg"


def breakdown_name(indicator: str, breakdown: str) -> str:
    """The attachment that draws an indicator by the categories of a breakdown."""
    return f"charts/{indicator}/{breakdown}.svg"


def map_name(indicator: str) -> str:
    """The attachment that draws an indicator by ward on the map."""
    return f"maps/{indicator}.svg"


def render(release: Release, wards_geojson: bytes) -> dict[str, bytes]:
    """Draw a release; the same release and boundaries always give the same bytes.

    Raises:
        InputRefused: If the boundaries are not GeoJSON with a ``ward_code`` on each ward.
    """
    drawn = {WARDS: wards_geojson, AGENCIES: upset.agencies(release)}
    for indicator in release.indicators:
        id = indicator.id
        drawn[trend_name(id)] = charts.trend(release, id)
        drawn[sparkline_name(id)] = charts.sparkline(release, id)
        for breakdown in indicator.breakdowns:
            if breakdown != "all":
                drawn[breakdown_name(id, breakdown)] = charts.bars(release, id, breakdown)
        if "ward" in indicator.breakdowns:
            drawn[map_name(id)] = maps.ward_map(release, id, wards_geojson)
    return drawn
