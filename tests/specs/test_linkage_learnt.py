"""Lists kept more carelessly than the shipped model presumes are linked by what they themselves teach; lists of families never are."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pyarrow as pa
import pytest
from tests.support.people import record, records

from sightline.definitions.linkage import linkage_model
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import link

PEOPLE = 1200
LETTERS = "bdfghklmnprstvw"
WARDS = pa.table({"postcode": ["QS4 2AB"], "ward": ["W01"]})


def word(rng, syllables):
    return "".join(rng.choice(LETTERS) + rng.choice("aeiou") for _ in range(syllables)).capitalize()


def home(rng):
    return f"Q{rng.choice('AEHLN')}{rng.randrange(1, 10)} {rng.randrange(1, 10)}{rng.choice('ABDEF')}{rng.choice('GHJLN')}"


def two_lists(*, careless, twins):
    """Two agencies' lists of one town, everybody in both; with ``careless`` a third of the second list has quite another date, and half
    have moved."""
    rng = random.Random(5)
    given, family = [word(rng, 2) for _ in range(150)], [word(rng, 3) for _ in range(400)]
    rows = []
    for number in range(PEOPLE):
        born = date(1950, 1, 1) + timedelta(days=rng.randrange(18_000))
        known = {"given_name": rng.choice(given), "family_name": rng.choice(family), "postcode": home(rng)}
        written = date(1950, 1, 1) + timedelta(days=rng.randrange(18_000)) if careless and number % 3 == 0 else born
        moved = {**known, "postcode": home(rng)} if careless and number % 2 == 0 else known
        rows += [record(f"a{number}", "csc", date_of_birth=born, **known), record(f"b{number}", "health", date_of_birth=written, **moved)]
        if twins and number % 30 == 0:
            other = {**known, "given_name": word(rng, 3)}
            rows += [
                record(f"{side}{number} twin", agency, date_of_birth=born, **other) for side, agency in (("a", "csc"), ("b", "health"))
            ]
    return records(*rows)


def linked(rows):
    drawn = random.Random(1)
    with DuckDBEngine(threads=2) as engine:
        return link(
            rows,
            engine=engine,
            wards=WARDS,
            trusted=["csc", "health"],
            previous=None,
            new_person_id=lambda: f"p{drawn.getrandbits(96):024x}",
        )


@pytest.mark.parametrize(
    ("careless", "twins", "learns", "least", "most"),
    [
        pytest.param(True, False, True, 0.86, 0.95, id="a third of the dates wrong and half have moved, nobody's family"),
        pytest.param(False, False, True, 0.99, 1.0, id="as careful as the model presumes or more so"),
        pytest.param(True, True, False, 0.8, 0.86, id="twins, who would be taken for one careless record"),
    ],
)
def test_weights_are_learnt_only_where_nobody_has_a_family(careless, twins, learns, least, most):
    result = linked(two_lists(careless=careless, twins=twins))
    person = dict(zip(result.links.column("identity_id").to_pylist(), result.links.column("person_id").to_pylist(), strict=True))
    found = sum(person[f"a{number}"] == person[f"b{number}"] for number in range(PEOPLE)) / PEOPLE

    assert result.summary.model.endswith(" learnt") == learns
    assert result.summary.model.startswith(linkage_model().id)
    assert least <= found <= most
    if twins:
        assert all(person[f"a{number}"] != person[f"a{number} twin"] for number in range(0, PEOPLE, 30))
