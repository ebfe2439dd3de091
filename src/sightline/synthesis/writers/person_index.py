"""Children's social care: the case system's index of people, in the shape of the Standard Safeguarding Dataset's person and address."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.errors_of_recording import as_known, spelled
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.care_cases import active_people
from sightline.synthesis.writers.columns import day_text, truth_word, with_postcode

MOMENT = "%Y-%m-%d 00:00:00"


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``people.csv``: everyone the case system had an open episode or contact for in the last six months."""
    records = block.records["csc"]
    for sent in returns:
        people = active_people(block, sent.period).join(records, on="person", how="inner", maintain_order="left")
        people = with_postcode(as_known(people, pl.lit(sent.period.end)), block).sort("local_id")
        address_from = pl.when(pl.col("moved") <= sent.period.end).then(pl.col("moved")).otherwise(None)
        desk.csv(
            sent,
            "people.csv",
            people.select(
                pers_person_id="local_id",
                pers_forename="given_name",
                pers_surname="family_name",
                pers_sex=truth_word("boy", "M", "F"),
                pers_ethnicity=spelled("ethnicity", 0).fill_null("NOBT"),
                pers_dob=day_text("born", MOMENT),
                pers_common_child_id=pl.col("nhs_number").replace("", None),
                pers_upn=pl.col("upn").replace("", None),
                pers_upn_unknown=pl.when(pl.col("upn") == "").then(pl.lit("UN5")).otherwise(None),
                pers_alias=pl.col("alias").replace("", None),
                addr_address_postcode="postcode",
                addr_address_start_date=address_from.cast(pl.Int32).cast(pl.Date).dt.strftime(MOMENT),
            ),
        )
