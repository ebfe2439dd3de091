"""Which ways of writing mean one place, on invented ones whose truth is known."""

from __future__ import annotations

import random
from itertools import combinations

import pyarrow as pa
import pytest

from sightline.linkage.locations import (
    ALONE,
    BY_ADDRESS,
    BY_UPRN,
    GONE,
    RESIDENTS_SCHEMA,
    SHARED_BY,
    WRITTEN_SCHEMA,
    key_places,
    link_places,
)
from sightline.model.entities import PLACE_SCHEMA

CODE = "QS1 1AA"


def drawn(seed=1):
    rng = random.Random(seed)
    return lambda: f"l{rng.getrandbits(96):024x}"


def written(**rows):
    """Key → (uprn, address, postcode)."""
    return pa.Table.from_pylist(
        [dict(zip(WRITTEN_SCHEMA.names, (key, *row), strict=True)) for key, row in rows.items()], schema=WRITTEN_SCHEMA
    )


def linked(table, *, living=(), previous=None, seed=1):
    residents = pa.Table.from_pylist([{"place_key": key, "person_id": person} for key, person in living], schema=RESIDENTS_SCHEMA)
    return link_places(table, residents=residents, previous=previous, new_place_id=drawn(seed))


def ids(result):
    return dict(zip(result.places.column("place_key").to_pylist(), result.places.column("place_id").to_pylist(), strict=True))


# two ways of writing, and whether they are one place
WAYS = {
    "one UPRN, two addresses": (("10003456789", "Mill House", CODE), ("010003456789", "4 Mill Lane", CODE), True),
    "two UPRNs, one address": (("10003456789", "4 Mill Lane", CODE), ("10003456780", "4 Mill Lane", CODE), False),
    "a UPRN and the same address": (("10003456789", "4 Mill Lane", CODE), (None, "4 Mill Ln", CODE), True),
    "abbreviated, and the town left out": ((None, "4 Mill Lane, Saltmere", CODE), (None, "4, Mill Ln.", "qs11aa"), True),
    "the postcode in the address": ((None, "4 Mill Lane QS1 1AA", None), (None, "4 Mill Lane", CODE), True),
    "flat and house": ((None, "Flat 2, 4 Mill Lane", CODE), (None, "4 Mill Lane", CODE), False),
    "flat first or last": ((None, "Flat 2, 4 Mill Lane", CODE), (None, "4 Mill Lane, Flat 2", CODE), True),
    "flat and house number swapped": ((None, "Flat 2, 4 Mill Lane", CODE), (None, "Flat 4, 2 Mill Lane", CODE), False),
    "neighbours": ((None, "4 Mill Lane", CODE), (None, "6 Mill Lane", CODE), False),
    "another postcode": ((None, "4 Mill Lane", CODE), (None, "4 Mill Lane", "QS1 1AB"), False),
    "a postcode alone is a street": ((None, None, CODE), (None, None, CODE), False),
    "no number, the same name": ((None, "Harbour Park", CODE), (None, "HARBOUR PARK", CODE), True),
    "no number, part of the name": ((None, "Harbour", CODE), (None, "Harbour Academy", CODE), False),
    "a UPRN that nobody has": (("0", "4 Mill Lane", CODE), ("0", "9 High Street", CODE), False),
    "one digit over and over": (("99999999999", "4 Mill Lane", CODE), ("99999999999", "9 High Street", CODE), False),
    "no fixed abode": ((None, "NFA", CODE), (None, "NFA", CODE), False),
}


@pytest.mark.parametrize("case", WAYS)
def test_two_ways_of_writing_mean_one_place_or_two(case):
    one, other, same = WAYS[case]

    found = ids(linked(written(a=one, b=other)))

    assert (found["a"] == found["b"]) is same


def test_an_address_that_fits_two_properties_is_neither_and_is_counted():
    result = linked(
        written(
            a=("11", "4 Mill Lane, North", CODE), b=("12", "4 Mill Lane, South", CODE), c=(None, "4 Mill Lane", CODE), d=("11", None, None)
        )
    )

    found = ids(result)
    assert found["a"] == found["d"]
    assert len(set(found.values())) == 3
    assert result.counts.not_told_apart == 1
    assert dict(zip("abcd", result.places.column("method").to_pylist(), strict=True)) == {
        "a": BY_UPRN,
        "b": ALONE,
        "c": ALONE,
        "d": BY_UPRN,
    }


