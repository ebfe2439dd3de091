"""Children's social care: the missing team's workbook of episodes and return interviews."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.files import MOMENT
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.care_cases import with_case
from sightline.synthesis.writers.columns import MINUTES, now_and_then, occurrence_numbers, serial_of, truth_word

FILE = "missing.xlsx"
SHEETS = (
    (
        "Missing",
        (),
        (
            "Episode Ref",
            "Child ID",
            "Date of Birth",
            "Missing From (date/time)",
            "Returned (date/time)",
            "Type",
            "Risk",
            "Missing From (place)",
            "Police Ref",
        ),
    ),
    (
        "Return interviews",
        (),
        (
            "Episode Ref",
            "Child ID",
            "Missing From (date/time)",
            "Returned (date/time)",
            "Offered",
            "Accepted",
            "Held (date/time)",
            "Provider",
            "Child's words recorded",
        ),
    ),
)
STYLES = {"start": MOMENT, "end": MOMENT, "held": MOMENT}
RISKS = {"low": "Low", "medium": "Std", "high": "High", "no apparent risk": "NAR"}


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``missing.xlsx``: the quarter's episodes that social care was told of, and the conversation offered after each."""
    known = block.missing.filter(pl.col("occurrence").is_not_null()).select("occurrence", "police_start")
    quoted = known.with_columns(police_ref=occurrence_numbers(block, known["occurrence"], known["police_start"])).drop("police_start")
    told = with_case(block, block.missing.filter("care_knows")).sort("care_start", "local_id")
    told = told.join(quoted, on="occurrence", how="left", maintain_order="left")
    for sent in returns:
        begun = pl.col("care_start").is_between(sent.period.start * MINUTES, (sent.period.end + 1) * MINUTES - 1)
        known_until = sent.arrived * MINUTES
        quarter = told.filter(begun).with_columns(
            start=serial_of("care_start"),
            end=pl.when(pl.col("care_end") < known_until).then(serial_of("care_end")).otherwise(None),
            held_at=pl.when(pl.col("held") < known_until).then(serial_of("held")).otherwise(None),
            ref=pl.format("M{}", "reference"),
        )
        episodes = quarter.select(
            "ref",
            "local_id",
            born=pl.col("born").cast(pl.Int32).cast(pl.Date),
            start="start",
            end="end",
            kind=truth_word("absence_only", "AWOL", "MFH"),
            risk=now_and_then(pl.col("grade").replace_strict(RISKS, return_dtype=pl.String), share=0.02, instead="Std/High"),
            place="missing_from",
            police="police_ref",
        )
        interviews = quarter.select(
            "ref",
            "local_id",
            start="start",
            end="end",
            offered=truth_word("offered", "Y", "N"),
            accepted=pl.when("offered").then(truth_word("accepted", "Y", "N")).otherwise(pl.lit("NA")),
            held="held_at",
            provider=pl.when("accepted").then(pl.lit("Harbour Light")).otherwise(None),
            voice=pl.when(pl.col("held_at").is_not_null()).then(truth_word("voice", "Y", "N")).otherwise(None),
        )
        desk.sheet(sent, FILE, SHEETS, sheet="Missing", frame=episodes, styles=STYLES)
        desk.sheet(sent, FILE, SHEETS, sheet="Return interviews", frame=interviews, styles=STYLES)
