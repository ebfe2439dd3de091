"""How long an answer takes: questions of rows, columns and filters on a cube of a million protected atoms.

Run: ``python benchmarks/asked_tables.py``. Questions are drawn from a seed. Peer: DuckDB on the same atoms as a table, one thread each.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from sightline.app.ask_table import Question, _lines, _Sums
from sightline.disclosure.crossed import served_of
from sightline.model.cubes import Axis, AxisGroup, ReleasedTable

SIZES = {"ward": 2_000, "age_band": 10, "sex": 5, "ethnicity": 10}
QUESTIONS, SEED = 100, 6
ASKED = ("indicator", "2026-Q1")


def axis(name: str, many: int) -> Axis:
    """An axis of so many codes, in groups of forty where there are many."""
    leaves = tuple((f"{name}{place}", "") for place in range(many))
    groups = tuple(
        AxisGroup(f"council:{place}", "council", str(place), "", tuple(code for code, _ in leaves[place * 40 : place * 40 + 40]))
        for place in range(many // 40)
    )
    ways = ((name, name), *((("council", "council"),) if groups else ()))
    return Axis(name, name, "geography" if groups else "breakdown", leaves, groups, ways=ways)


def million() -> ReleasedTable:
    """A table of a million atoms, mostly 0 as such tables are."""
    axes = tuple(axis(name, many) for name, many in SIZES.items())
    rng = np.random.default_rng(SEED)
    atoms = rng.poisson(0.4, tuple(SIZES.values())).astype(np.int64) * 5
    served = served_of(tuple(SIZES))
    return ReleasedTable("million", "", "", axes, 5, served, {ASKED: atoms}, {ASKED: 4})


def question(table: ReleasedTable, rng: np.random.Generator) -> Question:
    """Rows, perhaps columns, and filters of a few codes on some axes."""
    axes = list(rng.permutation(len(table.axes)))
    rows, columns = (table.axes[place] for place in axes[:2])
    where = {}
    for each in table.axes:
        if rng.random() < 0.5:
            many = int(rng.integers(1, max(len(each.codes) // 3, 2)))
            where[each.id] = tuple(rng.choice(each.codes, many, replace=False).tolist())
    way = str(rng.choice([name for name, _ in rows.ways]))
    return Question(ASKED[0], table.id, ASKED[1], way, columns.ways[-1][0] if rng.random() < 0.7 else "", where)


def answer(table: ReleasedTable, asked: Question) -> int:
    """The sum of everything, as the page's total."""
    by_way = {way: each for each in table.axes for way, _ in each.ways}
    rows = _lines(by_way[asked.rows], asked.rows, asked.where)
    columns = _lines(by_way[asked.columns], asked.columns, asked.where) if asked.columns else rows[:1]
    return _Sums(table, ASKED, asked).cells(rows, columns)[0][0].value


def in_duckdb(connection: duckdb.DuckDBPyConnection, table: ReleasedTable, asked: Question) -> int:
    """The same total by the peer."""
    conditions = []
    for each in table.axes:
        codes = asked.where.get(each.id)
        if codes:
            groups = {group.code: group.parts for group in each.groups}
            leaves = sorted({leaf for code in codes for leaf in groups.get(code, (code,))})
            conditions.append(f"{each.id} in ({', '.join(map(repr, leaves))})")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    by = [each for each in (asked.rows, asked.columns) if each and each != "council"]
    rows = connection.execute(
        f"select {', '.join([*by, 'sum(shown)'])} from atoms{where}{' group by ' + ', '.join(by) if by else ''}"
    ).fetchall()
    return int(sum(row[-1] or 0 for row in rows))


def timed(run: Callable[[Question], int], questions: list[Question]) -> tuple[list[float], list[int]]:
    """Seconds of processor of each question, and the answers."""
    seconds, answers = [], []
    for each in questions:
        start = time.process_time()
        answers.append(run(each))
        seconds.append(time.process_time() - start)
    return seconds, answers


def main() -> None:
    """Print how long questions take here and at the peer, and that both answer alike."""
    table = million()
    rng = np.random.default_rng(SEED)
    questions = [question(table, rng) for _ in range(QUESTIONS)]
    atoms = table.atoms[ASKED]
    places = np.indices(atoms.shape).reshape(atoms.ndim, -1)
    columns = {
        each.id: pa.array([code for code, _ in each.leaves]).take(pa.array(place)) for each, place in zip(table.axes, places, strict=True)
    }
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    connection.register("given", pa.table({**columns, "shown": atoms.ravel()}))
    connection.execute("create table atoms as select * from given")
    answer(table, questions[0])
    for name, run in (("sightline", lambda asked: answer(table, asked)), ("duckdb", lambda asked: in_duckdb(connection, table, asked))):
        seconds, answers = timed(run, questions)
        median, most = np.percentile(np.array(seconds) * 1_000, [50, 95])
        print(f"{name}: {QUESTIONS} questions of {atoms.size:,} atoms: median {median:.0f} ms, 95 in 100 within {most:.0f} ms")
        print(f"  their totals add up to {sum(answers):,}")


if __name__ == "__main__":
    main()
