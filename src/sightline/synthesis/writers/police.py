"""Police: occurrences, the roles of people in them, and warning markers; sent three times, until nearly everything is recorded."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.errors_of_recording import as_known, of_their_time, spelled
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.columns import (
    ISO_DAY,
    ISO_MOMENT,
    MINUTES,
    day_text,
    moment_text,
    now_and_then,
    occurrence_numbers,
    truth_word,
    with_postcode,
)

OBSERVED = {"white": "IC1", "mixed": "IC9", "asian": "IC4", "black": "IC3", "other": "IC6"}


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``occurrence.csv``, ``person_role.csv`` and ``warning_marker.csv``."""
    occurrences = _numbered(block).sort("happened", "occurrence_no")
    present = block.roles.join(occurrences.select("occurrence", "occurrence_no", "happened", "settles"), on="occurrence", how="inner")
    present = present.sort("occurrence", "person", "role").unique(["occurrence", "person"], keep="first", maintain_order=True)
    people = of_their_time(present.with_columns(day=(pl.col("happened") // MINUTES).cast(pl.Int32)), block.records["police"], "day")
    people = with_postcode(people, block).sort("occurrence_no", "local_id")
    markers = of_their_time(block.markers, block.records["police"], "started").sort("started", "local_id", "marker")
    for sent in returns:
        begun = pl.col("happened").is_between(sent.period.start * MINUTES, (sent.period.end + 1) * MINUTES - 1)
        recorded = begun & (pl.col("settles") < sent.share)
        desk.csv(sent, "occurrence.csv", _occurrences(occurrences.filter(recorded), sent))
        desk.csv(sent, "person_role.csv", _roles(people.filter(recorded)))
        desk.csv(sent, "warning_marker.csv", _markers(markers, sent))


def _numbered(block: Block) -> pl.DataFrame:
    """Occurrences with their reference, which says the year and nothing else."""
    numbers = occurrence_numbers(block, block.occurrences["occurrence"], block.occurrences["happened"])
    return block.occurrences.with_columns(occurrence_no=numbers)


def _occurrences(occurrences: pl.DataFrame, sent: Return) -> pl.DataFrame:
    """Dates of outcomes that came after the extract are not in it."""
    crime = pl.col("code") != "N/A"
    decided = pl.col("happened") // MINUTES + 40
    has_outcome = crime & (pl.col("outcome") != "") & (decided <= sent.arrived)
    return occurrences.select(
        "occurrence_no",
        recorded_datetime=moment_text(pl.col("happened") + pl.col("lag"), ISO_MOMENT),
        from_datetime=moment_text("happened", ISO_MOMENT),
        to_datetime=moment_text(pl.col("happened") + pl.col("lasted"), ISO_MOMENT),
        ho_class_code=pl.when(crime).then("code").otherwise(None),
        ho_description="description",
        crime_status=pl.when(crime).then(pl.lit("crime")).otherwise(pl.lit("non-crime")),
        flags=pl.col("flags").replace("", None),
        risk_grade=pl.col("grade").replace("", None),
        outcome_code=pl.when(has_outcome).then("outcome").otherwise(None),
        outcome_date=pl.when(has_outcome).then(day_text(decided, ISO_DAY)).otherwise(None),
        beat_or_ward="ward",
        easting="easting",
        northing="northing",
        location_type=now_and_then(pl.col("place"), share=0.01, instead="retail park"),
    )


def _roles(people: pl.DataFrame) -> pl.DataFrame:
    return people.select(
        "occurrence_no",
        nominal_id="local_id",
        role="role",
        surname=pl.col("family_name").str.to_uppercase(),
        forename="given_name",
        alias=pl.col("alias").replace("", None),
        dob=day_text("born", ISO_DAY),
        sex=truth_word("boy", "M", "F"),
        self_defined_ethnicity=spelled("ethnicity", 2).fill_null("NS"),
        officer_observed_ethnicity=spelled("true_ethnicity", 1).replace_strict(OBSERVED, default="IC9", return_dtype=pl.String),
        home_postcode="postcode",
    )


def _markers(markers: pl.DataFrame, sent: Return) -> pl.DataFrame:
    """Markers in force at some time in the quarter, with the next review as it then stood."""
    start, end = sent.period.start, sent.period.end
    held = as_known(markers.filter((pl.col("started") <= end) & (pl.col("ended") >= start)), pl.lit(end))
    every = pl.col("review_days")
    rounds = (pl.lit(end) - pl.col("started")) // pl.when(every > 0).then(every).otherwise(1) + 1
    return held.select(
        nominal_id="local_id",
        marker="marker",
        start=day_text("started", ISO_DAY),
        review=pl.when(every > 0).then(day_text(pl.col("started") + rounds * every, ISO_DAY)).otherwise(None),
        end=day_text("ended", ISO_DAY, end),
        applied_by_unit="unit",
        threshold_text="threshold",
    )
