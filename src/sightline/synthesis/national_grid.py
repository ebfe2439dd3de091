"""British National Grid to longitude and latitude, so that the invented area's points and boundaries agree in any mapping tool.

Source: Ordnance Survey, "A guide to coordinate systems in Great Britain" (annexes B and C): the inverse transverse Mercator projection on
the Airy 1830 ellipsoid, then the seven-parameter Helmert shift to WGS84 (good to a few metres, far finer than a ward boundary here).
"""

from __future__ import annotations

import numpy as np

from sightline.synthesis.draw import Numbers

AIRY_A, AIRY_B = 6377563.396, 6356256.909
WGS84_A, WGS84_B = 6378137.000, 6356752.3141
SCALE, ORIGIN_LATITUDE, ORIGIN_LONGITUDE = 0.9996012717, np.radians(49.0), np.radians(-2.0)
FALSE_EASTING, FALSE_NORTHING = 400000.0, -100000.0
SHIFT = (446.448, -125.157, 542.060)
TURN = tuple(np.radians(seconds / 3600) for seconds in (0.1502, 0.2470, 0.8421))
SHRINK = -20.4894e-6


def longitude_latitude(easting: Numbers, northing: Numbers) -> tuple[Numbers, Numbers]:
    """WGS84 degrees of points in metres on the National Grid.

    >>> degrees = longitude_latitude(np.array([651409.903]), np.array([313177.270]))
    >>> [round(float(value[0]), 3) for value in degrees]
    [1.716, 52.658]
    """
    latitude, longitude = _unproject(easting, northing)
    return _to_wgs84(latitude, longitude)


def _meridional_arc(latitude: Numbers) -> Numbers:
    n = (AIRY_A - AIRY_B) / (AIRY_A + AIRY_B)
    difference, total = latitude - ORIGIN_LATITUDE, latitude + ORIGIN_LATITUDE
    arc: Numbers = (
        AIRY_B
        * SCALE
        * (
            (1 + n + 5 / 4 * n**2 + 5 / 4 * n**3) * difference
            - (3 * n + 3 * n**2 + 21 / 8 * n**3) * np.sin(difference) * np.cos(total)
            + (15 / 8 * n**2 + 15 / 8 * n**3) * np.sin(2 * difference) * np.cos(2 * total)
            - 35 / 24 * n**3 * np.sin(3 * difference) * np.cos(3 * total)
        )
    )
    return arc


def _unproject(easting: Numbers, northing: Numbers) -> tuple[Numbers, Numbers]:
    latitude: Numbers = ORIGIN_LATITUDE + (northing - FALSE_NORTHING) / (AIRY_A * SCALE)
    for _ in range(8):  # converges to well under a millimetre in five steps
        latitude = latitude + (northing - FALSE_NORTHING - _meridional_arc(latitude)) / (AIRY_A * SCALE)
    squared = (AIRY_A**2 - AIRY_B**2) / AIRY_A**2
    base = 1 - squared * np.sin(latitude) ** 2
    nu, rho = AIRY_A * SCALE / np.sqrt(base), AIRY_A * SCALE * (1 - squared) / base**1.5
    eta, tangent, secant = nu / rho - 1, np.tan(latitude), 1 / np.cos(latitude)
    east = easting - FALSE_EASTING
    corrected = (
        latitude
        - tangent / (2 * rho * nu) * east**2
        + tangent / (24 * rho * nu**3) * (5 + 3 * tangent**2 + eta - 9 * tangent**2 * eta) * east**4
        - tangent / (720 * rho * nu**5) * (61 + 90 * tangent**2 + 45 * tangent**4) * east**6
    )
    longitude = (
        ORIGIN_LONGITUDE
        + secant / nu * east
        - secant / (6 * nu**3) * (nu / rho + 2 * tangent**2) * east**3
        + secant / (120 * nu**5) * (5 + 28 * tangent**2 + 24 * tangent**4) * east**5
        - secant / (5040 * nu**7) * (61 + 662 * tangent**2 + 1320 * tangent**4 + 720 * tangent**6) * east**7
    )
    return corrected, longitude


def _to_wgs84(latitude: Numbers, longitude: Numbers) -> tuple[Numbers, Numbers]:
    squared = (AIRY_A**2 - AIRY_B**2) / AIRY_A**2
    nu = AIRY_A / np.sqrt(1 - squared * np.sin(latitude) ** 2)
    x, y = nu * np.cos(latitude) * np.cos(longitude), nu * np.cos(latitude) * np.sin(longitude)
    z = nu * (1 - squared) * np.sin(latitude)
    x, y, z = (
        SHIFT[0] + (1 + SHRINK) * x - TURN[2] * y + TURN[1] * z,
        SHIFT[1] + TURN[2] * x + (1 + SHRINK) * y - TURN[0] * z,
        SHIFT[2] - TURN[1] * x + TURN[0] * y + (1 + SHRINK) * z,
    )
    squared = (WGS84_A**2 - WGS84_B**2) / WGS84_A**2
    flat = np.hypot(x, y)
    shifted: Numbers = np.arctan2(z, flat * (1 - squared))
    for _ in range(6):
        nu = WGS84_A / np.sqrt(1 - squared * np.sin(shifted) ** 2)
        shifted = np.arctan2(z + squared * nu * np.sin(shifted), flat)
    return np.degrees(np.arctan2(y, x)), np.degrees(shifted)
