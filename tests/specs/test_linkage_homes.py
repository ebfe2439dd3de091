"""What linkage makes of addresses, of children not yet born, of second names and of values that say nothing."""

from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
import pytest
from tests.support.people import invent, record, records

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import link

WARDS = pa.table({"postcode": ["QS4 2AB"], "ward": ["W01"]})
TOWN = invent(300, seed=11)


def child(identity, agency, **values):
    known = {"given_name": "Ottoline", "family_name": "Hebblewhite", "date_of_birth": date(2012, 3, 7), "sex": "female"}
    return record(identity, agency, **(known | values))


ONE = {
    "an address in two spellings, one without a date": (
        {"address": "Flat 2, 14 St. John's Rd, Saltmere", "postcode": None},
        {"address": "14 SAINT JOHNS ROAD FLAT 2", "postcode": None, "date_of_birth": None},
    ),
    "an address with slips and words run together, one without a date": (
        {"address": "16 Elderberry Mews, Thistledown", "postcode": None, "given_name": "Otto"},
        {"address": "16 Elderbery mewsthistle dwon", "postcode": None, "date_of_birth": None},
    ),
    "unborn and born": (
        {"given_name": "Unborn", "family_name": "Larkham", "date_of_birth": date(2024, 1, 28), "sex": None, "postcode": "QS4 2AB"},
        {"given_name": "Ava", "family_name": "Larkham", "date_of_birth": date(2024, 2, 3), "postcode": "QS4 2AB"},
    ),
    "another first name, and nobody else to be": (
        {"given_name": "Wilhelmina", "family_name": "Fotheringay", "date_of_birth": date(2010, 5, 6), "postcode": "QS4 2AB"},
        {"given_name": "Saoirse", "family_name": "Fotheringay", "date_of_birth": date(2010, 5, 6), "postcode": "QS4 2AB"},
    ),
    "known by the second given name": (
        {"given_name": "Oona Philippa", "family_name": "Entwhistle", "date_of_birth": date(2009, 9, 9)},
        {"given_name": "Philippa", "family_name": "Entwhistle", "date_of_birth": date(2009, 9, 9)},
    ),
}
TWO = {
    "neighbours of one name": (
        {"address": "3 Mill Lane", "date_of_birth": date(2011, 1, 9), "given_name": "Tom", "family_name": "Smith"},
        {"address": "45 Mill Lane", "date_of_birth": date(2014, 8, 22), "given_name": "Tom", "family_name": "Smith"},
    ),
    "brothers of two houses that differ by the number alone": (
        {"address": "3 Elderberry Mews, Thistledown", "date_of_birth": date(2011, 1, 9), "given_name": "Ned", "family_name": "Applegarth"},
        {"address": "5 Elderbery Mews, Thistledown", "date_of_birth": None, "given_name": "Cosmo", "family_name": "Applegarth"},
    ),
    "cousins of two houses in a street that only a kind names": (
        {"address": "92 Park Avenue", "postcode": None, "given_name": "Ida", "family_name": "Flintham"},
        {"address": "39 Park Avenue", "postcode": None, "date_of_birth": None, "given_name": "Irma", "family_name": "Flintham"},
    ),
    "cousins of one house number in two such streets": (
        {"address": "33 The Crescent", "postcode": None, "given_name": "Tobin", "family_name": "Galsworth"},
        {"address": "33 Park Avenue", "postcode": None, "date_of_birth": None, "given_name": "Tobias", "family_name": "Galsworth"},
    ),
    "cousins in streets of like names in two towns": (
        {"address": "17 Elderberry Street", "postcode": "QS4 2AB", "given_name": "Una", "family_name": "Mossop"},
        {"address": "17 Elderbery Street", "postcode": "QB7 1XY", "date_of_birth": None, "given_name": "Hector", "family_name": "Mossop"},
    ),
    "a date that no clerk typed": (
        {"given_name": "Jack", "family_name": "Brown", "date_of_birth": date(1900, 1, 1)},
        {"given_name": "Jake", "family_name": "Brown", "date_of_birth": date(1900, 1, 1)},
    ),
    "an address that says there is none": (
        {"given_name": "Ella", "family_name": "Green", "address": "NFA", "date_of_birth": None},
        {"given_name": "Lily", "family_name": "Green", "address": "NFA", "date_of_birth": None},
    ),
}


@pytest.fixture(scope="module")
def person():
    rows = [
        child(f"{agency} {name}", agency, **values)
        for name, pair in (ONE | TWO).items()
        for agency, values in zip(("csc", "health"), pair, strict=True)
    ]
    drawn = random.Random(1)
    with DuckDBEngine(threads=2) as engine:
        result = link(
            pa.concat_tables([TOWN.records, records(*rows)]),
            engine=engine,
            wards=WARDS,
            trusted=["csc", "education", "health", "police"],
            previous=None,
            new_person_id=lambda: f"p{drawn.getrandbits(96):024x}",
        )
    return dict(zip(result.links.column("identity_id").to_pylist(), result.links.column("person_id").to_pylist(), strict=True))


@pytest.mark.parametrize("name", ONE)
def test_these_are_one_child(person, name):
    assert person[f"csc {name}"] == person[f"health {name}"]


@pytest.mark.parametrize("name", TWO)
def test_these_are_two_children(person, name):
    assert person[f"csc {name}"] != person[f"health {name}"]
