"""Youth justice: five tables as the case management system reports them each quarter."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.errors_of_recording import as_known, spelled
from sightline.synthesis.numbers import digits
from sightline.synthesis.people import BLOCK_ROOM
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.columns import day_text, truth_word, with_postcode


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``child.csv``, ``offence.csv``, ``outcome.csv``, ``assessment.csv`` and ``intervention.csv``."""
    numbers = block.registers.local["offences"](block.offences["offence"].to_numpy() + block.index * BLOCK_ROOM)
    offences = block.offences.with_columns(offence_id=pl.Series(digits(numbers, 8, "OFF").tolist(), dtype=pl.String))
    people = block.records["youth_justice"]
    police_numbers = block.registers.local["pnc"](people["person"].to_numpy() + block.index * BLOCK_ROOM)
    people = people.with_columns(pnc=pl.Series([f"99/{value:08d}Z" for value in police_numbers.tolist()], dtype=pl.String))
    cases = offences.join(people.select("person", "local_id"), on="person", how="inner").sort("offence_id")
    companions = people.select(companion="person", companion_id="local_id")
    cases = cases.join(companions, on="companion", how="left", maintain_order="left")
    for sent in returns:
        start, end = sent.period.start, sent.period.end
        whole = pl.col("settles") < sent.share
        decided = cases.filter(pl.col("outcome_day").is_between(start, end) & whole)
        assessed = cases.filter(pl.col("assessed").is_between(start, end) & whole)
        helped = cases.filter((pl.col("programme_start") <= end) & (pl.col("programme_end") >= start) & whole)
        seen = pl.concat([frame.select("person") for frame in (decided, assessed, helped)]).unique(maintain_order=True)
        children = as_known(seen.join(people, on="person", how="inner", maintain_order="left"), pl.lit(end))
        desk.csv(sent, "child.csv", _children(with_postcode(children, block).sort("local_id")))
        desk.csv(sent, "offence.csv", _offences(decided))
        desk.csv(
            sent,
            "outcome.csv",
            decided.select(
                "offence_id",
                ypid="local_id",
                outcome="outcome",
                outcome_date=day_text("outcome_day"),
                plea=pl.when(pl.col("outcome").str.contains("order")).then(pl.lit("Guilty")).otherwise(None),
            ),
        )
        desk.csv(sent, "assessment.csv", _assessments(assessed))
        desk.csv(
            sent,
            "intervention.csv",
            helped.select(
                ypid="local_id",
                programme="programme",
                start=day_text("programme_start"),
                end=day_text("programme_end", until=end),
                end_reason=pl.when(pl.col("programme_end") <= end).then("end_reason").otherwise(None),
            ),
        )


def _children(children: pl.DataFrame) -> pl.DataFrame:
    return children.select(
        ypid="local_id",
        pnc_id=pl.when(pl.col("born") % 5 < 3).then("pnc").otherwise(None),
        surname="family_name",
        forename="given_name",
        dob=day_text("born"),
        sex=truth_word("boy", "Male", "Female"),
        ethnicity=spelled("ethnicity", 2).fill_null("NS"),
        postcode="postcode",
        care_status=pl.when(pl.col("born") % 11 == 0).then(pl.lit("unknown")).otherwise(pl.lit("none")),
        local_other=pl.when(pl.col("postcode").str.contains("^Q[XZ]").fill_null(False)).then(pl.lit("other LA")).otherwise(pl.lit("local")),
        upn=pl.col("upn").replace("", None),
        nhs_number=pl.col("nhs_number").replace("", None),
    )


def _offences(decided: pl.DataFrame) -> pl.DataFrame:
    return decided.select(
        ypid="local_id",
        offence_id="offence_id",
        offence_date=day_text("offended"),
        arrest_date=day_text("arrested"),
        offence_code=pl.lit(None, dtype=pl.String),
        yjb_category="category",
        seriousness="seriousness",
        location_ward=pl.lit(None, dtype=pl.String),
        co_defendants="companion_id",
        victim_type=pl.when(pl.col("category") == "Drugs").then(pl.lit("none")).otherwise(pl.lit("person")),
    )


def _assessments(assessed: pl.DataFrame) -> pl.DataFrame:
    """Two indicators that mean: the assessor ticked the box, whatever the certainty. They have no review and no end."""
    return assessed.select(
        ypid="local_id",
        completed=day_text("assessed"),
        safety_wellbeing="safety",
        risk_of_serious_harm="harm",
        cse_indicator=truth_word("sexual", "Yes", "No"),
        cce_indicator=truth_word("criminal", "Yes", "No"),
        gang=truth_word("gangs", "Yes", "No"),
        nrm_referred=pl.when(pl.col("criminal") & (pl.col("seriousness") > 4)).then(pl.lit("Yes")).otherwise(pl.lit("No")),
        ete_status=pl.lit("School"),
        accommodation_suitable=pl.lit("Yes"),
    )
