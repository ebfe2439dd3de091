"""Education: the school census of each term, as the council's education system gives it out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.draw import day
from sightline.synthesis.errors_of_recording import of_their_time
from sightline.synthesis.returns import Period, Return
from sightline.synthesis.schooling import TERM_SESSIONS, absences, census_day, on_roll, term_of
from sightline.synthesis.writers.columns import CENSUS_DAY, day_text, truth_word, with_postcode

SEX_SINCE = day("2024-01-01")
RETIRED_CATEGORY_UNTIL = day("2023-07-31")


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write ``pupilonroll.csv``, ``addresses.csv``, ``exclusions.csv`` and ``sessions.csv``."""
    records = block.records["education"]
    for sent in returns:
        # The same term in a corrected return must tell the same story, so its draws depend on the term and not on the version.
        rng = block.rng(1000 + sent.period.year * 10 + sent.period.number)
        pupils = on_roll(block.enrolment, sent.period, block.out_of_school)
        missed = absences(rng, pupils, block.concerns, sent.period)
        listed = pupils.filter(pl.col("settles") < sent.share).with_columns(day=pl.lit(census_day(sent.period), dtype=pl.Int32))
        listed = listed.with_columns(school=pl.when(pl.col("year_group") >= 7).then("secondary").otherwise("primary"))
        rolled = with_postcode(of_their_time(listed, records, "day"), block).sort("school", "local_id")
        ids = rolled.select("person", "local_id")
        desk.csv(sent, "pupilonroll.csv", _pupils(rolled, sent.period))
        desk.csv(sent, "addresses.csv", _addresses(rolled))
        desk.csv(sent, "exclusions.csv", _exclusions(block, rolled, sent.period))
        desk.csv(sent, "not_in_school.csv", _out_of_school(block, sent))
        desk.csv(
            sent,
            "sessions.csv",
            missed.join(ids, on="person", how="inner")
            .sort("local_id", "reason")
            .select(
                pupilonrolltableid="local_id",
                termstartdate=day_text(pl.lit(term_of(sent.period)), CENSUS_DAY),
                termlysessionspossible=pl.lit(TERM_SESSIONS[sent.period.number]),
                attendancereason="reason",
                absencesessions="sessions",
            ),
        )


def _pupils(rolled: pl.DataFrame, period: Period) -> pl.DataFrame:
    census = census_day(period)
    academic = period.year if period.number == 4 else period.year - 1
    first_year = academic - pl.col("year_group") + pl.when(pl.col("year_group") >= 7).then(7).otherwise(0)
    entered = pl.max_horizontal(pl.date(first_year, 9, 4).cast(pl.Int32), pl.col("starts"))
    sex_header = "sex" if census >= SEX_SINCE else "gender"
    return rolled.select(
        pl.col("local_id").alias("pupilonrolltableid"),
        pl.format("SCH{}", "school").alias("NativeId"),
        pl.col("upn").replace("", None),
        pl.col("family_name").alias("surname"),
        pl.col("given_name").alias("forename"),
        pl.col("alias").replace("", None).alias("preferredforename"),
        day_text("born", CENSUS_DAY).alias("dob"),
        truth_word("boy", "M", "F").alias(sex_header),
        day_text(entered, CENSUS_DAY).alias("entrydate"),
        pl.when(pl.col("year_group") > 11).then(pl.lit("F")).otherwise(pl.lit("C")).alias("enrolstatus"),
        pl.lit("False").alias("parttime"),
        pl.col("needs").alias("senprovision"),
        pl.when(pl.col("year_group") == 0).then(pl.lit("R")).otherwise(pl.col("year_group").cast(pl.String)).alias("ncyearactual"),
        pl.lit(TERM_SESSIONS[period.number]).alias("termlysessionspossible"),
    )


def _addresses(rolled: pl.DataFrame) -> pl.DataFrame:
    return rolled.filter(pl.col("postcode").is_not_null()).select(
        pupilonrolltableid="local_id",
        addressesonrollorderseqcolumn=pl.lit(1),
        postcode="postcode",
        paon=(pl.col("home").cast(pl.Int64) % 120 + 1).cast(pl.String),
        street=pl.lit("Strand Road"),
        town=pl.lit("Saltmere"),
    )


def _out_of_school(block: Block, sent: Return) -> pl.DataFrame:
    """The council's register of children educated at home or missing education, as far as it goes back over the term."""
    since, until = sent.period.plus(-1).start if sent.period.number == 4 else sent.period.start, sent.period.end
    listed = block.out_of_school.filter((pl.col("begun") <= until) & (pl.col("ended") >= since))
    listed = listed.with_columns(day=pl.lit(until, dtype=pl.Int32))
    known = with_postcode(of_their_time(listed, block.records["education"], "day"), block).sort("local_id", "begun")
    return known.select(
        pupilid="local_id",
        upn=pl.col("upn").replace("", None),
        surname="family_name",
        forename="given_name",
        dob=day_text("born", CENSUS_DAY),
        postcode="postcode",
        provision="provision",
        registerstart=day_text("begun", CENSUS_DAY),
        registerend=day_text("ended", CENSUS_DAY, until),
    )


def _exclusions(block: Block, rolled: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Those since the term before; autumn's return also holds July and September."""
    since = period.start if period.number != 4 else period.plus(-1).start
    events = block.suspensions.filter(pl.col("started").is_between(since, period.end))
    events = events.drop("settles").join(rolled.select("person", "local_id", "needs"), on="person", how="inner", maintain_order="left")
    events = events.sort("local_id", "started", "reason1")
    old = (pl.col("person") % 9 == 0) & pl.lit(period.end <= RETIRED_CATEGORY_UNTIL)
    return events.select(
        pupilonrolltableid="local_id",
        startdate=day_text("started", CENSUS_DAY),
        sessions="sessions",
        category=pl.when("permanent").then(pl.lit("PERM")).when(old).then(pl.lit("FIXD")).otherwise(pl.lit("SUSP")),
        reason1="reason1",
        reason2=pl.col("reason2").replace("", None),
        reason3=pl.lit(None, dtype=pl.String),
        senprovision="needs",
    )
