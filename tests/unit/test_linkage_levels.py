"""Levels told from numbers are those that the model's own SQL says, and what is dropped could not have been kept."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sightline.definitions.linkage import Comparison, Level
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIRS, block
from sightline.linkage.levels import OPEN, Levels
from sightline.linkage.linking import Lists
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import PROFILES, prepare
from sightline.linkage.score import Scorer
from tests.support.people import invent, record, records

LISTS = Lists()
ODD = (
    record("a", "csc", given_name="A", family_name="", postcode=None, date_of_birth=None),
    record("b", "health", given_name="Ö", family_name="李", address=" ", phone="07", nhs_number="9000000033"),
    record("c", "police", given_name="Ö", family_name="李", nhs_number="9000000033"),
    record("d", "csc", given_name="A", family_name=None),
    record("e", "csc", given_name="Anne-Marie Jo", family_name="O'Brien-Khan", address="Flat 2, 14 Long Acre, Saltmere"),
    record("f", "csc", given_name="Jo", family_name="Khan", address="14 Acre Long", aliases="Marie"),
)


def prepared(engine, table):
    return prepare(engine, table, words=LISTS.words, nicknames=Nicknames.from_sets(LISTS.nicknames))


def every_pair(identities):
    left, right = np.triu_indices(identities, 1)
    return left + 1, right + 1


def by_sql(engine, comparison, left, right):
    """The place of the first level that holds, by the engine alone."""
    cases = " ".join(f"when {level.when} then {place}" for place, level in enumerate(comparison.levels) if level.when)
    columns = [row["column_name"] for row in engine.query(f"select column_name from (describe {PROFILES})").to_pylist()]
    named = ", ".join(f"{side}.{name} as {name}_{side}" for name in columns for side in ("l", "r"))
    engine.register_table("asked", pa.table({"one": left, "other": right}))
    found = engine.query(
        f"select case {cases} else {len(comparison.levels) - 1} end as level from (select {named} from asked"
        f" join {PROFILES} as l on l.id = one join {PROFILES} as r on r.id = other) order by id_l, id_r"
    )
    return found.column("level").to_numpy()


@pytest.mark.parametrize(("table", "share_told"), [(invent(120, seed=5).records, 0.9), (records(*ODD), 0.3)], ids=["invented", "odd"])
def test_what_numbers_tell_is_what_the_model_says(table, share_told):
    with DuckDBEngine(threads=2) as engine:
        left, right = every_pair(prepared(engine, table))
        told = Levels(engine, LISTS.model, PROFILES).reached(left, right, least=None)
        for comparison, levels in zip(LISTS.model.comparisons, told.levels, strict=True):
            numbers = [-1 if each.is_silent else LISTS.model.level(comparison.id, each.label) for each in comparison.levels]
            expected = np.array(numbers)[by_sql(engine, comparison, left, right)]
            is_told = levels != OPEN
            assert levels[is_told].tolist() == expected[is_told].tolist(), comparison.id
            assert is_told.mean() > share_told, comparison.id


# Conditions of other shapes than the shipped model's, so that a model a partnership writes is read right too.
CONDITIONS = [
    "not list_has_any(given_names_l, family_parts_r)",
    "not (given_l is null) and given_l <> given_r",
    "damerau_levenshtein(given_l, given_r) <> 1",
    "jaro_winkler_similarity(family_l, family_r) < 0.7 or given_l is null",
    "list_contains(given_names_l, given_r)",
    "array_length(list_intersect(middle_l, middle_r)) * 2 >= least(array_length(middle_l), array_length(given_names_r))",
    "list_has_any(address_marks_l, address_marks_r)",
    "array_length(list_intersect(address_marks_l, address_marks_r)) * 3 >= greatest(array_length(address_marks_l), 1)",
    "greatest(length(given_l), length(given_r)) <= 4",
    "least(length(given_l), length(family_r)) < 4",
    "given_l || 'x' = given_r || 'x'",
    "abs(birth_year_l::integer - birth_year_r::integer) <= 1",
    "false",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_any_condition_is_told_right_or_left_open(condition):
    levels = (Level(label="asked", when=condition, same_person=0.5, two_people=0.1), Level(label="else", same_person=0.5, two_people=0.9))
    comparison = Comparison(id="asked", about="", levels=levels)
    model = LISTS.model.model_copy(update={"comparisons": (comparison,)})
    with DuckDBEngine(threads=2) as engine:
        left, right = every_pair(prepared(engine, records(*ODD, *invent(30, seed=6).records.to_pylist())))
        (told,) = Levels(engine, model, PROFILES).reached(left, right, least=None).levels
        expected = 1 - by_sql(engine, comparison, left, right)

    assert told[told != OPEN].tolist() == expected[told != OPEN].tolist()


@pytest.mark.parametrize("least", [0.01, 0.5])
def test_pairs_are_dropped_only_where_they_could_not_be_kept(least):
    with DuckDBEngine(threads=2) as engine:
        identities = prepared(engine, invent(600, seed=12).records)
        block(engine, largest_block=LISTS.model.largest_block)
        scorer = Scorer(engine, LISTS.model, identities=identities)
        kept = scorer.score(PAIRS, at_least=least)
        whole = scorer.score(PAIRS, at_least=None)

    likely = whole.filter(whole.column("probability").to_numpy() >= least)
    assert set(zip(*kept.select(["left", "right"]).to_pydict().values(), strict=True)) >= set(
        zip(*likely.select(["left", "right"]).to_pydict().values(), strict=True)
    )


def test_fewer_pairs_are_compared_than_share_a_key():
    with DuckDBEngine(threads=2) as engine:
        identities = prepared(engine, invent(600, seed=12).records)
        block(engine, largest_block=LISTS.model.largest_block)
        pairs = engine.query(f"select join_key_l, join_key_r from {PAIRS}")
        left, right = (column.to_numpy() for column in pairs.columns)
        reached = Levels(engine, LISTS.model, PROFILES).reached(left, right, least=np.log2(identities) - 6.6)

    assert 0 < len(reached.left) < 0.8 * len(left)
