"""Ways in which the agencies write days, moments, homes and codes."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.draw import NEVER
from sightline.synthesis.people import BLOCK_ROOM

MINUTES = 1440
UK_DAY, ISO_DAY, CENSUS_DAY = "%d/%m/%Y", "%Y-%m-%d", "%Y-%b-%d 00:00:00"
UK_MOMENT, ISO_MOMENT = "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S"


def date_of(column: str | pl.Expr, until: int = NEVER - 1) -> pl.Expr:
    """A day as a date; empty if it lies after the day the extract was made (nobody knew it yet)."""
    value = pl.col(column) if isinstance(column, str) else column
    return pl.when(value <= until).then(value).otherwise(None).cast(pl.Int32).cast(pl.Date)


def day_text(column: str | pl.Expr, form: str = UK_DAY, until: int = NEVER - 1) -> pl.Expr:
    """A day as text in the agency's form."""
    return date_of(column, until).dt.strftime(form)


def moment_of(column: str | pl.Expr, until: int = NEVER - 1) -> pl.Expr:
    """Minutes since 1970 as a moment; empty if after the last day known."""
    value = pl.col(column) if isinstance(column, str) else column
    return (pl.when(value < (until + 1) * MINUTES).then(value).otherwise(None).cast(pl.Int64) * 60_000_000).cast(pl.Datetime("us"))


def moment_text(column: str | pl.Expr, form: str = UK_MOMENT, until: int = NEVER - 1) -> pl.Expr:
    """Minutes since 1970 as text in the agency's form."""
    return moment_of(column, until).dt.strftime(form)


def serial_of(column: str) -> pl.Expr:
    """Minutes since 1970 as Excel's number of days."""
    return pl.col(column) / MINUTES + 25569.0


def with_postcode(frame: pl.DataFrame, block: Block, home: str = "home", name: str = "postcode") -> pl.DataFrame:
    """Add the postcode of a home (empty where the agency has none)."""
    where = frame[home].to_numpy()
    texts = block.area.postcodes[np.maximum(where, 0)].copy()
    texts[where < 0] = None
    return frame.with_columns(pl.Series(name, texts.tolist(), dtype=pl.String))


def occurrence_numbers(block: Block, occurrence: pl.Series, happened: pl.Series) -> pl.Series:
    """The police's references of occurrences, which other agencies quote; they say the year and nothing else."""
    scrambled = block.registers.local["occurrences"](occurrence.to_numpy() + block.index * BLOCK_ROOM)
    years = (happened.to_numpy() // MINUTES).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    texts = [f"SL{year % 100:02d}-{value:08d}" for year, value in zip(years.tolist(), scrambled.tolist(), strict=True)]
    return pl.Series(texts, dtype=pl.String)


def now_and_then(value: pl.Expr, *, share: float, instead: str, draw: str = "settles") -> pl.Expr:
    """A column in which a small share of rows holds something no code list knows, as free-text habits leave behind."""
    return pl.when((pl.col(draw) * 9973.0) % 1.0 < share).then(pl.lit(instead)).otherwise(value)


def truth_word(column: str, yes: str, no: str) -> pl.Expr:
    """A yes-or-no in the agency's words."""
    return pl.when(pl.col(column)).then(pl.lit(yes)).otherwise(pl.lit(no))


def age_expression(born: str, on: int) -> pl.Expr:
    """Whole years of age on a day, as whoever made the extract would work it out."""
    then = pl.lit(on).cast(pl.Int32).cast(pl.Date)
    birth = pl.col(born).cast(pl.Int32).cast(pl.Date)
    before = (then.dt.month() < birth.dt.month()) | ((then.dt.month() == birth.dt.month()) & (then.dt.day() < birth.dt.day()))
    return (then.dt.year() - birth.dt.year() - before.cast(pl.Int32)).cast(pl.Int64)
