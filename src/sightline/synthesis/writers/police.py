"""Police: occurrences, the roles of people in them, and warning markers; sent three times, until nearly everything is recorded."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.draw import day
from sightline.synthesis.errors_of_recording import as_known, of_their_time, spelled
from sightline.synthesis.incidents import NOT_REVIEWED, ONE_IN
from sightline.synthesis.numbers import digits
from sightline.synthesis.people import BLOCK_ROOM
from sightline.synthesis.returns import Return
from sightline.synthesis.writers.columns import (
    ISO_DAY,
    ISO_MOMENT,
    MINUTES,
    day_text,
    moment_text,
    now_and_then,
    occurrence_numbers,
    truth_word,
    with_postcode,
)

ADULT_BEFORE = day("2004-01-01")
OBSERVED = {"white": "IC1", "mixed": "IC9", "asian": "IC4", "black": "IC3", "other": "IC6"}


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``occurrence.csv``, ``person_role.csv``, ``warning_marker.csv``, ``custody.csv`` and ``disruption.csv``."""
    occurrences = _numbered(block).sort("happened", "occurrence_no")
    present = block.roles.join(occurrences.select("occurrence", "occurrence_no", "happened", "settles"), on="occurrence", how="inner")
    present = present.sort("occurrence", "person", "role").unique(["occurrence", "person"], keep="first", maintain_order=True)
    people = of_their_time(present.with_columns(day=(pl.col("happened") // MINUTES).cast(pl.Int32)), block.records["police"], "day")
    people = with_postcode(people, block).sort("occurrence_no", "local_id")
    markers = of_their_time(block.markers, block.records["police"], "started").sort("started", "local_id", "marker")
    custody, disruption = _detained(block), _acted_against(block)
    for sent in returns:
        begun = pl.col("happened").is_between(sent.period.start * MINUTES, (sent.period.end + 1) * MINUTES - 1)
        recorded = begun & (pl.col("settles") < sent.share)
        desk.csv(sent, "occurrence.csv", _occurrences(occurrences.filter(recorded), sent))
        desk.csv(sent, "person_role.csv", _roles(people.filter(recorded)))
        desk.csv(sent, "warning_marker.csv", _markers(markers, sent))
        desk.csv(sent, "custody.csv", _custody(custody, sent))
        desk.csv(sent, "disruption.csv", _disruption(disruption, sent))


def _numbered(block: Block) -> pl.DataFrame:
    """Occurrences with their reference, which says the year and nothing else."""
    numbers = occurrence_numbers(block, block.occurrences["occurrence"], block.occurrences["happened"])
    occurrences = block.occurrences.with_columns(occurrence_no=numbers)
    on = occurrences["happened"].to_numpy() // MINUTES
    of_their_time = block.area.codes_of_their_time(occurrences["ward"].to_numpy(), occurrences["easting"].to_numpy(), on)
    beat = pl.format("NR-{}", pl.col("easting") // 2000 % 9 + 1)
    written = pl.Series("ward", of_their_time.tolist(), dtype=pl.String)
    return occurrences.with_columns(written).with_columns(ward=pl.when(pl.col("ward").is_null()).then(beat).otherwise("ward"))


def _detained(block: Block) -> pl.DataFrame:
    numbers = block.registers.local["custody"](block.custody["custody"].to_numpy().astype("int64") + block.index * BLOCK_ROOM)
    frame = block.custody.with_columns(
        number=pl.Series(digits(numbers, 8, "CU").tolist(), dtype=pl.String), day=(pl.col("detained") // MINUTES).cast(pl.Int32)
    )
    return of_their_time(frame, block.records["police"], "day").sort("detained", "number")


def _acted_against(block: Block) -> pl.DataFrame:
    """Actions with the numbers of the adult and of the children: of those who have two, the first."""
    numbers = block.registers.local["disruption"](block.disruption["action"].to_numpy().astype("int64") + block.index * BLOCK_ROOM)
    ids = block.records["police"].unique("person", keep="first", maintain_order=True).select("person", "local_id")
    frame = block.disruption.with_columns(number=pl.Series(digits(numbers, 8, "D").tolist(), dtype=pl.String))
    frame = frame.join(ids.rename({"person": "subject"}), on="subject", how="inner", maintain_order="left")
    linked = frame.select("number", person="children").explode("person").join(ids.rename({"local_id": "child"}), on="person", how="inner")
    children = linked.sort("number", "child").group_by("number", maintain_order=True).agg(pl.col("child").str.join(";"))
    return frame.join(children, on="number", how="left", maintain_order="left").sort("taken", "number")


def _occurrences(occurrences: pl.DataFrame, sent: Return) -> pl.DataFrame:
    """Dates of outcomes that came after the extract are not in it."""
    crime = pl.col("code") != "N/A"
    decided = pl.col("happened") // MINUTES + 40
    has_outcome = crime & (pl.col("outcome") != "") & (decided <= sent.arrived)
    return occurrences.select(
        "occurrence_no",
        recorded_datetime=moment_text(pl.col("happened") + pl.col("lag"), ISO_MOMENT),
        from_datetime=moment_text("happened", ISO_MOMENT),
        to_datetime=moment_text(pl.col("happened") + pl.col("lasted"), ISO_MOMENT),
        ho_class_code=pl.when(crime).then("code").otherwise(None),
        ho_description="description",
        crime_status=pl.when(crime).then(pl.lit("crime")).otherwise(pl.lit("non-crime")),
        flags=pl.col("flags").replace("", None),
        risk_grade=pl.col("grade").replace("", None),
        outcome_code=pl.when(has_outcome).then("outcome").otherwise(None),
        outcome_date=pl.when(has_outcome).then(day_text(decided, ISO_DAY)).otherwise(None),
        beat_or_ward="ward",
        incident_authority="authority",
        easting="easting",
        northing="northing",
        location_type=now_and_then(pl.col("place"), share=0.01, instead="retail park"),
    )


def _roles(people: pl.DataFrame) -> pl.DataFrame:
    return people.select(
        "occurrence_no",
        nominal_id="local_id",
        role="role",
        surname=pl.col("family_name").str.to_uppercase(),
        forename="given_name",
        alias=pl.col("alias").replace("", None),
        dob=day_text("born", ISO_DAY),
        sex=truth_word("boy", "M", "F"),
        self_defined_ethnicity=spelled("ethnicity", 2).fill_null("NS"),
        officer_observed_ethnicity=spelled("true_ethnicity", 1).replace_strict(OBSERVED, default="IC9", return_dtype=pl.String),
        home_postcode="postcode",
        vrm=pl.when((pl.col("born") < ADULT_BEFORE) & (pl.col("born") % 3 == 0)).then(_vehicle()).otherwise(None),
    )


def _vehicle() -> pl.Expr:
    """The registration of a vehicle an adult was met with: on a plate of the kind that no ordinary vehicle has."""
    letters = "ABDEFGHJKLMNPRSTVWXY"
    number = pl.col("home_after").cast(pl.Int64) * 7919 + pl.col("born").cast(pl.Int64) * 104_729
    letter = [(number // 20**place % 20).replace_strict(dict(enumerate(letters)), return_dtype=pl.String) for place in range(3)]
    return pl.concat_str(pl.lit("Q"), (number % 900 + 100).cast(pl.String), pl.lit(" "), *letter)


def _markers(markers: pl.DataFrame, sent: Return) -> pl.DataFrame:
    """Markers in force at some time in the quarter, with the next review as it then stood, or the first where nobody held it."""
    start, end = sent.period.start, sent.period.end
    held = as_known(markers.filter((pl.col("started") <= end) & (pl.col("ended") >= start)), pl.lit(end))
    every = pl.col("review_days")
    rounds = (pl.lit(end) - pl.col("started")) // pl.when(every > 0).then(every).otherwise(1) + 1
    left_standing = (pl.col("marker") == NOT_REVIEWED) & (pl.col("started") % ONE_IN == 0)
    rounds = pl.when(left_standing).then(1).otherwise(rounds)
    return held.select(
        nominal_id="local_id",
        marker="marker",
        start=day_text("started", ISO_DAY),
        review=pl.when(every > 0).then(day_text(pl.col("started") + rounds * every, ISO_DAY)).otherwise(None),
        end=day_text("ended", ISO_DAY, end),
        applied_by_unit="unit",
        threshold_text="threshold",
    )


def _custody(custody: pl.DataFrame, sent: Return) -> pl.DataFrame:
    """Detentions of the quarter: all are on the custody system at once, so every version holds them."""
    within = pl.col("day").is_between(sent.period.start, sent.period.end)
    return custody.filter(within).select(
        custody_no="number",
        nominal_id="local_id",
        detained_at=moment_text("detained", ISO_MOMENT),
        released_at=moment_text("released", ISO_MOMENT, sent.arrived),
        offences="offences",
        disposal="disposal",
        appropriate_adult=truth_word("appropriate_adult", "Y", "N"),
        liaison_diversion_seen=truth_word("liaison", "Y", "N"),
    )


def _disruption(disruption: pl.DataFrame, sent: Return) -> pl.DataFrame:
    """Actions of the quarter, and earlier ones that were breached in it."""
    start, end = sent.period.start, sent.period.end
    within = pl.col("taken").is_between(start, end) | ((pl.col("taken") < start) & pl.col("breached").is_between(start, end))
    return disruption.filter(within).select(
        ref="number",
        subject_nominal="local_id",
        type="kind",
        date=day_text("taken", ISO_DAY),
        expiry=day_text("expires", ISO_DAY),
        breach_date=day_text("breached", ISO_DAY, end),
        linked_child="child",
    )
