"""Pairs weigh the same on Splink's DuckDB and Spark back ends, under one model."""

from __future__ import annotations

import os
import shutil

import pytest
from tests.support.people import invent

from sightline.definitions.linkage import linkage_model, name_words, nickname_sets
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIRS, block
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import PROFILES, prepare
from sightline.linkage.score import Scorer

CHILDREN = 60


@pytest.fixture(scope="module")
def session():
    if shutil.which("java") is None:
        pytest.skip("Java is not installed; Spark needs it")
    pytest.importorskip("pyspark", reason="pyspark is not installed (the extra named spark)")
    from sightline.engine.spark import local_session  # optional: only where Spark is
    from sightline.linkage.on_spark import similarity_jar

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    quick = {
        "spark.jars": similarity_jar(),
        # a handful of rows: compiling a program for each query would take longer than anything else
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.default.parallelism": "1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    made = local_session(threads=1, settings=quick)
    yield made
    made.stop()


def test_a_pair_weighs_the_same_on_duckdb_and_on_spark(session):
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

    there = weigh(session, profiles, blocked, model)

    assert pairs > 30
    assert there.select(["left", "right"]).equals(here.select(["left", "right"]))
    assert there.column("weight").to_pylist() == pytest.approx(here.column("weight").to_pylist(), abs=1e-6)
