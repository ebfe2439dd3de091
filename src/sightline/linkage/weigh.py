"""Weigh pairs by Splink's own SQL, run in two steps.

Splink writes one statement that compares, weighs and drops what is too unlikely. DuckDB moves the last of these before the first, and so
reckons each comparison again for every one of its levels. Here Splink writes the same statements from the same settings, but the levels
that were reached are kept in a table, numbers only, before they are weighed: the weights are the same to the last bit at a third of the
work (docs/adr/0008).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sightline.engine.duckdb import DuckDBEngine

WEIGHED = "linkage_weighed"
_LEVELS = "linkage_level"
_SHARE = "linkage_share_of"


class Weigher:
    """Weighs registered pairs with one model; how often values occur is counted once and used for every table of pairs.

    Args:
        engine: Holds ``profiles``.
        settings: The model as Splink reads it.
        profiles: Name of the table of what is compared, with ``id``.
    """

    def __init__(self, engine: DuckDBEngine, settings: dict[str, Any], profiles: str) -> None:
        # Splink takes most of a second to import and only this step needs it; a page or another command must not pay for it.
        from splink.internals.settings_creator import SettingsCreator
        from splink.internals.term_frequencies import term_frequencies_for_single_column_sql

        self._engine, self._profiles = engine, profiles
        with quiet():
            self._settings = SettingsCreator.from_path_or_dict(settings).get_settings("duckdb")
        self._rare = sorted(column.unquote().name for column in self._settings._term_frequency_columns)
        for column in self._settings._term_frequency_columns:
            counted = term_frequencies_for_single_column_sql(column, table_name=profiles)
            engine.materialise(f"{_SHARE}_{column.unquote().name}", counted)

    def weigh(self, pairs: str, *, at_least: float | None) -> None:
        """Make ``linkage_weighed``: id_l, id_r, match_weight and the level of each comparison (``gamma_…``).

        Args:
            pairs: Name of a table with match_key, join_key_l and join_key_r.
            at_least: Leave out pairs whose probability is lower; None keeps every pair.
        """
        settings = self._settings
        ids = settings.column_info_settings.unique_id_input_columns
        levels = settings.columns_to_select_for_comparison_vector_values(
            unique_id_input_columns=ids,
            comparisons=settings.comparisons,
            retain_matching_columns=False,
            additional_columns_to_retain=[],
        )
        shares = ", ".join(f"{_SHARE}_{column}.tf_{column}" for column in self._rare)
        joins = " ".join(f"left join {_SHARE}_{column} using ({column})" for column in self._rare)
        self._engine.materialise(
            _LEVELS,
            f"""
            with profile as (select profile.*{", " if shares else ""}{shares} from {self._profiles} as profile {joins})
            select {", ".join(levels)} from (
                select {", ".join(settings._columns_to_select_for_blocking)}, pair.match_key
                from {pairs} as pair join profile as l on l.id = pair.join_key_l join profile as r on r.id = pair.join_key_r
            )
            """,
        )
        self._engine.materialise(WEIGHED, self._weights(at_least))
        self._engine.materialise(_LEVELS, "select 1 as done")

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
        """Leave none of its tables on the engine but the last weights."""
        for column in self._rare:
            self._engine.materialise(f"{_SHARE}_{column}", "select 1 as done")


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
