"""The voluntary provider shares no records: it counts the children it supported, and holds back counts below five."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.desk import Desk
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.columns import ISO_DAY, age_expression, day_text

SMALLEST_SHARED = 5
SERVICE = "Harbour Light"
NOTES = {
    "children_supported": "Children with an open support plan on any day of the quarter.",
    "children_newly_supported": "Children whose support plan began in the quarter.",
    "support_ended_feeling_safer": "Plans that ended in the quarter where the young person said they felt safer.",
}
BREAKDOWNS = {"all": ["all"], "age_band": ["under 10", "10-12", "13-15", "16-17"], "sex": ["female", "male"]}


def write(support: pl.DataFrame, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``counts.csv`` for each quarter; ``support`` holds the whole area's support plans."""
    for sent in returns:
        start, end = sent.period.start, sent.period.end
        chosen = {
            "children_supported": support.filter((pl.col("started") <= end) & (pl.col("ended") >= start)),
            "children_newly_supported": support.filter(pl.col("started").is_between(start, end)),
            "support_ended_feeling_safer": support.filter(pl.col("ended").is_between(start, end) & pl.col("better")),
        }
        rows = []
        for measure, frame in chosen.items():
            counted = _counts(frame, end)
            rows += [
                (measure, breakdown, value, counted.get((breakdown, value), 0))
                for breakdown, values in BREAKDOWNS.items()
                for value in values
            ]
        table = pl.DataFrame(rows, schema=["measure_id", "breakdown", "breakdown_value", "value"], orient="row")
        held_back = (pl.col("value") > 0) & (pl.col("value") < SMALLEST_SHARED)
        desk.csv(
            sent,
            "counts.csv",
            table.select(
                service=pl.lit(SERVICE),
                period_start=day_text(pl.lit(start), ISO_DAY),
                period_end=day_text(pl.lit(end), ISO_DAY),
                measure_id="measure_id",
                breakdown="breakdown",
                breakdown_value="breakdown_value",
                value=pl.when(held_back).then(None).otherwise("value"),
                suppressed=pl.when(held_back).then(pl.lit("True")).otherwise(pl.lit("False")),
                definition_note=pl.col("measure_id").replace_strict(NOTES, return_dtype=pl.String),
            ),
        )


def _counts(plans: pl.DataFrame, end: int) -> dict[tuple[str, str], int]:
    people = plans.unique("person", maintain_order=True)
    age = age_expression("born", end)
    band = (
        pl.when(age < 10)
        .then(pl.lit("under 10"))
        .when(age < 13)
        .then(pl.lit("10-12"))
        .when(age < 16)
        .then(pl.lit("13-15"))
        .otherwise(pl.lit("16-17"))
    )
    sex = pl.when("boy").then(pl.lit("male")).otherwise(pl.lit("female"))
    counts = {("all", "all"): people.height}
    for name, value in (("age_band", band), ("sex", sex)):
        for word, count in people.group_by(value.alias("word")).len().iter_rows():
            counts[name, str(word)] = int(count)
    return counts
