"""Children's social care: the return about looked-after children, four tables for each year to 31 March."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.errors_of_recording import spelled
from sightline.synthesis.returns import Return
from sightline.synthesis.social_care import CARE
from sightline.synthesis.writers.care_cases import is_open, with_case
from sightline.synthesis.writers.columns import MINUTES, day_text, truth_word, with_postcode

LETTERS_SINCE = 2025
ENDS = {0: "E4A", 1: "E4A", 2: "E8", 3: "E5", 4: "E11", 5: "E45"}


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``header.csv``, ``episodes.csv``, ``missing.csv`` and ``reviews.csv``."""
    cases = with_case(block, block.referrals.filter(pl.col("outcome") == CARE)).sort("local_id", "received")
    homes = block.records["csc"].select("person", "home_before")
    for sent in returns:
        first, last = sent.period.end - 364, sent.period.end
        children = cases.filter(is_open("care_started", "care_end", first - 1, last))
        once = children.unique("person", keep="last", maintain_order=True)
        desk.csv(sent, "header.csv", _header(once, sent.period.year))
        spells = children.select("referral", "local_id", "need").join(block.placements, on="referral", how="inner", maintain_order="left")
        spells = spells.filter((pl.col("started") <= last) & (pl.col("ended") >= first)).join(
            homes, on="person", how="left", maintain_order="left"
        )
        spells = with_postcode(with_postcode(spells, block, "home_before", "home_postcode"), block, "postcode", "placement_postcode")
        ends = children.select("referral", "care_end")
        desk.csv(sent, "episodes.csv", _episodes(spells.join(ends, on="referral", how="left", maintain_order="left"), last))
        known = once.select("person", "local_id", "born")
        desk.csv(sent, "missing.csv", _missing(block, known, first, last))
        desk.csv(sent, "reviews.csv", _reviews(block, known, first, last))


def _header(children: pl.DataFrame, year: int) -> pl.DataFrame:
    sex = truth_word("boy", "M", "F") if year >= LETTERS_SINCE else truth_word("boy", "1", "2")
    return children.select(
        CHILD="local_id",
        SEX=sex,
        DOB=day_text("born"),
        ETHNIC=spelled("ethnicity", 0).fill_null("NOBT"),
        UPN=pl.when(pl.col("upn") == "").then(pl.lit("UN4")).otherwise("upn"),
        MOTHER=pl.when(pl.col("boy")).then(None).otherwise(pl.lit("0")),
        MC_DOB=pl.lit(None, dtype=pl.String),
    )


def _episodes(spells: pl.DataFrame, last: int) -> pl.DataFrame:
    over = pl.col("ended") <= last
    leaves = pl.col("ended") >= pl.col("care_end")
    return spells.sort("local_id", "started").select(
        CHILD="local_id",
        DECOM=day_text("started"),
        RNE=pl.when(pl.col("turn") == 0).then(pl.lit("S")).otherwise(pl.lit("P")),
        LS="legal",
        CIN=pl.col("need").replace({"N9": "N8", "N0": "N1"}),
        PLACE="kind",
        PLACE_PROVIDER=pl.when(pl.col("kind") == "P1").then(pl.lit("PR0")).otherwise("provider"),
        DEC=day_text("ended", until=last),
        REC=pl.when(over & leaves)
        .then((pl.col("referral") % 6).replace_strict(ENDS, return_dtype=pl.String))
        .when(over)
        .then(pl.lit("X1"))
        .otherwise(None),
        REASON_PLACE_CHANGE=pl.when(over & ~leaves).then(pl.lit("CARPL")).otherwise(None),
        HOME_POST="home_postcode",
        PL_POST="placement_postcode",
        URN=pl.when(pl.col("kind") == "K2").then(pl.format("SC{}", pl.col("referral") % 900_000 + 100_000)).otherwise(pl.lit("XXXXXXX")),
    )


def _missing(block: Block, known: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    episodes = block.missing.filter(pl.col("in_care") & pl.col("care_knows") & pl.col("left_day").is_between(first, last))
    joined = episodes.join(known, on="person", how="inner", maintain_order="left")
    return joined.sort("local_id", "care_start").select(
        CHILD="local_id",
        DOB=day_text("born"),
        MISSING=truth_word("absence_only", "A", "M"),
        MIS_START=day_text(pl.col("care_start") // MINUTES),
        MIS_END=day_text(pl.col("care_end") // MINUTES, until=last),
    )


def _reviews(block: Block, known: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    held = block.reviews.filter(pl.col("reviewed").is_between(first, last)).join(known, on="person", how="inner", maintain_order="left")
    return held.sort("local_id", "reviewed").select(CHILD="local_id", DOB=day_text("born"), REVIEW=day_text("reviewed"), REVIEW_CODE="code")
