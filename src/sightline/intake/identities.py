"""One agency's view of a person, gathered from all the tables of a return that say something about them."""

from __future__ import annotations

from datetime import date

import polars as pl

from sightline.intake.keys import shared
from sightline.model.codes import NOT_RECORDED

_LINEAGE = ("source_file", "source_row")


def gather_identities(frames: list[pl.DataFrame], period_start: date) -> pl.DataFrame:
    """Merge identity rows that do not contradict each other.

    Annex A names a child's sex, ethnicity and date of birth in up to ten lists. Rows of one person from one day on that never differ in a
    column that both fill become one row with all that is known; where they differ (two postcodes, two spellings) each stays.
    """
    rows = pl.concat(frames, how="vertical").with_columns(pl.col("valid_from").fill_null(period_start))
    if "retracted" in rows.columns:
        rows = rows.with_columns(pl.col("retracted").any().over("local_id"))
    coded = [name for name in ("sex", "ethnicity", "ethnicity_observed") if name in rows.columns]
    rows = rows.with_columns(pl.when(pl.col(name) != NOT_RECORDED).then(name).alias(name) for name in coded)
    if {"ethnicity", "ethnicity_source"} <= set(rows.columns):
        # Who says an ethnicity belongs to the ethnicity it says, and must not pass to one that came in another row.
        rows = rows.with_columns(pl.when(pl.col("ethnicity").is_not_null()).then("ethnicity_source").alias("ethnicity_source"))
    # Columns that nothing fills tell no rows apart, and comparing them costs as much as comparing the others.
    facts = [name for name in rows.columns if name not in {"local_id", "valid_from", *_LINEAGE} and rows[name].null_count() < rows.height]
    # Spellings of one code ("Male", "a) Male") do not contradict each other.
    telling = [name for name in facts if not name.endswith("_local")]
    person = ["local_id", "valid_from"]
    repeated = shared(rows, person) if rows.height else None
    alone = rows if repeated is None else rows.filter(~repeated)
    rows = rows.clear() if repeated is None else rows.filter(repeated)
    # Smallest and largest are quick to find and equal exactly where all filled values are.
    agreed = rows.group_by(person, maintain_order=True).agg(
        *[pl.col(name).min() for name in facts],
        *[pl.col(name).max().alias(f"{name}__max") for name in telling],
        *[pl.col(name).first() for name in _LINEAGE],
    )
    one_view = pl.all_horizontal(pl.lit(value=True), *((pl.col(name) == pl.col(f"{name}__max")).fill_null(value=True) for name in telling))
    blank = [pl.lit(None, dtype=rows.schema[name]).alias(name) for name in rows.columns if name not in agreed.columns]
    one = agreed.filter(one_view).with_columns(blank).select(rows.columns)
    several = rows.join(agreed.filter(~one_view).select(person), on=person, how="semi", maintain_order="left")
    several = several.unique(["local_id", "valid_from", *facts], keep="first", maintain_order=True)
    merged = pl.concat([alone, one, several], how="vertical")
    return merged.with_columns(pl.col(name).fill_null(NOT_RECORDED) for name in coded)
