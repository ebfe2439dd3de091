"""Early help: one row for each child's episode, as the family help system exports them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.errors_of_recording import as_known, spelled
from sightline.synthesis.numbers import digits
from sightline.synthesis.people import BLOCK_ROOM
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.columns import day_text, now_and_then, truth_word, with_postcode

GROUPS = {"white": "White", "mixed": "Mixed", "asian": "Asian", "black": "Black", "other": "Other"}


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``early_help.csv``: episodes open at some time in the quarter, as they stood at its end."""
    episodes = block.early_help.join(block.records["early_help"], on="person", how="inner", maintain_order="left")
    families = block.registers.local["families"](episodes["family"].to_numpy() + block.index * BLOCK_ROOM)
    numbers = block.registers.local["families"](episodes["episode"].to_numpy() + block.index * BLOCK_ROOM)
    episodes = episodes.with_columns(
        family_id=pl.Series(digits(families, 8, "FAM").tolist(), dtype=pl.String),
        episode_id=pl.Series(digits(numbers, 8, "E").tolist(), dtype=pl.String),
    ).sort("episode_id")
    for sent in returns:
        start, end = sent.period.start, sent.period.end
        known = (pl.col("started") <= end) & (pl.col("ended") >= start) & (pl.col("settles") < sent.share)
        quarter = with_postcode(as_known(episodes.filter(known), pl.lit(end)), block)
        over = pl.col("ended") <= end
        group = spelled("ethnicity", 1).replace_strict(GROUPS, default="Not recorded", return_dtype=pl.String)
        desk.csv(
            sent,
            "early_help.csv",
            quarter.select(
                earl_episode_id="episode_id",
                person_local_id="local_id",
                family_id="family_id",
                forename="given_name",
                surname="family_name",
                dob=day_text("born"),
                sex=truth_word("boy", "Male", "Female"),
                ethnicity=now_and_then(group, share=0.006, instead="see mother's record"),
                postcode="postcode",
                upn=pl.col("upn").replace("", None),
                start_date=day_text("started"),
                end_date=day_text("ended", until=end),
                reason="need",
                end_reason=pl.when(over).then("end_reason").otherwise(None),
                lead_organisation="lead",
                step_up_down=pl.when((pl.col("step") == "up to CIN") & ~over).then(pl.lit("none")).otherwise("step"),
                ce_concern="concern",
                child_view_recorded=truth_word("voice", "Y", "N"),
            ),
        )
