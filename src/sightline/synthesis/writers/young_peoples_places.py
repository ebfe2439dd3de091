"""Education: what young people said about places in the autumn's survey at school."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.national_grid import longitude_latitude
from sightline.synthesis.numbers import digits
from sightline.synthesis.people import BLOCK_ROOM
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.columns import day_text, truth_word


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``voice_responses.csv``: the year's answers, a row for each place named."""
    voices = block.voices
    numbers = block.registers.local["responses"](voices["response"].to_numpy() + block.index * BLOCK_ROOM)
    east, north = voices["easting"].to_numpy(), voices["northing"].to_numpy()
    longitude, latitude = longitude_latitude(np.nan_to_num(east, nan=626_000.0), np.nan_to_num(north, nan=517_000.0))
    mapped = pl.Series(np.isfinite(east))
    voices = voices.with_columns(
        number=pl.Series(digits(numbers, 8, "R").tolist(), dtype=pl.String),
        longitude=pl.when(mapped).then(pl.Series(np.round(longitude, 5))).otherwise(None),
        latitude=pl.when(mapped).then(pl.Series(np.round(latitude, 5))).otherwise(None),
    ).sort("number")
    for sent in returns:
        year = voices.filter(pl.col("given").is_between(sent.period.end - 364, sent.period.end))
        frame = year.select(
            response_id="number",
            collected_at=day_text("given"),
            method="method",
            age_band="age_band",
            gender="gender",
            school_or_group="school",
            place_label="place",
            longitude="longitude",
            latitude="latitude",
            place_type="kind",
            feeling="feeling",
            time_of_day="time",
            why=pl.col("why").replace("", None),
            what_would_help=pl.col("help").replace("", None),
            consent_to_quote=truth_word("agreed", "Y", "N"),
        )
        desk.csv(sent, "voice_responses.csv", frame)
