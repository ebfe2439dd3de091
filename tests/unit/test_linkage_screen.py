"""What is dropped before it is compared could not have been kept."""

from __future__ import annotations

import pytest

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import score
from sightline.linkage.block import PAIRS, block
from sightline.linkage.linking import Lists
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import prepare
from sightline.linkage.score import Scorer
from tests.support.people import invent, record, records


def scored(table, monkeypatch, *, screened, least=0.01):
    """The pairs kept, and how many were compared in full."""
    compared = []
    real = score.screen

    def counting(engine, model, *, pairs, **rest):
        passed = real(engine, model, pairs=pairs, **rest) if screened else pairs
        compared.append(engine.query(f"select count(*) as n from {passed}").column("n")[0].as_py())
        return passed

    monkeypatch.setattr(score, "screen", counting)
    lists = Lists()
    with DuckDBEngine(threads=2) as engine:
        identities = prepare(engine, table, words=lists.words, nicknames=Nicknames.from_sets(lists.nicknames))
        block(engine, largest_block=lists.model.largest_block)
        kept = Scorer(engine, lists.model, identities=identities).score(PAIRS, at_least=least)
    monkeypatch.undo()
    return kept, compared[0]


@pytest.mark.parametrize("least", [0.01, 0.5])
def test_screened_pairs_are_scored_to_the_same_result(monkeypatch, least):
    table = invent(600, seed=12).records

    whole, all_pairs = scored(table, monkeypatch, screened=False, least=least)
    kept, compared = scored(table, monkeypatch, screened=True, least=least)

    assert kept.equals(whole)
    assert kept.num_rows <= compared < 0.8 * all_pairs


def test_empty_and_odd_values_pass_the_screen(monkeypatch):
    rows = [
        record("a", "csc", given_name="A", family_name="", postcode=None, date_of_birth=None),
        record("b", "health", given_name="Ö", family_name="李", address=" ", phone="07", nhs_number="9000000033"),
        record("c", "police", given_name="Ö", family_name="李", nhs_number="9000000033"),
        record("d", "csc", given_name="A", family_name=None),
    ]

    whole, _ = scored(records(*rows), monkeypatch, screened=False)
    kept, _ = scored(records(*rows), monkeypatch, screened=True)

    assert kept.equals(whole)
