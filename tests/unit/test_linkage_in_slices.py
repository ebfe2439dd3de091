"""What is worked on a part at a time, to take less memory, gives what it gives in one piece."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import block as blocking
from sightline.linkage import facts, levels, prepare, weigh
from sightline.linkage.block import PAIRS, block
from sightline.linkage.facts import Coded, Lists
from sightline.linkage.linking import Lists as Catalogue
from sightline.linkage.names import Nicknames
from sightline.linkage.score import Scorer
from tests.support.people import invent

CATALOGUE = Catalogue()


def scored(table):
    """Every pair that shares a key, and what is said of it."""
    with DuckDBEngine(threads=2) as engine:
        identities = prepare.prepare(engine, table, words=CATALOGUE.words, nicknames=Nicknames.from_sets(CATALOGUE.nicknames))
        block(engine, largest_block=CATALOGUE.model.largest_block)
        pairs = engine.query(f"select join_key_l, join_key_r from {PAIRS}")
        scorer = Scorer(engine, CATALOGUE.model, identities=identities)
        return pairs, scorer.score(PAIRS, at_least=0.01), scorer.score(PAIRS, at_least=None)


def test_a_few_at_a_time_give_what_all_at_once_do(monkeypatch):
    table = invent(300, seed=31).records
    at_once = scored(table)
    assert len(at_once[0]) > 500

    monkeypatch.setattr(prepare, "_ROWS_IN_A_SLICE", 200)
    monkeypatch.setattr(blocking, "_KEYS_AT_A_TIME", 7)
    monkeypatch.setattr(blocking, "_PAIRS_AT_A_TIME", 7)
    monkeypatch.setattr(facts, "_MARKS_AT_A_TIME", 11)
    monkeypatch.setattr(levels, "_PAIRS_AT_A_TIME", 101)
    monkeypatch.setattr(weigh, "_AT_A_TIME", 103)
    for whole, parts in zip(at_once, scored(table), strict=True):
        assert parts.to_pylist() == whole.to_pylist()


def test_nothing_to_weigh_is_no_pair():
    with DuckDBEngine(threads=1) as engine:
        identities = prepare.prepare(engine, invent(20, seed=3).records, words=CATALOGUE.words, nicknames=Nicknames.from_sets(()))
        block(engine, largest_block=CATALOGUE.model.largest_block)
        scorer = Scorer(engine, CATALOGUE.model, identities=identities)

        assert scorer.score(f"(from {PAIRS} where false)", at_least=0.01).num_rows == 0


@pytest.mark.parametrize(("different", "is_coded"), [(3, True), (300, True), (70_000, True), (100_000, False)])
def test_numbers_kept_once_each_are_the_same_at_every_place(different, is_coded):
    rng = np.random.default_rng(different)
    members = rng.integers(1, 2**64, different, dtype=np.uint64)[rng.permutation(np.arange(300_000 if is_coded else different) % different)]
    lists = Lists.of(np.arange(1, len(members) + 1), members, len(members))
    places = rng.permutation(len(members))

    assert isinstance(lists.members, Coded) == is_coded
    assert lists.members.take(places).tolist() == members[places].tolist()
    assert lists.bits.take(places).tolist() == (np.uint64(1) << (members[places] % np.uint64(64))).tolist()
