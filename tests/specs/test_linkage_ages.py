"""No child is ever linked to somebody who was an adult before the first quarter: who counts as which, and what keeps them apart."""

from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
import pytest
from tests.support.people import invent, record, records

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import TOLD_AS_CHILD, TOLD_OF_HARM, TOLD_SCHEMA, Told, link
from sightline.model.entities import OVERRIDE_SCHEMA

SINCE = date(2024, 1, 1)
WARDS = pa.table({"postcode": ["QS1 1AA"], "ward": ["W01"]})
ADULT, TEENAGER, CHILD = date(1990, 5, 2), date(2008, 5, 2), date(2014, 5, 2)


def told(roles=None, since=SINCE):
    rows = [{"identity_id": identity, "told_as": role} for identity, role in (roles or [])]
    return Told(since, pa.Table.from_pylist(rows, schema=TOLD_SCHEMA))


def linked(table, *, roles=None, **more):
    rng = random.Random(1)
    with DuckDBEngine(threads=1) as engine:
        return link(
            table, engine=engine, wards=WARDS, trusted=["csc"], previous=more.pop("previous", None), told=told(roles),
            new_person_id=lambda: f"p{rng.getrandbits(96):024x}", **more,
        )  # fmt: skip


def seen(identity_id, agency_id, born=TEENAGER, **values):
    known = {"given_name": "Ottoline", "family_name": "Hebblewhite", "sex": "female", "postcode": "QS1 1AA"}
    return record(identity_id, agency_id, **{**known, "date_of_birth": born, **values})


def among_others(*rows):
    """In a town, so that a name says what it does in life."""
    return pa.concat_tables([invent(300, seed=4).records, records(*rows)])


def people_of(result):
    return dict(zip(result.links.column("identity_id").to_pylist(), result.links.column("person_id").to_pylist(), strict=True))


def together(result, one, other):
    people = people_of(result)
    return people[one] == people[other]


def test_a_young_person_both_harmed_and_named_as_causing_harm_stays_one_child():
    roles = [("x-csc", TOLD_AS_CHILD), ("x-police", TOLD_OF_HARM)]
    result = linked(among_others(seen("x-csc", "csc"), seen("x-police", "police")), roles=roles)

    assert together(result, "x-csc", "x-police")
    assert result.summary.adults_told_of_harm == 0


def test_a_child_who_turns_18_is_the_same_person_with_the_same_id():
    young = seen("x-csc", "csc", valid_from=date(2025, 1, 1))
    before = linked(among_others(young))
    grown = seen("x-police", "police", valid_from=date(2026, 9, 1))  # 18 since May

    after = linked(among_others(young, grown), roles=[("x-police", TOLD_OF_HARM)], previous=before.links)

    assert together(after, "x-csc", "x-police")
    assert people_of(after)["x-csc"] == people_of(before)["x-csc"]


# what one record says of an age, and what returns tell of it, that makes it an adult's
@pytest.mark.parametrize(
    ("values", "roles", "adult"),
    [
        ({"date_of_birth": ADULT}, [], True),
        ({"date_of_birth": date(1990, 1, 1), "date_of_birth_precision": "year"}, [TOLD_OF_HARM], True),
        ({"date_of_birth": date(2006, 1, 1), "date_of_birth_precision": "year"}, [TOLD_OF_HARM], False),  # may be 17 on the first day
        ({"date_of_birth": date(2005, 12, 31)}, [], True),  # 18 on the day before the first
        ({"date_of_birth": date(2006, 1, 2)}, [], False),
        ({"date_of_birth": date(1900, 1, 1)}, [], False),  # what a system writes for no date
        ({"date_of_birth": None}, [TOLD_OF_HARM, TOLD_AS_CHILD], False),
        ({"date_of_birth": ADULT}, [TOLD_AS_CHILD], False),  # a service for children outweighs a date
        ({"date_of_birth": ADULT, "upn": "B801200005001"}, [], False),
        ({"date_of_birth": date(2000, 5, 2), "valid_from": date(2015, 1, 1)}, [], False),  # a child when first seen
    ],
)
def test_who_is_an_adult_is_told_by_the_youngest_reading(values, roles, adult):
    result = linked(records(seen("x", "police", **values)), roles=[("x", role) for role in roles])

    assert (result.summary.adults == 1) is adult
    assert result.summary.age_not_known == 0


def test_a_child_and_an_adult_alike_in_all_but_the_date_are_two_and_the_pair_says_why():
    alike = {"address": "4 Mill Lane, Saltmere", "phone": "07700 900123", "place_of_birth": "Saltmere"}
    rows = [seen("x-csc", "csc", CHILD, **alike), seen("x-police", "police", CHILD.replace(year=1994), **alike)]

    result = linked(among_others(*rows), roles=[("x-csc", TOLD_AS_CHILD)])

    assert not together(result, "x-csc", "x-police")
    forbidden = {(row["left"], row["right"]): row["forbidden"] for row in result.pairs.to_pylist()}
    assert forbidden["x-csc", "x-police"] == "adult and child"


