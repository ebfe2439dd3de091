"""A new batch leaves people's ids alone: measured on an invented partnership, with every change told of."""

from __future__ import annotations

import random
from itertools import count

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.support.people import invent

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import link

BATCH, AT_MOST = 0.15, 0.001


@pytest.fixture(scope="module")
def quarters():
    """85% of the identities linked, then all of them with the first links to go by."""
    made = invent(4000, seed=3)
    identities = pc.unique(made.records["identity_id"]).to_pylist()
    late = random.Random(3).sample(identities, int(len(identities) * BATCH))
    early = made.records.filter(pc.invert(pc.is_in(made.records["identity_id"], value_set=pa.array(late, pa.string()))))
    numbers = count(1)
    results = []
    for table in (early, made.records):
        last = results[0] if results else None
        with DuckDBEngine(threads=2) as engine:
            results.append(
                link(
                    table,
                    engine=engine,
                    wards=made.wards,
                    trusted=["csc", "education"],
                    previous=last.links if last else None,
                    gone=last.gone if last else None,
                    new_person_id=lambda: f"p{next(numbers):024d}",
                )
            )
    return results


def ids(result):
    return dict(zip(result.links["identity_id"].to_pylist(), result.links["person_id"].to_pylist(), strict=True))


def test_a_batch_of_fifteen_percent_changes_at_most_one_id_in_a_thousand_and_each_is_explained(quarters):
    before, after = (ids(result) for result in quarters)
    moved = {identity for identity in before if before[identity] != after[identity]}
    events = [event for event in quarters[1].events.to_pylist() if event["kind"] in {"absorbed", "split"}]

    assert len(before) == pytest.approx(len(after) * (1 - BATCH), abs=1)
    assert len(moved) <= AT_MOST * len(before)
    assert {identity for event in events for identity in event["identities"]} == moved
    assert all(event["reason"] for event in events)


def test_the_first_linkage_tells_of_a_creation_for_everybody_and_of_nothing_else(quarters):
    first = quarters[0]

    assert set(first.events["kind"].to_pylist()) == {"created"}
    assert sorted(first.events["person_id"].to_pylist()) == sorted(set(ids(first).values()))
