"""Children's social care: the missing team's workbook of episodes and return interviews."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.files import MOMENT
from sightline.synthesis.geography import OTHER_AUTHORITIES
from sightline.synthesis.missing import PLACES_FOUND
from sightline.synthesis.narratives import with_words
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.care_cases import with_case
from sightline.synthesis.writers.columns import MINUTES, date_of, now_and_then, occurrence_numbers, serial_of, truth_word

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
            "Reported at",
            "Home authority",
            "Placing authority",
            "Incident authority",
            "Found at",
            "found_distance_km",
            "Found by",
            "Missing with",
            "Harm",
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
            "Offered at",
            "Declined reason",
            "Push factors",
            "Pull factors",
            "feels_safe_home",
            "Shared with",
            "What the child said",
            "Speaks of",
        ),
    ),
    ("Placed here", (), ("Child ID", "Date of Birth", "Placing council", "Placed from", "Placed until")),
)
STYLES = {"start": MOMENT, "end": MOMENT, "held": MOMENT, "reported": MOMENT, "offered_at": MOMENT}
FOUND_KNOWN = 0.6
"""How many found children the missing team knows the distance of."""

RISKS = {"low": "Low", "medium": "Std", "high": "High", "no apparent risk": "NAR"}


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``missing.xlsx``: the quarter's episodes that social care was told of, and the conversation offered after each."""
    known = block.missing.filter(pl.col("occurrence").is_not_null()).select("occurrence", "police_start")
    quoted = known.with_columns(police_ref=occurrence_numbers(block, known["occurrence"], known["police_start"])).drop("police_start")
    told = with_case(block, block.missing.filter("care_knows")).sort("care_start", "local_id")
    told = told.join(quoted, on="occurrence", how="left", maintain_order="left")
    companions = (
        block.records["csc"].select(companion="person", companion_id="local_id").unique("companion", keep="first", maintain_order=True)
    )
    told = with_words(told).join(companions, on="companion", how="left", maintain_order="left")
    for sent in returns:
        begun = pl.col("care_start").is_between(sent.period.start * MINUTES, (sent.period.end + 1) * MINUTES - 1)
        known_until = sent.arrived * MINUTES
        quarter = told.filter(begun).with_columns(
            start=serial_of("care_start"),
            end=pl.when(pl.col("care_end") < known_until).then(serial_of("care_end")).otherwise(None),
            held_at=pl.when(pl.col("held") < known_until).then(serial_of("held")).otherwise(None),
            ref=pl.format("M{}", "reference"),
        )
        back, talked = pl.col("end").is_not_null(), pl.col("held_at").is_not_null()
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
            reported=serial_of("reported"),
            home_la="home_authority",
            placing_la=pl.col("placing_authority").replace("", None),
            incident_la="incident_authority",
            found=pl.when(back)
            .then(pl.col("found_at").replace_strict(dict(enumerate(PLACES_FOUND)), return_dtype=pl.String))
            .otherwise(None),
            km=pl.when(back & (pl.col("settles") < FOUND_KNOWN)).then("distance").otherwise(None),
            found_by=pl.when(back).then("found_by").otherwise(None),
            companion="companion_id",
            harm=pl.when(back).then("harm").otherwise(None),
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
            voice=pl.when(talked).then(truth_word("voice", "Y", "N")).otherwise(None),
            offered_at=pl.when("offered").then(pl.min_horizontal(pl.col("back") + pl.col("offered_after"), "held") / MINUTES + 25569.0),
            declined=pl.when(pl.col("offered") & ~pl.col("accepted")).then("declined").otherwise(None),
            push=pl.when(talked).then("push").otherwise(None),
            pull=pl.when(talked).then("pull").otherwise(None),
            safe=pl.when(talked).then("safe_home").otherwise(None),
            shared=pl.when(talked).then("shared").otherwise(None),
            said=pl.when(talked).then("said").otherwise(None),
            themes=pl.when(talked).then("themes").otherwise(None),
        )
        desk.sheet(sent, FILE, SHEETS, sheet="Missing", frame=episodes, styles=STYLES)
        desk.sheet(sent, FILE, SHEETS, sheet="Return interviews", frame=interviews, styles=STYLES)
        desk.sheet(sent, FILE, SHEETS, sheet="Placed here", frame=_placed_here(block, sent))


def _placed_here(block: Block, sent: Return) -> pl.DataFrame:
    """Children whom other councils have placed here and said so, with the council that did."""
    people, start, end = block.people, sent.period.start, sent.period.end
    here = np.flatnonzero((people.placed_from <= end) & (people.placed_until >= start))
    frame = pl.DataFrame(
        {
            "person": here,
            "council": np.array(OTHER_AUTHORITIES, dtype=object)[people.placed_by[here]].tolist(),
            "from": people.placed_from[here],
            "until": people.placed_until[here],
        },
        schema_overrides={"council": pl.String},
    )
    return with_case(block, frame).sort("local_id").select("local_id", date_of("born"), "council", date_of("from"), date_of("until", end))
