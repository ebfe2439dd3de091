"""Health: emergency attendances for injury or a safeguarding concern, with the patient's details under a local agreement."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.errors_of_recording import of_their_time, spelled
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.columns import MINUTES, day_text, moment_text, now_and_then, truth_word, with_postcode

OLD_SYSTEM = {"2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1"}
"""For a year the trust's old system wrote semicolons and Windows-1252."""


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``attendances.csv``."""
    dated = block.attendances.with_columns(day=(pl.col("arrived") // MINUTES).cast(pl.Int32))
    seen = with_postcode(of_their_time(dated, block.records["health"], "day"), block).sort("arrived", "local_id")
    for sent in returns:
        old = sent.period.name in OLD_SYSTEM
        quarter = seen.filter(pl.col("day").is_between(sent.period.start, sent.period.end))
        frame = quarter.select(
            hospital_number="local_id",
            nhs_number=_spaced(pl.col("nhs_number").replace("", None)) if old else pl.col("nhs_number").replace("", None),
            surname="family_name",
            forename="given_name",
            dob=day_text("born"),
            sex=truth_word("boy", "1", "2") if old else truth_word("boy", "M", "F"),
            ethnicity=spelled("ethnicity", 2).fill_null("Z"),
            postcode="postcode",
            age=((pl.col("day") - pl.col("born")) // 365.25).cast(pl.Int64),
            arrived_at=moment_text("arrived"),
            chief_complaint="complaint",
            injury_date=day_text("day"),
            injury_place_type=now_and_then(pl.col("place"), share=0.01, instead="see notes"),
            injury_intent="intent",
            assault_method=pl.col("method").replace("", None),
            assault_location_desc=pl.when(pl.col("assault")).then("place").otherwise(None),
            safeguarding_concern=pl.col("concern").replace("", None),
            discharge_destination=pl.lit("home"),
            left_before_treatment=pl.when(pl.col("settles") < 0.05).then(pl.lit("True")).otherwise(pl.lit("False")),
            referral_made=pl.col("referred").replace("", None),
        )
        desk.csv(sent, "attendances.csv", frame, separator=";" if old else ",", encoding="cp1252" if old else "utf-8")


def _spaced(number: pl.Expr) -> pl.Expr:
    """An NHS number as it is printed, in three groups."""
    return number.str.slice(0, 3) + " " + number.str.slice(3, 3) + " " + number.str.slice(6)
