"""Statements that do not depend on each other are run side by side, and answered as if they were run one after the other."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from sightline.engine.duckdb import DuckDBEngine


def test_statements_are_answered_in_their_order_from_every_kind_of_table() -> None:
    with DuckDBEngine() as engine:
        engine.register_table("numbers", pa.table({"number": [1, 2, 3]}))
        engine.create_view("doubled", "select 2 * number as number from numbers")
        engine.materialise("kept", "select number + 10 as number from doubled")
        asked = [f"select sum(number) + {place} as total from {name}" for place in range(5) for name in ("numbers", "doubled", "kept")]

        answers = [answer.to_pylist()[0]["total"] for answer in engine.query_each(asked)]

        assert answers == [place + total for place in range(5) for total in (6, 12, 42)]


def test_a_table_that_was_replaced_is_not_seen_any_more() -> None:
    with DuckDBEngine() as engine:
        engine.register_table("numbers", pa.table({"number": [1]}))
        list(engine.query_each(["select * from numbers"] * 4))
        engine.materialise("numbers", "select 7 as number")

        assert [answer.to_pylist() for answer in engine.query_each(["select * from numbers"] * 4)] == [[{"number": 7}]] * 4


def test_a_statement_that_cannot_be_run_says_so_and_leaves_the_engine_as_it_was() -> None:
    with DuckDBEngine() as engine:
        with pytest.raises(duckdb.Error):
            list(engine.query_each(["select 1 as one", "select 1 as one", "select nothing from nowhere", "select 1 as one"]))

        assert engine.query("select 1 as one").to_pylist() == [{"one": 1}]
