"""One Spark session for all comparisons: Spark allows one in a process, and its first maker decides what it can do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_QUICK = {
    # Tables here have a handful of rows: compiling a program for each query would take longer than anything else.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.default.parallelism": "1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@pytest.fixture(scope="session")
def spark_session() -> Iterator[SparkSession]:
    """A session with Splink's own functions. Settings of the Java machine hold from its start: a later session cannot add any."""
    if shutil.which("java") is None:
        pytest.skip("Java is not installed; Spark needs it")
    pytest.importorskip("pyspark", reason="pyspark is not installed (the extra named spark)")
    from sightline.engine.spark import local_session  # optional: only where Spark is
    from sightline.linkage.on_spark import similarity_jar

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = local_session(threads=1, settings={"spark.jars": similarity_jar()} | _QUICK)
    yield session
    session.stop()