def test_a_place_is_shared_when_more_live_there_than_a_family_however_it_is_written():
    table = written(a=("11", "Oak House", CODE), b=(None, "Oak House", CODE), c=(None, "4 Mill Lane", CODE))
    living = [("a" if number % 2 else "b", f"p{number}") for number in range(SHARED_BY + 1)] + [
        ("c", f"q{number}") for number in range(SHARED_BY)
    ]

    result = linked(table, living=[*living, ("a", "p0")])

    rows = {row["place_key"]: row for row in result.places.to_pylist()}
    assert [(rows[key]["residents"], rows[key]["shared"]) for key in "abc"] == [(9, True), (9, True), (8, False)]
    assert result.counts.shared == 1
    assert rows["b"]["method"] == BY_ADDRESS


def test_a_new_quarter_keeps_the_ids_of_places_also_of_those_that_were_away():
    first = linked(written(a=("11", "4 Mill Lane", CODE), b=(None, "9 High Street", CODE)))
    second = linked(written(a=("11", "4 Mill Lane", CODE), c=(None, "4 Mill Ln", CODE)), previous=first.places, seed=2)
    third = linked(written(b=(None, "9 High Street", CODE), c=(None, "4 Mill Ln", CODE)), previous=second.places, seed=3)

    assert ids(second)["c"] == ids(first)["a"]
    assert {row["place_key"] for row in second.places.to_pylist() if row["method"] == GONE} == {"b"}
    assert (ids(third)["b"], ids(third)["c"]) == (ids(first)["b"], ids(first)["a"])


def test_the_same_rows_in_any_order_give_the_same_bytes_and_draw_nothing_again():
    table = town(random.Random(3))[0]
    first = linked(table)
    rows = table.to_pylist()
    random.Random(9).shuffle(rows)

    again = linked(pa.Table.from_pylist(rows, schema=WRITTEN_SCHEMA), previous=first.places, seed=8)

    assert first.places.schema.equals(PLACE_SCHEMA)
    assert again.places.equals(first.places)


def test_keys_are_made_of_what_is_compared_and_rows_that_name_no_place_are_left_out():
    told = pa.table(
        {"uprn": ["011", None, None, None], "address": [None, "4 Mill Lane", "4 MILL LANE", None], "postcode": [None, CODE, "qs11aa", CODE]}
    )

    keyed = key_places(told, lambda text: f"<{text}>")

    assert keyed.column("place_key").to_pylist() == ["<11||>", "<|4 mill lane|QS11AA>", "<|4 mill lane|QS11AA>"]


def town(rng):
    """Streets of houses and flats, each written by up to three agencies; also which house each key means."""
    streets = [
        f"{name} {kind}" for name in ("Mill", "Harbour", "Orchard", "Station", "Church", "Victoria") for kind in ("Lane", "Road", "Street")
    ]
    short = {"Lane": "Ln", "Road": "Rd", "Street": "St"}
    rows, truth = {}, {}
    for house in range(400):
        street = streets[house // 24]
        number, flat = (house % 24) // 2 + 1, house % 2 + 1
        has_flats = number % 4 == 0
        place = house if has_flats else house - house % 2
        code = f"QS{house // 24 + 1} {number % 3 + 1}AB"
        for agency in range(3):
            if rng.random() < 0.3:
                continue
            line = f"{number} {street}"
            if rng.random() < 0.5:
                line = line.replace(street.split()[1], short[street.split()[1]])
            if has_flats and rng.random() < 0.85:  # now and then the flat is left out
                line = f"Flat {flat}, {line}" if rng.random() < 0.5 else f"{line}, flat {flat}"
            if rng.random() < 0.4:
                line = f"{line}, Saltmere"
            key = f"{house}-{agency}"
            rows[key] = (str(100_000 + place) if rng.random() < 0.4 else None, line.upper() if rng.random() < 0.2 else line, code)
            truth[key] = place
    return written(**rows), truth


def test_on_an_invented_town_hardly_any_pair_is_wrong_and_most_are_found():
    table, truth = town(random.Random(1))

    found = ids(linked(table))

    pairs = [(one, other) for one, other in combinations(sorted(found), 2) if found[one] == found[other] or truth[one] == truth[other]]
    right = sum(found[one] == found[other] and truth[one] == truth[other] for one, other in pairs)
    precision = right / sum(found[one] == found[other] for one, other in pairs)
    recall = right / sum(truth[one] == truth[other] for one, other in pairs)
    assert precision >= 0.98
    assert recall >= 0.93
