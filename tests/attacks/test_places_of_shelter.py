"""Where somebody is kept safe is on no layer of a map, whatever stands in the file that the map is drawn from."""

from __future__ import annotations

import json

import pytest
from django.urls import get_resolver
from tests.web.conftest import empty_pages, pages, sign_in  # noqa: F401 - fixtures
from tests.web.example import WARD_OUTLINES

from sightline.app.roles import Role

LAYERS = {"ward_boundaries": "/places/wards.geojson", "ward_figures": "/places/figures.json"}
REFUGE = "Lantern House refuge, 4 Quayside"
POINT = [1.51234, 54.61234]


def with_a_refuge(geojson: bytes) -> bytes:
    """A file drawn for other work, too: a point, a line, a note beside a ward, and members that the format allows."""
    told = json.loads(geojson)
    told["note"] = told["features"][0]["refuge"] = REFUGE
    told["features"][0]["properties"] |= {"placements": REFUGE, "refuge_at": POINT}
    told["features"][1]["geometry"]["near"] = REFUGE
    for kind, where in (("Point", POINT), ("LineString", [POINT, POINT]), ("MultiPoint", [POINT])):
        place = {"ward_code": "R1", "ward_name": REFUGE}
        told["features"].append({"type": "Feature", "properties": place, "geometry": {"type": kind, "coordinates": where}})
    return json.dumps(told).encode()


def test_every_layer_of_a_map_is_looked_at_here():
    layers = {
        pattern.name: "/" + str(pattern.pattern) for pattern in get_resolver().url_patterns if str(pattern.pattern).startswith("places/")
    }

    assert layers == LAYERS


@pytest.mark.parametrize("asked", [{}, {"indicator": "missing_episodes"}])
def test_a_layer_holds_outlines_of_wards_and_released_numbers_and_no_other_place(asked, pages, sign_in):  # noqa: F811
    client = sign_in(Role.PRACTITIONER, agency="csc")
    clean = {layer: client.get(address, asked).json() for layer, address in LAYERS.items()}
    pages.files[WARD_OUTLINES] = with_a_refuge(pages.files[WARD_OUTLINES])

    shown = {layer: client.get(address, asked) for layer, address in LAYERS.items()}

    assert {layer: answer.json() for layer, answer in shown.items()} == clean
    for text in (REFUGE, str(POINT[0]), "R1"):
        assert not [layer for layer, answer in shown.items() if text in answer.content.decode()]
        assert text not in client.get("/places", asked).content.decode()
    assert {tuple(each["properties"]) for each in clean["ward_boundaries"]["features"]} == {("ward_code", "ward_name")}
    assert {key for ward in clean["ward_figures"]["wards"].values() for key in ward} == {"label", "words", "colour", "dark"}
