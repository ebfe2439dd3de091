"""Whatever the evidence, no person has records of a child and of an adult."""

from __future__ import annotations

import random
from datetime import date
from itertools import combinations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import TOLD_AS_CHILD, TOLD_OF_HARM, TOLD_SCHEMA, Told, link
from sightline.linkage.groups import ADULT, AGE_NOT_KNOWN, CHILD, Ages
from sightline.linkage.resolve import Edges, components, resolve
from sightline.linkage.score import SCORED
from tests.support.people import invent

PEOPLE = 7
PAIRS = list(combinations(range(1, PEOPLE + 1), 2))
groups = st.lists(st.sampled_from([CHILD, ADULT, AGE_NOT_KNOWN]), min_size=PEOPLE, max_size=PEOPLE)
scored_pairs = st.dictionaries(
    st.sampled_from(PAIRS),
    st.tuples(
        st.floats(-20, 20).map(lambda weight: round(weight, 1)),
        st.sampled_from([None, "likeness", "NHS number and date of birth"]),
        st.sampled_from([None, None, "different numbers", "twin or sibling"]),
    ),
)


@given(group=groups, found=scored_pairs)
def test_no_evidence_puts_two_groups_into_one_person(group, found):
    scored = pa.Table.from_pylist(
        [
            {"left": pair[0], "right": pair[1], "weight": found[pair][0], "probability": 1 / (1 + 2 ** -found[pair][0]),
             "rule": found[pair][1], "forbidden": found[pair][2]}
            for pair in sorted(found)
        ],
        schema=SCORED,
    )  # fmt: skip
    ages = Ages(np.array(group, dtype=np.int8), np.zeros(PEOPLE, dtype=bool))

    edges = Edges.of(ages.keep_apart(scored))
    labels = resolve(components(PEOPLE, edges, largest=200), edges).labels

    for one, other in combinations(range(PEOPLE), 2):
        if labels[one] == labels[other]:
            assert group[one] == group[other] != AGE_NOT_KNOWN


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_in_an_invented_town_nobody_is_both(seed):
    rng = random.Random(seed)
    town = invent(150, seed=seed)
    for row in town.rows:  # ages and numbers at random over true likenesses: the worst that agencies can send
        born = row["date_of_birth"]
        if rng.random() < 0.3:
            row["date_of_birth"] = (
                None if rng.random() < 0.3 or born is None else date(rng.randint(1960, 2015), born.month, min(born.day, 28))
            )
    roles = [
        {"identity_id": row["identity_id"], "told_as": role}
        for row in town.rows
        for role, share in ((TOLD_AS_CHILD, 0.2), (TOLD_OF_HARM, 0.3))
        if rng.random() < share
    ]
    told = Told(date(2024, 1, 1), pa.Table.from_pylist(roles, schema=TOLD_SCHEMA))
    with DuckDBEngine(threads=1) as engine:
        result = link(
            town.records, engine=engine, wards=town.wards, trusted=[], previous=None, told=told,
            new_person_id=lambda: f"p{rng.getrandbits(96):024x}",
        )  # fmt: skip

    person = dict(zip(result.links.column("identity_id").to_pylist(), result.links.column("person_id").to_pylist(), strict=True))
    children = {person[row["identity_id"]] for row in roles if row["told_as"] == TOLD_AS_CHILD}
    harm = {row["identity_id"] for row in roles if row["told_as"] == TOLD_OF_HARM}
    services = {row["identity_id"] for row in roles if row["told_as"] == TOLD_AS_CHILD}
    grown = {
        person[row["identity_id"]]
        for row in town.rows
        if row["date_of_birth"] and row["date_of_birth"].year < 2005 and row["identity_id"] not in services and not row["upn"]
    }
    nameless = [
        row["identity_id"] for row in town.rows
        if not row["date_of_birth"] and row["identity_id"] in harm - services and not row["upn"] and not row["nhs_number"]
    ]  # fmt: skip
    assert grown
    assert not children & grown
    holders = list(person.values())
    assert all(holders.count(person[identity]) == 1 for identity in nameless)
