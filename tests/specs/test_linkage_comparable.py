"""An agency whose export lost a column is linked to nobody and named; everybody else is linked as ever."""

from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
import pytest
from tests.support.people import RECORD_SCHEMA, invent

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import link
from sightline.linkage.comparable import NO_BIRTH_DATES, NO_NAMES, SHARED_NUMBERS

TOWN = invent(300, seed=21).records
WARDS = pa.table({"postcode": ["QS4 2AB"], "ward": ["W01"]})
KNOWN = [row for row in TOWN.to_pylist() if row["agency_id"] == "education" and row["given_name"] and row["date_of_birth"]][:40]


def sent_again(**lost):
    """What another agency knows of forty of the town's children, but for what its export lost."""
    return [
        row | {"identity_id": f"leisure {n}", "agency_id": "leisure", "nhs_number": None, "upn": None} | lost for n, row in enumerate(KNOWN)
    ]


def linked(rows):
    drawn = random.Random(1)
    with DuckDBEngine(threads=2) as engine:
        return link(
            pa.concat_tables([TOWN, pa.Table.from_pylist(rows, schema=RECORD_SCHEMA)]),
            engine=engine,
            wards=WARDS,
            trusted=["csc"],
            previous=None,
            new_person_id=lambda: f"p{drawn.getrandbits(96):024x}",
        )


def together(result):
    """Who is one person with whom, among those whom the town knows."""
    found = {}
    for identity, person in zip(*(result.links.column(name).to_pylist() for name in ("identity_id", "person_id")), strict=True):
        if not identity.startswith("leisure"):
            found.setdefault(person, set()).add(identity)
    return {frozenset(group) for group in found.values()}


ANOTHER = {"given_name": "Zebedee", "date_of_birth": date(2003, 3, 3)}
SHARED = sent_again() + [row | ANOTHER for row in sent_again()[:5]]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (sent_again(given_name=None, family_name=None), NO_NAMES),
        (sent_again(given_name="Unknown", family_name="Unknown"), NO_NAMES),
        (sent_again(date_of_birth=None), NO_BIRTH_DATES),
        (SHARED, SHARED_NUMBERS),
    ],
    ids=["no names", "names that name nobody", "no birth dates", "one number for several"],
)
def test_an_agency_that_cannot_be_compared_is_named_and_none_of_its_people_is_linked(rows, why):
    result = linked(rows)

    assert result.summary.not_comparable == {"leisure": why}
    persons = dict(zip(*(result.links.column(name).to_pylist() for name in ("identity_id", "person_id")), strict=True))
    theirs = [person for identity, person in persons.items() if identity.startswith("leisure")]
    others = [person for identity, person in persons.items() if not identity.startswith("leisure")]
    assert len(set(theirs)) == len(theirs)
    assert not set(theirs) & set(others)


def test_the_others_are_linked_as_if_it_had_sent_nothing():
    assert together(linked(sent_again(date_of_birth=None))) == together(linked([]))


def test_a_number_says_who_somebody_is_where_no_name_does():
    rows = sent_again(given_name=None, family_name=None, nhs_number="9000000033")

    assert linked(rows).summary.not_comparable == {}


def test_a_complete_export_is_compared():
    assert linked(sent_again()).summary.not_comparable == {}
