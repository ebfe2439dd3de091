"""The embedded engine: DuckDB in memory over Arrow tables and Parquet files."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Timer
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sightline.engine.protocol import ParquetFile
from sightline.errors import EnvironmentProblem

SIDE_BY_SIDE = 2
"""So many statements are run at once; each uses more threads of its own where its tables are large."""
_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _memory_told() -> Iterator[None]:
    """Too little memory is a fault of the machine; DuckDB's own words for it name settings that nobody here has."""
    try:
        yield
    except duckdb.OutOfMemoryException as problem:
        raise EnvironmentProblem(
            "The records do not fit in the memory that queries may take.",
            hint="Use a machine with more memory. What does not fit is put on disk only where a workspace lies in the clear;"
            " an encrypted one stops instead, so that nothing of anybody lies there.",
        ) from problem


_LONGEST: dict[str, float | None] = {"seconds": None}


def stop_statements_after(seconds: float | None) -> None:
    """Let no statement of an engine that this process makes from now on take longer: for a server, where somebody waits for each."""
    _LONGEST["seconds"] = seconds


@contextmanager
def _stopped_after(seconds: float | None, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    if seconds is None:
        yield
        return
    clock = Timer(seconds, connection.interrupt)
    clock.start()
    try:
        yield
    except duckdb.InterruptException as problem:
        raise EnvironmentProblem(
            f"This takes longer than {seconds:g} seconds, and others would wait.",
            hint="Ask for less at once, or run the command for it on the machine itself, where nobody waits.",
        ) from problem
    finally:
        clock.cancel()


class DuckDBEngine:
    """DuckDB in memory: its database is never the record, so nothing is lost when it goes.

    Args:
        spill: Folder for what does not fit in memory; removed by DuckDB on close. None: no spilling.
        memory_limit: For example "3GB".
        threads: Threads to use; DuckDB's own choice when None.
    """

    name = "duckdb"

    def __init__(self, *, spill: Path | None = None, memory_limit: str | None = None, threads: int | None = None) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        # Left to itself, DuckDB would spill into the folder that it was started in.
        settings["temp_directory"] = "" if spill is None else str(spill)
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
            # DuckDB keeps up to half a gigabyte of what it let go of for its next statement, beyond the limit; the rest of us need it, too.
            settings["allocator_bulk_deallocation_flush_threshold"] = "1MB"
        if threads is not None:
            settings["threads"] = threads
        self.connection = duckdb.connect(":memory:", config=settings)
        self._longest = _LONGEST["seconds"]
        # Time zones must not depend on the machine: all times in the common model are local (Europe/London) wall times without a zone.
        self.connection.execute("set TimeZone = 'UTC'")
        # What is registered belongs to one connection; those that run statements side by side have to be told of it too.
        self._registered: dict[str, pa.Table] = {}
        # Kept here, because asking DuckDB for it takes longer than registering a table.
        self._kinds: dict[str, str] = {}
        self._files: dict[str, list[ParquetFile]] = {}

    def register_table(self, name: str, table: pa.Table) -> None:
        self._forget(name)
        self.connection.register(name, table)
        self._registered[name] = table
        self._kinds[name] = "view"

    def register_parquet(self, name: str, files: Sequence[ParquetFile], schema: pa.Schema) -> None:
        if not files:
            self.register_table(name, schema.empty_table())
            return
        self._forget(name)
        # Files written before a column was added lack it: the empty table says which columns there are.
        self.register_table(f"{name}__schema", schema.empty_table())
        paths = ["'" + os.fspath(file).replace("'", "''") + "'" for file in files if not isinstance(file, pa.Buffer)]
        parts = [f"select * from read_parquet([{', '.join(paths)}], union_by_name = true)"] if paths else []
        held = [pq.read_table(pa.BufferReader(file)) for file in files if isinstance(file, pa.Buffer)]
        if held:
            self.register_table(f"{name}__held", pa.concat_tables(held, promote_options="default"))
            parts.append(f"select * from {_quoted(name + '__held')}")
        parts.append(f"select * from {_quoted(name + '__schema')}")
        self.connection.execute(f"create view {_quoted(name)} as {' union all by name '.join(parts)}")
        self._kinds[name] = "view"
        self._files[name] = list(files)

    def create_view(self, name: str, sql: str) -> None:
        self._forget(name)
        self.connection.execute(f"create view {_quoted(name)} as {sql}")
        self._kinds[name] = "view"

    def materialise(self, name: str, sql: str) -> None:
        self._forget(name)
        with _memory_told(), _stopped_after(self._longest, self.connection):
            self.connection.execute(f"create table {_quoted(name)} as {sql}")
        self._kinds[name] = "table"

    def append(self, name: str, sql: str) -> None:
        """Add rows to a materialised table; columns go by name."""
        with _memory_told(), _stopped_after(self._longest, self.connection):
            self.connection.execute(f"insert into {_quoted(name)} by name {sql}")

    def drop(self, *names: str) -> None:
        """Let go of tables and views that are no longer needed; those that are not there are passed over."""
        for name in names:
            self._forget(name)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        with _memory_told(), _stopped_after(self._longest, self.connection):
            return self.connection.execute(sql, dict(parameters) if parameters else None).to_arrow_table()

    def query_each(self, statements: Iterable[str]) -> Iterator[pa.Table]:
        """Answer statements two at a time: one alone leaves all processors but one idle, where tables are no larger than an authority's."""
        asked = list(statements)
        if len(asked) <= SIDE_BY_SIDE:
            yield from map(self.query, asked)
            return
        waiting: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        for _ in range(SIDE_BY_SIDE):
            waiting.put(self._beside())

        def answer(sql: str) -> pa.Table:
            connection = waiting.get()
            try:
                with _memory_told(), _stopped_after(self._longest, connection):
                    return connection.execute(sql).to_arrow_table()
            finally:
                waiting.put(connection)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            ahead: deque[Future[pa.Table]] = deque()
            try:
                for sql in asked:
                    ahead.append(pool.submit(answer, sql))
                    # what is answered and not yet taken is in memory: no more of it than keeps the processors busy
                    if len(ahead) > SIDE_BY_SIDE:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)
                for _ in range(SIDE_BY_SIDE):
                    waiting.get().close()

    def _beside(self) -> duckdb.DuckDBPyConnection:
        """Another connection to the same tables."""
        connection = self.connection.cursor()
        connection.execute("set TimeZone = 'UTC'")
        for name, table in self._registered.items():
            connection.register(name, table)
        return connection

    def problem_with(self, sql: str) -> tuple[str, int | None] | None:
        """Why a select statement cannot be run on the tables there are, and the line of it; None where it can. No row is read."""
        try:
            self.connection.execute(f"explain {sql}")
        except duckdb.Error as problem:
            text = str(problem)
            line = _LINE.search(text)
            return text.splitlines()[0].partition(": ")[2].rstrip(".") or text.splitlines()[0], int(line[1]) if line else None
        return None

    def close(self) -> None:
        self.connection.close()
        self._files.clear()

    def _forget(self, name: str) -> None:
        kind = self._kinds.pop(name, None)
        self._registered.pop(name, None)
        if kind is not None:
            self.connection.execute(f"drop {kind} if exists {_quoted(name)}")
        self._files.pop(name, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
