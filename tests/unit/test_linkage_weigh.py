"""Pairs weigh what Splink itself says they weigh."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIRS, block
from sightline.linkage.linking import Lists
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import PROFILES, prepare
from sightline.linkage.score import splink_settings
from sightline.linkage.weigh import Weigher, quiet
from tests.support.people import invent


def by_splink(engine, settings, pairs, at_least):
    """What Splink's own prediction gives."""
    from splink import DuckDBAPI, Linker

    with quiet():
        database = DuckDBAPI(engine.connection)
        linker = Linker(database.register(PROFILES), {**settings, "retain_matching_columns": True}, log_level=None)
        linker.table_management.register_blocked_pairs_for_predict(database.register(pairs, table_name="pairs_for_splink"))
        scored = linker.inference.predict(threshold_match_probability=at_least, warning_mode="never")
        return engine.query(f"from {scored.physical_name} order by id_l, id_r")


@pytest.mark.parametrize(("seed", "at_least"), [(21, None), (22, 0.01), (23, 0.9)])
def test_pairs_weigh_what_splink_says(seed, at_least):
    lists = Lists()
    with DuckDBEngine(threads=2) as engine:
        identities = prepare(engine, invent(400, seed=seed).records, words=lists.words, nicknames=Nicknames.from_sets(lists.nicknames))
        block(engine, largest_block=lists.model.largest_block)
        settings = splink_settings(lists.model, identities)
        expected = by_splink(engine, settings, PAIRS, at_least)
        weighed = Weigher(engine, lists.model, settings, PROFILES).weigh(PAIRS, at_least=at_least)
        ours = pa.concat_tables([engine.query(f"from {some}") for some in weighed])
    ours = ours.sort_by([("id_l", "ascending"), ("id_r", "ascending")])

    assert expected.num_rows > 100
    levels = [f"gamma_{comparison.id}" for comparison in lists.model.comparisons]
    for column in ("id_l", "id_r", *levels):
        assert ours.column(column).to_pylist() == expected.column(column).to_pylist(), column
    for column in ("match_weight", "match_probability"):
        assert np.abs(ours.column(column).to_numpy() - expected.column(column).to_numpy()).max() < 1e-9, column
