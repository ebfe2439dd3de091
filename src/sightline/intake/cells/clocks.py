"""Which clock a date-time was written by: the local one, which goes forward in March and back in October, or UTC, or one the cell names.

Every moment is kept as people in the area saw it on the clock, because that is the day an event belongs to. The instant (UTC) stands beside
it, so that hours are counted as they passed.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

LOCAL_ZONE = "Europe/London"
_OFFSET = r"(?i)(\d:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})$"
"""An offset counts only behind a clock time: ``01-02-2026`` ends in a year, not in an offset."""


@dataclass(frozen=True)
class Clocked:
    """Moments by the local clock, their instants (UTC, without a zone; null for whole days), and cells whose hour comes twice or never."""

    value: pl.Series
    instant: pl.Series
    twice: pl.Series
    never: pl.Series


def take_offsets(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The texts without the offset that ends them (``Z``, ``+01:00``), and the minutes it is ahead of UTC; null where a cell has none."""
    offset = cells.str.extract(_OFFSET, 2).str.replace(":", "").str.to_uppercase()
    sign = pl.when(pl.col("o").str.starts_with("-")).then(-1).otherwise(1)
    hours, minutes = (pl.col("o").str.slice(at, 2).cast(pl.Int64, strict=False) for at in (1, 3))
    ahead = offset.to_frame("o").select(pl.when(pl.col("o") == "Z").then(0).otherwise(sign * (hours * 60 + minutes)).alias("ahead"))
    return cells.str.replace(_OFFSET, "${1}"), ahead.to_series()


def by_the_local_clock(value: pl.Series, *, timed: pl.Series, ahead: pl.Series, zone: str) -> Clocked:
    """Put moments on the local clock.

    An hour that comes twice (when clocks go back) is taken for the first of the two, which is summer time; one that never was (when they go
    forward) was written by a clock nobody had put forward, and is read an hour on. Both are marked, so that they can be told.

    Args:
        value: The moments as written.
        timed: Marks moments with a clock time; whole days belong to no zone.
        ahead: Minutes that the cell's own offset is ahead of UTC; null where it names none.
        zone: The zone of cells that name no offset.
    """
    frame = pl.DataFrame({"value": value, "timed": timed, "ahead": ahead})
    written, own = pl.col("value"), pl.col("ahead").is_not_null()
    moves = pl.col("timed") & ~own & pl.lit(zone != "UTC") & written.is_not_null()
    first, second = (written.dt.replace_time_zone(zone, ambiguous=which, non_existent="null") for which in ("earliest", "latest"))
    frame = frame.with_columns((moves & (first != second)).fill_null(value=False).alias("twice"), (moves & first.is_null()).alias("never"))
    # In the hour that never was, a clock not put forward still shows what it showed an hour of summer time ago.
    on_time = written.dt.offset_by("1h").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    zoned = pl.when("never").then(on_time).otherwise(first).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    instant = pl.when(own).then(written - pl.duration(minutes="ahead")).otherwise(zoned)
    frame = frame.with_columns(pl.when("timed").then(instant).alias("instant"))
    local = pl.col("instant").dt.replace_time_zone("UTC").dt.convert_time_zone(LOCAL_ZONE).dt.replace_time_zone(None)
    frame = frame.with_columns(pl.when("timed").then(local).otherwise("value").alias("value"))
    return Clocked(*(frame[name] for name in ("value", "instant", "twice", "never")))
