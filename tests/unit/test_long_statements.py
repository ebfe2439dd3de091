"""A statement that takes too long while somebody waits for a page is stopped, and the engine goes on."""

from __future__ import annotations

import pytest

from sightline.app import serve
from sightline.engine.duckdb import DuckDBEngine, stop_statements_after
from sightline.errors import EnvironmentProblem

ENDLESS = "select sum(a.range * b.range) as total from range(10_000_000) as a, range(10_000_000) as b"


@pytest.fixture
def hurried():
    stop_statements_after(0.2)
    yield
    stop_statements_after(None)


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine: engine.query(ENDLESS),
        lambda engine: engine.materialise("endless", ENDLESS),
        lambda engine: list(engine.query_each([ENDLESS] * 3)),
    ],
)
def test_a_statement_without_end_is_stopped_and_said_so(hurried, ask):
    with DuckDBEngine() as engine:
        with pytest.raises(EnvironmentProblem, match=r"longer than 0\.2 seconds"):
            ask(engine)
        assert engine.query("select 1 as one").to_pylist() == [{"one": 1}]


def test_a_server_stops_them_after_half_a_minute(hurried, monkeypatch):
    class Begun(Exception):
        """The server would begin to answer now."""

    def begin(*given: object, **named: object) -> None:
        raise Begun

    monkeypatch.setattr(serve, "create_server", begin)
    monkeypatch.setattr(serve, "let_process_see", lambda what: None)
    with pytest.raises(Begun):
        serve.serve_pages(port=0, say=print)

    with DuckDBEngine() as engine:
        assert engine._longest == 30


def test_elsewhere_a_statement_takes_as_long_as_it_needs():
    with DuckDBEngine() as engine:
        assert engine.query("select sum(range) as total from range(1_000_000)").to_pylist() == [{"total": 499999500000}]
        assert engine._longest is None
