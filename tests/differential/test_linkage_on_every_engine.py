"""Pairs weigh the same on Splink's DuckDB and Spark back ends, under one model."""

from __future__ import annotations

import pytest
from tests.support.people import invent

from sightline.definitions.linkage import linkage_model, name_words, nickname_sets
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIRS, block
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import PROFILES, prepare
from sightline.linkage.score import Scorer

CHILDREN = 60


def test_a_pair_weighs_the_same_on_duckdb_and_on_spark(spark_session):
    from sightline.linkage.on_spark import weigh

    model = linkage_model()
    made = invent(CHILDREN, seed=7)
    with DuckDBEngine(threads=2) as engine:
        identities = prepare(engine, made.records, words=name_words(), nicknames=Nicknames.from_sets(nickname_sets()))
        pairs = block(engine, largest_block=model.largest_block)
        profiles = engine.query(f"select * from {PROFILES} order by id")
        blocked = engine.query(f"select * from {PAIRS} order by join_key_l, join_key_r")
        scorer = Scorer(engine, model, identities=identities)
        here = scorer.score(PAIRS, at_least=0.0)
        scorer.close()

    there = weigh(spark_session, profiles, blocked, model)

    assert pairs > 30
    assert there.select(["left", "right"]).equals(here.select(["left", "right"]))
    assert there.column("weight").to_pylist() == pytest.approx(here.column("weight").to_pylist(), abs=1e-6)