def test_even_one_nhs_number_does_not_join_a_child_and_an_adult():
    rows = [seen("x-csc", "csc", ADULT, nhs_number="9000000033"), seen("x-police", "police", ADULT, nhs_number="9000000033")]

    assert together(linked(among_others(*rows)), "x-csc", "x-police")
    assert not together(linked(among_others(*rows), roles=[("x-csc", TOLD_AS_CHILD)]), "x-csc", "x-police")


def test_somebody_named_as_causing_harm_whose_age_nothing_tells_is_linked_to_nobody():
    nobody = seen("x-police", "police", None)
    child, adult = seen("x-csc", "csc", None), seen("x-housing", "housing", None, date_of_birth_precision=None)

    result = linked(among_others(child, nobody, adult), roles=[("x-police", TOLD_OF_HARM), ("x-csc", TOLD_AS_CHILD)])

    assert result.summary.age_not_known == 1
    people = people_of(result)
    assert sum(person == people["x-police"] for person in people.values()) == 1
    reasons = {row["forbidden"] for row in result.pairs.to_pylist() if "x-police" in (row["left"], row["right"])}
    assert reasons == {"age not known"}


def test_only_a_steward_can_join_an_adults_record_to_a_childs_and_it_draws_no_other_after_it():
    rows = [seen("x-csc", "csc", TEENAGER), seen("x-police", "police", ADULT), seen("x-housing", "housing", ADULT)]
    override = {"number": 1, "left": "x-csc", "right": "x-police", "kind": "must_link", "reason": "mistyped", "in_force": True}

    result = linked(among_others(*rows), overrides=pa.Table.from_pylist([override], schema=OVERRIDE_SCHEMA))

    assert together(result, "x-csc", "x-police")
    assert not together(result, "x-csc", "x-housing")


def test_no_ages_told_handles_everybody_alike():
    rows = among_others(seen("x-csc", "csc", ADULT), seen("x-police", "police", ADULT))
    with DuckDBEngine(threads=1) as engine:
        rng = random.Random(1)
        result = link(rows, engine=engine, wards=WARDS, trusted=[], previous=None, new_person_id=lambda: f"p{rng.getrandbits(96):024x}")

    assert (result.summary.adults, result.summary.age_not_known) == (0, 0)


def adult(identity_id, agency_id, given="Tariq", family="Mahmoud", born=date(1988, 4, 9), **values):
    return seen(identity_id, agency_id, born, given_name=given, family_name=family, sex="male", postcode=None, **values)


def year(number):
    return {"born": date(number, 1, 1), "date_of_birth_precision": "year"}


# two records of adults in two agencies, and whether they are linked without anybody being asked
ADULTS = {
    "an alias, part of a date and a phone": (
        adult("a", "police", "Ricky", "Mahmoud", phone="+44 7700 900456", **year(1988)),
        adult("b", "housing", aliases="Ricky", phone="07700 900 456"), True,
    ),
    "an alias in the other order, a car and a date": (
        adult("a", "police", "Khan", "Zaheer", vehicle="ab51 cde"), adult("b", "housing", aliases="Zaheer Khan", vehicle="AB51CDE"), True,
    ),
    "an age that fits, a phone and a car": (
        adult("a", "police", born=None, age=36, valid_from=date(2025, 1, 1), phone="07700900456", vehicle="AB51CDE"),
        adult("b", "housing", phone="0044 7700 900456", vehicle="ab51cde", valid_from=date(2025, 1, 1)), True,
    ),
    "names and a date": (adult("a", "police"), adult("b", "housing"), True),
    "names and a year are for people to decide on": (adult("a", "police", **year(1988)), adult("b", "housing", **year(1988)), False),
    "a shared phone and a shared car with other names": (
        adult("a", "police", "Gareth", "Pugh", phone="07700900456", vehicle="AB51CDE"),
        adult("b", "housing", phone="07700900456", vehicle="AB51CDE"), False,
    ),
    "a phone with no name at all": (
        adult("a", "police", None, None, phone="07700900456", vehicle="AB51CDE"),
        adult("b", "housing", phone="07700900456", vehicle="AB51CDE"), False,
    ),
    "a number that is nobody's": (
        adult("a", "police", phone="00000000000", **year(1988)), adult("b", "housing", phone="00000000000", **year(1988)), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ADULTS)
def test_adults_are_linked_by_more_kinds_of_evidence_and_only_where_it_is_sure(case):
    one, other, joined = ADULTS[case]

    result = linked(among_others(one, other), roles=[("a", TOLD_OF_HARM)])

    assert together(result, "a", "b") is joined
    assert result.summary.adults >= 2 - joined


def test_what_is_below_the_higher_cut_is_kept_for_people_to_decide_on():
    one, other, _ = ADULTS["names and a year are for people to decide on"]

    pairs = {(row["left"], row["right"]): row for row in linked(among_others(one, other)).pairs.to_pylist()}

    assert 0.01 <= pairs["a", "b"]["match_probability"] < 0.97
    assert pairs["a", "b"]["rule"] is None


def test_an_age_makes_an_adult_only_by_its_youngest_reading():
    first = date(2024, 6, 1)
    old, young = (seen(name, "police", None, age=age, valid_from=first) for name, age in (("old", 19), ("young", 18)))

    assert linked(records(old)).summary.adults == 1  # 18 by the first of January at the least
    assert linked(records(young)).summary.adults == 0
