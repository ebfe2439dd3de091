"""Six square wards in the sea, for tests of maps."""

from __future__ import annotations

import json

from tests.support.releases import WARDS


def ward_squares() -> bytes:
    """The wards of `example_release` as a grid, three across and two up, each 0.05 by 0.03 degrees."""
    features = []
    for place, (code, name) in enumerate(WARDS):
        west, south = 1.5 + 0.05 * (place % 3), 54.6 + 0.03 * (place // 3)
        ring = [[west, south], [west + 0.05, south], [west + 0.05, south + 0.03], [west, south + 0.03], [west, south]]
        features.append(
            {
                "type": "Feature",
                "properties": {"ward_code": code, "ward_name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
