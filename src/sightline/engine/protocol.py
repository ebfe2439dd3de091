"""What every engine can do; `duckdb` and `spark` each do it in one file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self, TypeAlias

import pyarrow as pa

ParquetFile: TypeAlias = os.PathLike[str] | pa.Buffer


class Engine(Protocol):
    """A place to run select statements over named tables.

    SQL is written in DuckDB's dialect; an engine with another dialect transpiles it. Parameters are named (``$within_days``).
    """

    name: str

    def register_table(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable as ``name``, replacing any earlier one."""

    def register_parquet(self, name: str, files: Sequence[ParquetFile], schema: pa.Schema) -> None:
        """Make an explicit list of Parquet files readable as ``name``; an empty list gives an empty table with ``schema``.

        A file may be one in memory, or its bytes; the engine holds on to it for as long as ``name`` is readable.
        """

    def create_view(self, name: str, sql: str) -> None:
        """Name a select statement."""

    def materialise(self, name: str, sql: str) -> None:
        """Run a select statement once and keep its rows as ``name``."""

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run one select statement and return its rows."""

    def query_each(self, statements: Iterable[str]) -> Iterator[pa.Table]:
        """Run select statements that do not depend on each other; the rows of each, in the order of the statements.

        Nothing may be registered or made before the last was returned.
        """

    def close(self) -> None:
        """Let go of memory and temporary files."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None: ...
