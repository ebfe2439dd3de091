"""The same model on Splink's Spark back end, for a partnership whose records are too many for one machine.

Preparing, blocking, the rules beside the sum and resolving stay as they are: Spark takes the profiles and the pairs and gives back each
pair's weight, the same that DuckDB gives (tests/differential). Needs the optional extra ``spark`` and Java; the session must carry
Splink's own functions (`similarity_jar`).
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import sqlglot

from sightline.definitions.linkage import LinkageModel
from sightline.linkage.score import splink_settings
from sightline.linkage.weigh import quiet

WEIGHED = pa.schema([("left", pa.int64()), ("right", pa.int64()), ("weight", pa.float64()), ("probability", pa.float64())])

# What DuckDB and Spark (with Splink's functions) call the same function by.
_NAMES = {
    "list_has_any": "arrays_overlap",
    "list_intersect": "array_intersect",
    "list_contains": "array_contains",
    "array_length": "size",
    "array_to_string": "array_join",
    "jaro_winkler_similarity": "jaro_winkler",
}


def similarity_jar() -> str:
    """Where Splink's own Spark functions lie; give it to the session as ``spark.jars``."""
    from splink.backends.spark import similarity_jar_location  # only where Spark is installed

    return str(similarity_jar_location())


def condition_for_spark(condition: str) -> str:
    """A level's condition as Spark reads it.

    >>> condition_for_spark("list_has_any(dobs_l, dobs_r) or left(dob_l, 4) = dob_r")
    'ARRAYS_OVERLAP(dobs_l, dobs_r) OR LEFT(dob_l, 4) = dob_r'
    """
    for name, spark_name in _NAMES.items():
        condition = condition.replace(f"{name}(", f"{spark_name}(")
    # Parsing shows a mistake here, with its place, and not in the middle of Spark's plan.
    return sqlglot.parse_one(condition, read="spark").sql(dialect="spark")


def weigh(session: Any, profiles: pa.Table, pairs: pa.Table, model: LinkageModel) -> pa.Table:
    """Weigh pairs on Spark.

    Args:
        session: A Spark session that carries `similarity_jar`.
        profiles: The columns of ``linkage_profile``, with ``id``.
        pairs: match_key, join_key_l and join_key_r, as ``linkage_pair`` has them.
        model: The pre-trained model.

    Returns:
        WEIGHED, ordered by left and right.
    """
    from splink import Linker, SparkAPI  # Splink takes most of a second to import, and Spark may not be installed

    with quiet():
        database = SparkAPI(spark_session=session, break_lineage_method="persist")  # type: ignore[no-untyped-call]
        settings = splink_settings(model, profiles.num_rows, condition=condition_for_spark)
        linker = Linker(database.register(session.createDataFrame(profiles)), settings, log_level=None)
        registered = database.register(session.createDataFrame(pairs), table_name="linkage_scored")
        linker.table_management.register_blocked_pairs_for_predict(registered)
        scored = linker.inference.predict(warning_mode="never").as_spark_dataframe()
        found = scored.selectExpr("id_l as left", "id_r as right", "match_weight as weight", "match_probability as probability").toArrow()
    return found.cast(WEIGHED).sort_by([("left", "ascending"), ("right", "ascending")])
