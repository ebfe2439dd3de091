"""The engine for where one machine is outgrown: Spark over the same tables, with the same SQL in Spark's words.

Needs the optional extra ``spark`` and Java. Views are temporary and belong to one session; nothing is written but Spark's own scratch.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from sightline.engine.protocol import ParquetFile

_FROM, _TO = "duckdb", "spark"


class SparkEngine:
    """Spark SQL over an explicit list of Parquet files or over Arrow tables.

    Args:
        session: A running session, which stays open when the engine closes; None starts a local one of its own.
        threads: Threads of the engine's own local session.
    """

    name = "spark"

    def __init__(self, *, session: SparkSession | None = None, threads: int = 2) -> None:
        self._owns_session = session is None
        self.session = session or local_session(threads=threads)
        self._kept: dict[str, DataFrame] = {}
        self._files: dict[str, list[ParquetFile]] = {}

    def register_table(self, name: str, table: pa.Table) -> None:
        rows = table if table.num_rows else []
        self._keep(name, self.session.createDataFrame(rows, schema=from_arrow_schema(table.schema, prefer_timestamp_ntz=True)))

    def register_parquet(self, name: str, files: Sequence[ParquetFile], schema: pa.Schema) -> None:
        if not files:
            self.register_table(name, schema.empty_table())
            return
        paths = [os.fspath(file) for file in files if not isinstance(file, pa.Buffer)]
        held = [pq.read_table(pa.BufferReader(file)) for file in files if isinstance(file, pa.Buffer)]
        if held:
            self.register_table(name, pa.concat_tables([schema.empty_table(), *held], promote_options="default").select(schema.names))
        if paths:
            # Files written before a column was added lack it: the schema says which columns there are.
            read = self.session.read.schema(from_arrow_schema(schema)).parquet(*paths)
            self._keep(name, self._kept[name].unionByName(read) if held else read)
        self._files[name] = list(files)

    def create_view(self, name: str, sql: str) -> None:
        self._keep(name, self._run(sql))

    def materialise(self, name: str, sql: str) -> None:
        self._keep(name, self._run(sql).localCheckpoint(eager=True))

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        return self._run(sql, parameters).toArrow()

    def query_each(self, statements: Iterable[str]) -> Iterator[pa.Table]:
        return map(self.query, statements)

    def close(self) -> None:
        for name in list(self._kept):
            self.session.catalog.dropTempView(name)
        self._kept.clear()
        self._files.clear()
        if self._owns_session:
            self.session.stop()

    def _run(self, sql: str, parameters: Mapping[str, object] | None = None) -> DataFrame:
        return self.session.sql(to_spark(sql), args=dict(parameters) if parameters else None)

    def _keep(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._kept[name] = frame

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def to_spark(sql: str) -> str:
    """One select statement, from DuckDB's words to Spark's.

    >>> to_spark("select date_diff('day', a, b) as days from t where c = $limit")
    'SELECT DATEDIFF(DAY, a, b) AS days FROM t WHERE c = :limit'
    """
    return sqlglot.transpile(sql, read=_FROM, write=_TO)[0]


def local_session(*, threads: int, settings: Mapping[str, str] | None = None) -> SparkSession:
    """A session on this machine: all times without a zone, no page of its own, no more shuffling than the machine has threads.

    Args:
        threads: Threads to use.
        settings: Spark settings to add to these.
    """
    chosen = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.shuffle.partitions": str(threads),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "ERROR",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }
    builder = SparkSession.builder.master(f"local[{threads}]").appName("sightline")
    for name, value in (chosen | dict(settings or {})).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
