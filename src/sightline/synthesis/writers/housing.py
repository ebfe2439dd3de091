"""Housing: a spreadsheet of cases with a title above the header and dates as bare Excel numbers."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.errors_of_recording import of_their_time
from sightline.synthesis.files import EXCEL_EPOCH
from sightline.synthesis.numbers import digits
from sightline.synthesis.people import BLOCK_ROOM
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.columns import truth_word, with_postcode

FILE = "housing.xlsx"
HEADER = (
    "Case ref", "Opened", "Closed", "Type", "Location postcode", "Subject ref", "Subject surname", "Subject first name", "Subject DOB",
    "Subject postcode", "Role", "Cuckooing", "Action",
)  # fmt: skip


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``housing.xlsx``: cases opened or open in the quarter."""
    numbers = block.registers.local["cases"](block.housing["case"].to_numpy() + block.index * BLOCK_ROOM)
    cases = block.housing.with_columns(case_ref=pl.Series(digits(numbers, 8, "ASB").tolist(), dtype=pl.String))
    cases = with_postcode(of_their_time(cases, block.records["housing"], "opened"), block).sort("case_ref")
    for sent in returns:
        title = f"Saltmere Homes: community safety cases, quarter ending {_uk(sent.period.end)}"
        open_then = (pl.col("opened") <= sent.period.end) & (pl.col("closed") >= sent.period.start)
        # About one case in eighty closed, it seems, in the year before: the wrong year was typed.
        typed = pl.col("closed") - pl.when(pl.col("settles") < 0.012).then(365).otherwise(0)
        closed = pl.when(pl.col("closed") <= sent.period.end).then(typed + EXCEL_EPOCH).otherwise(None)
        frame = cases.filter(open_then).select(
            "case_ref",
            opened=pl.col("opened") + EXCEL_EPOCH + (pl.col("case") % 540 + 480) / 1440,
            closed=closed,
            kind="kind",
            location="postcode",
            ref="local_id",
            surname="family_name",
            first_name="given_name",
            born=pl.col("born") + EXCEL_EPOCH,
            postcode="postcode",
            role="role",
            cuckooing=truth_word("cuckooing", "Y", "N"),
            action="action",
        )
        desk.sheet(sent, FILE, (("Cases", (title,), HEADER),), sheet="Cases", frame=frame)


def _uk(day_number: int) -> str:
    return str(pl.select(pl.lit(day_number).cast(pl.Int32).cast(pl.Date).dt.strftime("%d/%m/%Y")).item())
