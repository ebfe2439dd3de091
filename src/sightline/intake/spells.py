"""Join rows that follow each other without a gap into spells: an episode of care for every change of placement is one time in care."""

from __future__ import annotations

import polars as pl

from sightline.definitions.mappings import Joined
from sightline.intake.cells.columns import PRECISION
from sightline.intake.conditions import Exactness, holds
from sightline.model.periods import Quarter

_DAYS_BEYOND_ANY = 10_000_000
"""More days than lie between any two dates."""


def join_spells(joined: Joined, frame: pl.DataFrame, person: str, period: Quarter, *, numbered: str) -> pl.DataFrame:
    """One row for each spell of a person: the last row's values, from the first row's start.

    Args:
        joined: Which columns hold start and end, and what a spell's first row must fulfil.
        frame: The rows, with a column ``numbered`` of row numbers, which comes back as the list of numbers of the rows joined.
        person: The column that says whose row it is.
        period: The period, for conditions that name it.
        numbered: The name of that column.
    """
    if not frame.height:
        return frame
    begins = holds(joined.begins_when, period, Exactness(frame)) if joined.begins_when else pl.lit(value=True)
    start, end = pl.col(joined.start).cast(pl.Date).cast(pl.Int32), pl.col(joined.end).cast(pl.Date).cast(pl.Int32)
    # Only what tells spells apart is put in order; whole rows are fetched for the spells alone.
    rows = frame.select(pl.col(person).alias("person"), start.alias("start"), end.alias("end"), begins.alias("begins"), pl.col(numbered))
    rows = rows.with_row_index("at").sort("person", "start", "end", nulls_last=True, maintain_order=True)
    rows = rows.with_columns(pl.col("person").rle_id().cast(pl.Int64))
    # An episode without an end goes on: whatever follows belongs to it. People stand one after another, so a running maximum over the whole
    # column that counts days on from each person's own number never reaches from one person to the next; a window for each is slow.
    beyond = pl.col("person") * _DAYS_BEYOND_ANY
    reached = (pl.col("end").fill_null(_DAYS_BEYOND_ANY // 2) + beyond).cum_max().shift(1) - beyond
    new_person = (pl.col("person") != pl.col("person").shift(1)).fill_null(value=True)
    new = (new_person | (pl.col("start") > reached)).fill_null(value=True)
    rows = rows.select("at", numbered, "begins", new.alias("new"), new.cum_sum().alias("spell"))
    firsts, lasts = rows.filter("new"), rows.filter(pl.col("new").shift(-1, fill_value=True))
    began = firsts["begins"]
    own = rows.filter(began.gather(rows["spell"] - 1)).group_by("spell", maintain_order=True).agg(pl.col(numbered))[numbered]
    fetched = firsts.filter(began)["at"]
    first_rows = [frame[name].gather(fetched).alias(name) for name in (joined.start, joined.start + PRECISION)]
    found = frame[lasts.filter(began)["at"]]
    return found.with_columns(own, *first_rows)
