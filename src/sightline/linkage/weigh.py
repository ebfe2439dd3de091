"""Weigh pairs by Splink's own SQL, run in two steps: first which level each comparison reached, then the weights.

Splink writes one statement that compares, weighs and drops what is too unlikely. DuckDB moves the last of these before the first, and so
reckons each comparison again for every one of its levels; and it carries every column to every pair. Here most levels are told from
numbers (`linkage.levels`), Splink's own conditions decide what these leave open, and Splink's own statements add up the weights: the
levels are the same and the weights too, to the last bit (docs/adr/0008).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.definitions.linkage import LinkageModel
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.levels import OPEN, Levels, Reached

_LEVELS, _OPEN, _WEIGHED = "linkage_level", "linkage_open", "linkage_weighed"
# Pairs weighed at a time: what they take beside one another is a kilobyte each.
_AT_A_TIME = 500_000


class Weigher:
    """Weighs registered pairs with one model; what is said of profiles is looked up once and used for every table of pairs.

    Args:
        engine: Holds ``profiles``.
        model: The model.
        settings: The same as Splink reads it.
        profiles: Name of the table of what is compared, with ``id`` from 1 on.
    """

    def __init__(self, engine: DuckDBEngine, model: LinkageModel, settings: dict[str, Any], profiles: str) -> None:
        # Splink takes most of a second to import and only this step needs it; a page or another command must not pay for it.
        from splink.internals.settings_creator import SettingsCreator

        self._engine, self._profiles = engine, profiles
        self._prior = float(settings["probability_two_random_records_match"])
        with quiet():
            self._settings = SettingsCreator.from_path_or_dict(settings).get_settings("duckdb")
        self._levels = Levels(engine, model, profiles)

    def weigh(self, pairs: str, *, at_least: float | None) -> Iterator[str]:
        """Weigh pairs, so many at a time.

        Args:
            pairs: Name of a table with match_key, join_key_l and join_key_r.
            at_least: Leave out pairs whose probability is lower; None or 0 keeps every pair.

        Yields:
            The name of a table of some of the pairs: id_l, id_r, match_weight and the level of each comparison (``gamma_…``). The next
            ones take its place. Where there is no pair, one table without rows.
        """
        left, right = self._ids(pairs)
        least = math.log2(at_least / (1 - at_least)) - math.log2(self._prior / (1 - self._prior)) if at_least else None
        reached = self._levels.reached(left, right, least=least)
        self._ask(reached)
        weights = self._weights(at_least or None)
        for start in range(0, max(1, len(reached.left)), _AT_A_TIME):
            self._engine.register_table(_LEVELS, self._as_splink_reads(reached, slice(start, start + _AT_A_TIME)))
            self._engine.materialise(_WEIGHED, weights)
            self._engine.drop(_LEVELS)
            yield _WEIGHED
        self._engine.drop(_WEIGHED)

    def met(self, comparison: str, pairs: str) -> dict[int, int]:
        """How many pairs of a registered table reach each level of a comparison, by Splink's numbers, as far as facts tell."""
        return self._levels.met(comparison, *self._ids(pairs))

    def _ids(self, pairs: str) -> tuple[np.ndarray, np.ndarray]:
        found = self._engine.query(f"select join_key_l, join_key_r from {pairs}")
        left, right = (found.column(name).to_numpy().astype(np.uint32) for name in found.column_names)
        return left, right

    def _ask(self, reached: Reached) -> None:
        """Fill in the levels that are open by Splink's own statements, all of a pair at once: the columns they read are looked up once."""
        asked = {name: level == OPEN for name, level in zip(self._gammas, reached.levels, strict=True)}
        at = np.flatnonzero(np.logical_or.reduce(list(asked.values())))
        some = [each for each in self._settings.comparisons if asked[each._gamma_column_name].any()]
        if not some:
            return
        pairs = {"place": np.arange(len(at)), "l": reached.left[at], "r": reached.right[at]}
        self._engine.register_table(_OPEN, pa.table(pairs | {f"ask_{name}": is_open[at] for name, is_open in asked.items()}))
        names = sorted({column.unquote().name for each in some for column in each._input_columns_used_by_case_statement})
        columns = ", ".join(f"{side}.{name} as {name}_{side}" for name in names for side in ("l", "r"))
        found = self._engine.query(
            f"""
            select place, {", ".join(_where_asked(each) for each in some)} from (
                select pair.*, {columns} from {_OPEN} as pair
                join {self._profiles} as l on l.id = pair.l join {self._profiles} as r on r.id = pair.r
            )
            """
        )
        self._engine.drop(_OPEN)
        places = at[found.column("place").to_numpy()]
        for name, level in zip(self._gammas, reached.levels, strict=True):
            if name in found.column_names:
                answers = found.column(name)
                told = pc.is_valid(answers).to_numpy()
                level[places[told]] = answers.drop_null().to_numpy()

    @property
    def _gammas(self) -> list[str]:
        return [comparison._gamma_column_name for comparison in self._settings.comparisons]

    def _as_splink_reads(self, reached: Reached, some: slice) -> pa.Table:
        left, right = reached.left[some], reached.right[some]
        columns: dict[str, Any] = {"id_l": left.astype(np.int64), "id_r": right.astype(np.int64), "match_key": pa.repeat("0", len(left))}
        for comparison, level in zip(self._settings.comparisons, reached.levels, strict=True):
            columns[comparison._gamma_column_name] = pa.array(level[some], pa.int32())
        for name, shares in self._levels.shares.items():
            for side, ids in (("l", left), ("r", right)):
                # not a number stands for a value that is not given
                columns[f"tf_{name}_{side}"] = pa.array(shares.take(ids - 1), from_pandas=True)
        return pa.table(columns)

    def _weights(self, at_least: float | None) -> str:
        from splink.internals.dialects import SplinkDialect  # as above
        from splink.internals.predict import predict_from_comparison_vectors_sqls

        settings = self._settings
        steps = predict_from_comparison_vectors_sqls(
            unique_id_input_columns=settings.column_info_settings.unique_id_input_columns,
            core_model_settings=settings.core_model_settings,
            sql_dialect=SplinkDialect.from_string("duckdb"),
            threshold_match_probability=at_least,
            training_mode=True,  # which is what makes Splink hand on the levels
        )
        tables = ", ".join(f"{step['output_table_name']} as ({step['sql']})" for step in steps)
        return f"with __splink__df_comparison_vectors as (from {_LEVELS}), {tables} from {steps[-1]['output_table_name']}"

    def close(self) -> None:
        """Let go of what was looked up."""
        self._levels.close()


def _where_asked(comparison: Any) -> str:
    """The level of a comparison where it is open, by Splink's own statement."""
    name = comparison._gamma_column_name
    statement = comparison._case_statement.strip()
    told = statement[: statement.lower().rindex(" as ")]
    return f"case when ask_{name} then ({told}) end as {name}"


@contextmanager
def quiet() -> Iterator[None]:
    """Splink logs SQL and timings; neither belongs in the log of a linkage of children, nor on the terminal."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
