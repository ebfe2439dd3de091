"""An agency whose export lost a column is linked to nobody and named; everybody else is linked as ever."""

from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
import pytest
from tests.support.people import RECORD_SCHEMA, invent

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import link
from sightline.linkage.comparable import NEITHER, NO_BIRTH_DATES, NO_NAMES, SHARED_NUMBERS
from sightline.linkage.numbers import unique_pupil_number

TOWN = invent(300, seed=21).records
WARDS = pa.table({"postcode": ["QS4 2AB"], "ward": ["W01"]})
KNOWN = [row for row in TOWN.to_pylist() if row["agency_id"] == "education" and row["given_name"] and row["date_of_birth"]][:40]


def sent_again(*, known=40, **lost):
    """What another agency knows of some of the town's children, but for what its export lost."""
    return [
        row | {"identity_id": f"leisure {n}", "agency_id": "leisure", "nhs_number": None, "upn": None} | lost
        for n, row in enumerate(KNOWN[:known])
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


def persons_of(result):
    """Everybody of the agency and everybody else, by person."""
    persons = dict(zip(*(result.links.column(name).to_pylist() for name in ("identity_id", "person_id")), strict=True))
    theirs = {identity: person for identity, person in persons.items() if identity.startswith("leisure")}
    return theirs, {person for identity, person in persons.items() if identity not in theirs}


def doubled(count, *, known=40, **other):
    """The same, where so many of its numbers stand for somebody else too."""
    another = {"given_name": "Zebedee", "date_of_birth": date(2003, 3, 3)} | other
    return sent_again(known=known) + [row | another for row in sent_again(known=known)[:count]]


@pytest.mark.parametrize("known", [40, 7, 3])
@pytest.mark.parametrize(
    ("lost", "why"),
    [
        ({"given_name": None, "family_name": None}, NO_NAMES),
        ({"given_name": "Unknown", "family_name": "Unknown"}, NO_NAMES),
        ({"date_of_birth": None}, NO_BIRTH_DATES),
        ({"given_name": None, "family_name": None, "date_of_birth": None}, NEITHER),
    ],
    ids=["no names", "names that name nobody", "no birth dates", "neither"],
)
def test_an_agency_that_cannot_be_compared_is_named_and_none_of_its_people_is_linked_however_few_they_are(known, lost, why):
    result = linked(sent_again(known=known, **lost))

    assert result.summary.not_comparable == {"leisure": why}
    assert (result.summary.not_compared, result.summary.known) == ({"leisure": known}, {"leisure": known})
    theirs, others = persons_of(result)
    assert len(set(theirs.values())) == len(theirs) == known
    assert not set(theirs.values()) & others


@pytest.mark.parametrize("each", [1, 2])
def test_one_or_two_records_are_no_export_that_lost_a_column(each):
    """Where nobody knows who sent a record, each stands as an agency of its own."""
    rows = [row | {"agency_id": f"sender {number // each}"} for number, row in enumerate(sent_again(date_of_birth=None))]
    result = linked(rows)

    assert result.summary.not_comparable == {}
    theirs, others = persons_of(result)
    assert set(theirs.values()) & others


def test_the_others_are_linked_as_if_it_had_sent_nothing():
    assert together(linked(sent_again(date_of_birth=None))) == together(linked([]))


def test_a_number_says_who_somebody_is_where_no_name_does_and_who_has_none_is_linked_to_nobody():
    rows = sent_again(given_name=None, family_name=None)
    for number, (row, known) in enumerate(zip(rows, KNOWN, strict=True)):
        row["upn"] = known["upn"] if number % 2 else "Z000000000000"
    with_numbers = {row["identity_id"] for row in rows if unique_pupil_number(row["upn"] or "")}
    assert 10 < len(with_numbers) <= 20
    result = linked(rows)

    assert result.summary.not_comparable == {"leisure": NO_NAMES}
    assert (result.summary.not_compared, result.summary.known) == ({"leisure": 40 - len(with_numbers)}, {"leisure": 40})
    theirs, others = persons_of(result)
    assert not {theirs[identity] for identity in theirs.keys() - with_numbers} & others
    assert sum(theirs[identity] in others for identity in with_numbers) > len(with_numbers) / 2


@pytest.mark.parametrize(("count", "known"), [(5, 40), (3, 12)])
def test_an_agency_whose_numbers_stand_for_several_people_is_linked_to_nobody(count, known):
    result = linked(doubled(count, known=known))

    assert (result.summary.not_comparable, result.summary.shared_numbers) == ({"leisure": SHARED_NUMBERS}, {})
    assert (result.summary.not_compared, result.summary.known) == ({"leisure": known}, {"leisure": known})
    theirs, others = persons_of(result)
    assert not set(theirs.values()) & others


@pytest.mark.parametrize("known", [40, 9])
def test_a_single_number_of_two_people_is_told_and_linked_to_nobody_and_the_agencys_others_are(known):
    whole, result = linked(sent_again(known=known)), linked(doubled(2, known=known))

    assert (result.summary.not_comparable, result.summary.shared_numbers) == ({}, {"leisure": 2})
    theirs, others = persons_of(result)
    assert not {theirs["leisure 0"], theirs["leisure 1"]} & others
    as_before, _ = persons_of(whole)
    assert sum(person in others for person in theirs.values()) >= sum(person in persons_of(whole)[1] for person in as_before.values()) - 2
    assert any(person in others for person in theirs.values())


@pytest.mark.parametrize("name", ["Unborn", "Baby Girl", "Not known"])
def test_whoever_had_no_name_before_is_not_two_people(name):
    assert linked(doubled(2, given_name=name)).summary.shared_numbers == {}


def test_a_complete_export_is_compared():
    summary = linked(sent_again()).summary

    assert (summary.not_comparable, summary.not_compared, summary.shared_numbers) == ({}, {}, {})
