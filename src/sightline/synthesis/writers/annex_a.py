"""Children's social care: the Annex A workbook, eleven lists, each looking back six months from the end of the quarter."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.draw import NEVER
from sightline.synthesis.errors_of_recording import spelled
from sightline.synthesis.geography import OTHER_AUTHORITIES
from sightline.synthesis.returns import Return
from sightline.synthesis.social_care import CARE
from sightline.synthesis.writers.annex_a_words import (
    ABUSE,
    CLOSURE,
    ETHNICITIES,
    HEADERS,
    LEGAL,
    NEEDS,
    PLACEMENTS,
    PROVIDERS,
    SOURCE_VARIANTS,
    SOURCES,
)
from sightline.synthesis.writers.care_cases import (
    SIX_MONTHS,
    disabled,
    earlier_referrals,
    is_open,
    latest_placement,
    team,
    with_case,
    worker,
)
from sightline.synthesis.writers.columns import age_expression, date_of, now_and_then, truth_word, with_postcode

FILE = "annex_a.xlsx"
SHEETS = tuple((name, (), header) for name, header in HEADERS.items())
YES, NO = "Yes", "No"


def write(block: Block, returns: Sequence[Return], desk: Desk) -> None:
    """Write every list of ``annex_a.xlsx``. Lists 10 and 11 have no rows: nobody was adopted in these years."""
    cases = with_case(block, block.referrals).join(earlier_referrals(block), on="referral", how="left", maintain_order="left")
    cases = cases.with_columns(pl.col("earlier").fill_null(0), variant=_variant()).sort("received", "local_id")
    contacts = with_case(block, block.contacts).with_columns(variant=_variant()).sort("contacted", "local_id", "source")
    helped = with_case(block, block.early_help).sort("started", "local_id")
    for sent in returns:
        lists = {
            "List 1": _contacts(contacts, sent),
            "List 2": _early_help(helped, sent),
            "List 3": _referrals(cases, sent),
            "List 4": _assessments(cases, sent),
            "List 5": _enquiries(cases, sent),
            "List 6": _in_need(cases, sent),
            "List 7": _protection(cases, sent),
            "List 8": _in_care(block, cases, sent),
            "List 9": _leavers(block, cases, sent),
        }
        for name, frame in lists.items():
            desk.sheet(sent, FILE, SHEETS, sheet=name, frame=frame)


def _variant() -> pl.Expr:
    """A number from 0 to 19 for each row: which of the local spellings it has."""
    return (pl.col("settles") * 1000).cast(pl.Int64) % 20


def _child(sent: Return) -> list[pl.Expr]:
    """The five columns that open every list; a fifth of ethnic groups have lost their letter on the way."""
    short = spelled("ethnicity", 1).replace_strict(ETHNICITIES, default="f) Not stated", return_dtype=pl.String)
    shown = pl.when(pl.col("born") % 5 == 0).then(short.str.slice(3)).otherwise(short)
    return [
        pl.col("local_id").alias("Child Unique ID"),
        truth_word("boy", "a) Male", "b) Female").alias("Gender"),
        shown.alias("Ethnicity"),
        date_of("born").alias("Date of Birth"),
        age_expression("born", sent.period.end).alias("Age of Child (Years)"),
    ]


def _recent(frame: pl.DataFrame, day_column: str, sent: Return) -> pl.DataFrame:
    end = sent.period.end
    inside = (pl.col(day_column) <= end) & (pl.col(day_column) > end - SIX_MONTHS)
    return frame.filter(inside & (pl.col("settles") < sent.share))


def _source(column: str) -> pl.Expr:
    """Who referred: usually as the template spells it, sometimes as a local pick-list did."""
    usual = pl.col(column).replace_strict(SOURCES, return_dtype=pl.String)
    local = pl.col(column).replace_strict(SOURCE_VARIANTS, default=None, return_dtype=pl.String)
    return pl.when((pl.col("variant") < 3) & local.is_not_null()).then(local).otherwise(usual)


def _yes(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.lit(YES)).otherwise(pl.lit(NO))


def _contacts(contacts: pl.DataFrame, sent: Return) -> pl.DataFrame:
    return _recent(contacts, "contacted", sent).select(
        *_child(sent),
        date_of("contacted").alias("on"),
        now_and_then(_source("source"), share=0.004, instead="Charity shop").alias("source"),
    )


def _early_help(helped: pl.DataFrame, sent: Return) -> pl.DataFrame:
    return _recent(helped, "started", sent).select(
        *_child(sent), date_of("started").alias("on"), date_of(pl.col("started") + 35, sent.period.end).alias("completed"), pl.col("lead")
    )


def _referrals(cases: pl.DataFrame, sent: Return) -> pl.DataFrame:
    return _recent(cases, "received", sent).select(
        *_child(sent),
        date_of("received").alias("on"),
        _source("source").alias("source"),
        _yes(pl.col("no_action")).alias("nfa"),
        pl.col("earlier") + 1,
        team().alias("team"),
        worker().alias("worker"),
    )


def _assessments(cases: pl.DataFrame, sent: Return) -> pl.DataFrame:
    end = sent.period.end
    recent = cases.filter(is_open("assessed", "authorised", end - SIX_MONTHS, end) & (pl.col("settles") < sent.share))
    return recent.select(
        *_child(sent),
        _yes(disabled()).alias("disability"),
        date_of("assessed").alias("start"),
        _yes(pl.col("seen_alone")).alias("seen"),
        date_of("authorised", end).alias("authorised"),
        pl.when(pl.col("authorised") <= end).then(_yes(pl.col("outcome") > 2)).otherwise(None).alias("requires"),
        team().alias("team"),
        worker().alias("worker"),
    )


def _enquiries(cases: pl.DataFrame, sent: Return) -> pl.DataFrame:
    end = sent.period.end
    held = pl.col("conference") < NEVER
    return _recent(cases, "enquiry", sent).select(
        *_child(sent),
        _yes(disabled()).alias("disability"),
        date_of("enquiry").alias("start"),
        _yes(~held).alias("unnecessary"),
        date_of("conference", end).alias("conference"),
        pl.when(pl.col("conference") <= end).then(pl.lit(YES)).otherwise(None).alias("plan"),
        pl.lit(1).alias("enquiries"),
        (pl.col("conference") <= end).cast(pl.Int64).alias("conferences"),
        team().alias("team"),
        worker().alias("worker"),
    )


def _in_need(cases: pl.DataFrame, sent: Return) -> pl.DataFrame:
    end = sent.period.end
    closed = pl.col("need_end") <= end
    return cases.filter(is_open("need_start", "need_end", end - SIX_MONTHS, end)).select(
        *_child(sent),
        _yes(disabled()).alias("disability"),
        date_of("need_start").alias("start"),
        pl.col("need").replace_strict(NEEDS, return_dtype=pl.String).alias("need"),
        date_of(pl.min_horizontal(pl.col("need_end"), pl.lit(end)) - (pl.col("referral") % 40)).alias("last_seen"),
        date_of("need_end", end).alias("closed"),
        pl.when(closed).then((pl.col("referral") % 8).replace_strict(CLOSURE, return_dtype=pl.String)).otherwise(None).alias("reason"),
        pl.when(closed).then(pl.lit("e) Closed episode")).otherwise(pl.lit("c) Child in need plan")).alias("status"),
        team().alias("team"),
        worker().alias("worker"),
    )


def _protection(cases: pl.DataFrame, sent: Return) -> pl.DataFrame:
    end = sent.period.end
    last = pl.min_horizontal(pl.col("protection_end"), pl.lit(end))
    review = pl.col("conference") + 80 + ((last - pl.col("conference") - 80) // 180) * 180  # before the first review: before the plan
    return cases.filter(is_open("conference", "protection_end", end - SIX_MONTHS, end)).select(
        *_child(sent),
        _yes(disabled()).alias("disability"),
        date_of("conference").alias("start"),
        pl.col("abuse").replace_strict(ABUSE, return_dtype=pl.String).alias("initial"),
        pl.col("abuse").replace_strict(ABUSE, return_dtype=pl.String).alias("latest"),
        date_of(last - pl.col("referral") % 14).alias("visit"),
        _yes(pl.col("seen_alone")).alias("alone"),
        pl.when((review <= last) & (review > pl.col("conference"))).then(date_of(review)).otherwise(None).alias("review"),
        date_of("protection_end", end).alias("end"),
        _yes(pl.col("referral") % 23 == 0).alias("emergency"),
        (pl.col("referral") % 5 == 0).cast(pl.Int64).alias("previous"),
        team().alias("team"),
        worker().alias("worker"),
    )


def _in_care(block: Block, cases: pl.DataFrame, sent: Return) -> pl.DataFrame:
    end = sent.period.end
    care = cases.filter((pl.col("outcome") == CARE) & is_open("care_started", "care_end", end - SIX_MONTHS, end))
    care = care.join(latest_placement(block, end), on="referral", how="inner", maintain_order="left")
    care = with_postcode(
        care.join(_missing_counts(block, end), on="person", how="left", maintain_order="left"), block, "postcode", "placement"
    )
    last = pl.min_horizontal(pl.col("care_end"), pl.lit(end))
    ended = pl.col("care_end") <= end
    return care.select(
        *_child(sent),
        pl.lit(NO).alias("uasc"),
        _yes(disabled()).alias("disability"),
        date_of("care_started").alias("start"),
        pl.col("need").replace_strict(NEEDS, return_dtype=pl.String).alias("need"),
        pl.lit(NO).alias("second"),
        date_of(pl.min_horizontal(pl.col("care_started") + 40, last)).alias("legal_start"),
        pl.col("legal").replace_strict(LEGAL, return_dtype=pl.String).alias("legal"),
        date_of(last - pl.col("referral") % 170).alias("review"),
        date_of(last - pl.col("referral") % 40).alias("visit"),
        pl.when(pl.col("kind").str.starts_with("U"))
        .then(pl.lit("f) Long-term fostering"))
        .otherwise(pl.lit("g) Other"))
        .alias("permanence"),
        date_of(last - pl.col("referral") % 90).alias("iro"),
        date_of(last - pl.col("referral") % 300).alias("health"),
        date_of(last - pl.col("referral") % 340).alias("dental"),
        pl.max_horizontal(pl.col("recent"), pl.lit(1)).alias("placements"),
        date_of("care_end", end).alias("ceased"),
        pl.when(ended).then(pl.lit("d) Returned home to live with parents or relatives")).otherwise(None).alias("ceased_reason"),
        date_of("placed").alias("placed"),
        pl.col("kind").replace_strict(PLACEMENTS, return_dtype=pl.String).alias("placement_kind"),
        pl.col("provider").replace_strict(PROVIDERS, default="c) Other", return_dtype=pl.String).alias("provider"),
        pl.col("placement"),
        pl.when(pl.col("kind") == "K2").then(pl.format("SC{}", pl.col("referral") % 900_000 + 100_000)).otherwise(None).alias("urn"),
        pl.when(pl.col("away")).then(pl.lit("b) Out")).otherwise(pl.lit("a) In")).alias("in_or_out"),
        pl.when(pl.col("away"))
        .then(pl.col("authority").replace_strict(dict(enumerate(OTHER_AUTHORITIES)), return_dtype=pl.String))
        .otherwise(pl.lit("Saltmere"))
        .alias("authority"),
        pl.col("missing_count").fill_null(0),
        pl.col("absent_count").fill_null(0),
        pl.when(pl.col("missing_count") > 0).then(_yes(pl.col("last_offered"))).otherwise(None).alias("offered"),
        pl.when((pl.col("missing_count") > 0) & pl.col("last_offered"))
        .then(_yes(pl.col("last_accepted")))
        .otherwise(None)
        .alias("accepted"),
        team().alias("team"),
        worker().alias("worker"),
    )


def _missing_counts(block: Block, end: int) -> pl.DataFrame:
    """Episodes in the last twelve months of children missing from a placement, and whether the last interview was offered and accepted."""
    year = block.missing.filter(pl.col("in_care") & pl.col("care_knows") & (pl.col("left_day") <= end) & (pl.col("left_day") > end - 365))
    return (
        year.sort("left")
        .group_by("person", maintain_order=True)
        .agg(
            missing_count=(~pl.col("absence_only")).sum().cast(pl.Int64),
            absent_count=pl.col("absence_only").sum().cast(pl.Int64),
            last_offered=pl.col("offered").last(),
            last_accepted=pl.col("accepted").last(),
        )
    )


def _leavers(block: Block, cases: pl.DataFrame, sent: Return) -> pl.DataFrame:
    """Young people of 16 to 21 who were in care for thirteen weeks or more at sixteen or after."""
    end = sent.period.end
    age = age_expression("born", end)
    left = cases.filter(
        (pl.col("outcome") == CARE)
        & (pl.col("care_end") <= end)
        & (pl.col("care_end") - pl.col("born") > 16 * 365)
        & (pl.col("care_end") - pl.col("care_started") > 91)
        & (age >= 16)
        & (age < 22)
    )
    left = left.unique("person", keep="last", maintain_order=True)
    return left.select(
        *_child(sent),
        pl.lit(NO).alias("uasc"),
        _yes(disabled()).alias("disability"),
        pl.lit("Leaving Care Team").alias("team"),
        worker().alias("worker"),
        worker("referral").alias("advisor"),
        pl.when(age >= 18).then(pl.lit("b) Former relevant")).otherwise(pl.lit("a) Relevant")).alias("eligibility"),
        date_of(end - pl.col("referral") % 170).alias("pathway"),
        pl.when(pl.col("referral") % 12 == 0).then(pl.lit("b) Not in touch")).otherwise(pl.lit("a) In touch")).alias("touch"),
        date_of(end - pl.col("referral") % 60).alias("contact"),
        pl.when(pl.col("referral") % 3 == 0).then(pl.lit("k) Independent living")).otherwise(pl.lit("d) Supported lodgings")).alias("home"),
        pl.lit("a) Suitable").alias("suitable"),
        pl.when(pl.col("referral") % 3 == 0)
        .then(pl.lit("G5: Not in education, employment or training - other"))
        .otherwise(pl.lit("F2: Full time in education other than higher"))
        .alias("activity"),
    )
