"""Several years of the return about looked-after children as one history of care.

Each year tells again of every episode that was open at any time in it, so an episode is known by its child and its first day, and the
latest year that tells of it holds. One that was open when a year ended has to stand in the next year's return, with its end or still open.
Where it does not, its end is inferred if the returns leave only one day for it, and marked; otherwise it stays open and that is said.

Method, its source and its limits: docs/methods/care-over-several-years.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from sightline.errors import Place
from sightline.intake.causes import EXAMPLES, Report
from sightline.model.findings import Finding
from sightline.model.periods import MONTHS

ENTITY = "care_episode"
CAME_INTO_CARE = "S"
"""The reason (RNE) of an episode with which a time in care begins."""
INFERRED_PRECISION = "year"
"""All that is known of an inferred end is the year it follows from: whatever counts days asks for an exact day and passes it over."""
FEWEST_OPEN = 20
FEWEST_CONTINUED = 0.5
"""Of the episodes open at the end of a year, the share that the next must tell of before absence from it means anything. In two exports of
one system nearly all continue; a return of one team, or one with new numbers for the children, has few."""

GAP = "the return of the year after was not read"
NOT_CONTINUED = "the return of the year after has less than half of the open episodes, so it is not whole or numbers the children anew"
NO_DATE = "a reason for the end is given and no date"
BEGUN_LATER = "they began after the year was over"
RULES = {"SL-INT-073": "502"}
"""What the sector's validator calls the same cause."""
_DAY = timedelta(days=1)
_YEAR, _LAST, _NEXT_LAST, _WHY = "__year", "__last", "__next_last", "__why"


@dataclass(frozen=True)
class YearOfCare:
    """The episodes one return tells of, from ``first`` to ``last`` (31 March); ``label`` stands before file names that years share.

    Columns: the one that says whose row it is, ``started_on``, ``reason``, ``ended_on``, ``ended_on_precision``, ``end_reason``,
    ``source_file``, ``source_row`` and whatever is to be carried along; with ``retracted`` the agency may take an episode back.
    """

    first: date
    last: date
    episodes: pl.DataFrame
    label: str = ""


@dataclass(frozen=True)
class CareHistory:
    """Every episode once. ``episodes`` has ``end_inferred``; the other three say what was done to some.

    ``replaced`` are in no history: a later return tells of the same days with another episode. ``undecided`` are in it, open, with ``why``.
    """

    episodes: pl.DataFrame
    inferred: pl.DataFrame
    replaced: pl.DataFrame
    undecided: pl.DataFrame


def merge_years(years: Sequence[YearOfCare], who: str) -> CareHistory:
    """One history from the returns of several years, whatever order they are given in.

    Args:
        years: One return for each year; at least one.
        who: The column that says whose row it is.

    Raises:
        ValueError: If two returns are for the same year: which of them holds is not to be told from their rows.
    """
    ordered = sorted(years, key=lambda year: year.last)
    if len({year.last for year in ordered}) < len(ordered):
        raise ValueError("two returns for one year")
    told = pl.concat([year.episodes.with_columns(pl.lit(at, pl.Int32).alias(_YEAR)) for at, year in enumerate(ordered)])
    latest = told.sort(_YEAR, "source_file", "source_row").unique([who, "started_on"], keep="last", maintain_order=True)
    if "retracted" in latest.columns:
        latest = latest.filter(~pl.col("retracted").fill_null(value=False))
    latest = latest.sort(who, "started_on").join(_calendar(ordered), on=_YEAR, how="left", maintain_order="left")
    ceased = pl.col("ended_on").is_null() & (pl.col(_YEAR) < len(ordered) - 1)
    why = _undecided(latest.filter(ceased), told, ordered)
    latest = latest.join(_told_otherwise(latest.filter(ceased), latest, who), on=[who, "started_on"], how="left", maintain_order="left")
    latest = latest.with_columns(why.alias(_WHY), ceased.alias("__ceased"))
    otherwise = pl.col("__ceased") & pl.col(_WHY).is_null() & pl.col("__otherwise").is_not_null()
    ended = _with_ends(latest.filter(~otherwise), who)
    own = [name for name in told.columns if name not in {_YEAR, "end_inferred"}]
    undecided = ended.filter(pl.col("__ceased") & pl.col(_WHY).is_not_null())
    return CareHistory(
        episodes=ended.select(*own, "end_inferred"),
        inferred=ended.filter("end_inferred").select(*own, _YEAR, "__by_next"),
        replaced=latest.filter(otherwise).select(*own, _YEAR),
        undecided=undecided.select(*own, _YEAR, pl.col(_WHY).alias("why")),
    )


def _calendar(ordered: Sequence[YearOfCare]) -> pl.DataFrame:
    """For each year its last day, and that of the year after, empty where this was not read."""
    following = [
        after.last if after is not None and after.first <= year.last + _DAY else None
        for year, after in zip(ordered, [*ordered[1:], None], strict=True)
    ]
    return pl.DataFrame(
        {_YEAR: list(range(len(ordered))), _LAST: [year.last for year in ordered], _NEXT_LAST: following},
        schema={_YEAR: pl.Int32, _LAST: pl.Date, _NEXT_LAST: pl.Date},
    )


def _undecided(ceased: pl.DataFrame, told: pl.DataFrame, ordered: Sequence[YearOfCare]) -> pl.Expr:
    """Why no end can be inferred for an episode that is told of no more; empty where one can."""
    was_open = pl.col("ended_on").is_null() & pl.col("end_reason").is_null()
    open_then = dict(told.filter(was_open).group_by(_YEAR).len().iter_rows())
    absent = dict(ceased.filter(was_open).group_by(_YEAR).len().iter_rows())
    broken = [
        at
        for at in range(len(ordered))
        if open_then.get(at, 0) >= FEWEST_OPEN and absent.get(at, 0) > open_then[at] * (1 - FEWEST_CONTINUED)
    ]
    return (
        pl.when(pl.col("end_reason").is_not_null())
        .then(pl.lit(NO_DATE))
        .when(pl.col(_NEXT_LAST).is_null())
        .then(pl.lit(GAP))
        .when(pl.col(_YEAR).is_in(broken))
        .then(pl.lit(NOT_CONTINUED))
        .when(pl.col("started_on") > pl.col(_LAST))
        .then(pl.lit(BEGUN_LATER))
    )


def _told_otherwise(ceased: pl.DataFrame, latest: pl.DataFrame, who: str) -> pl.DataFrame:
    """Episodes that a later return tells otherwise: with one that began before and reaches over them, or with another first day in care."""
    others = latest.select(who, other=pl.col("started_on"), until=pl.col("ended_on"), later=pl.col(_YEAR), because=pl.col("reason"))
    pairs = ceased.join(others, on=who, how="inner").filter(pl.col("later") > pl.col(_YEAR))
    covered = (pl.col("other") < pl.col("started_on")) & (pl.col("until").is_null() | (pl.col("until") > pl.col("started_on")))
    began_anew = (pl.col("reason") == CAME_INTO_CARE) & (pl.col("because") == CAME_INTO_CARE)
    moved = (pl.col("other") > pl.col("started_on")) & (pl.col("other") <= pl.col(_LAST)) & began_anew
    found = pairs.filter(covered.fill_null(value=False) | moved.fill_null(value=False))
    return found.select(who, "started_on").unique().with_columns(pl.lit(value=True).alias("__otherwise"))


def _with_ends(kept: pl.DataFrame, who: str) -> pl.DataFrame:
    """The ends that can be inferred: where the child's next episode begins, or on the last day of the year that told of it as open.

    An episode that begins for another reason than coming into care says that the child was in care until then. One that begins with coming
    into care, or none, says that care had ended; the next return, which has nothing of it, begins on 1 April.
    """
    same = pl.col(who) == pl.col(who).shift(-1)
    following = pl.when(same).then(pl.col("started_on").shift(-1))
    because = pl.when(same).then(pl.col("reason").shift(-1))
    kept = kept.with_columns(following.alias("__next"), because.alias("__because"))
    goes_on = (pl.col("__because").is_not_null() & (pl.col("__because") != CAME_INTO_CARE)).fill_null(value=False)
    goes_on = goes_on & (pl.col("__next") <= pl.col(_NEXT_LAST)).fill_null(value=False)
    day = pl.when(goes_on).then(pl.col("__next")).otherwise(pl.min_horizontal(pl.col(_LAST), pl.col("__next") - _DAY))
    inferred = pl.col("__ceased") & pl.col(_WHY).is_null()
    return kept.with_columns(
        pl.when(inferred).then(day).otherwise(pl.col("ended_on")).alias("ended_on"),
        pl.when(inferred).then(pl.lit(INFERRED_PRECISION)).otherwise(pl.col("ended_on_precision")).alias("ended_on_precision"),
        inferred.alias("end_inferred"),
        (day != pl.col(_LAST)).alias("__by_next"),
    )


def times_in_care(episodes: pl.DataFrame, who: str) -> pl.DataFrame:
    """Episodes that follow each other without a gap, as one row for each time in care: its first day, and how its last episode ended.

    Coming into care always begins another, so that one whose end nobody knows does not swallow the next.
    """
    rows = episodes.sort(who, "started_on")
    until = pl.col("ended_on").fill_null(date.max).cum_max().over(who).shift(1)
    new = (
        (pl.col(who) != pl.col(who).shift(1)) | (pl.col("started_on") > until) | (pl.col("reason") == CAME_INTO_CARE).fill_null(value=False)
    )
    spell = new.fill_null(value=True).cum_sum()
    last = [name for name in rows.columns if name not in {who, "started_on", "started_on_precision", "reason", "reason_local"}]
    return (
        rows.with_columns(spell.alias("__spell"))
        .group_by("__spell", maintain_order=True)
        .agg(pl.col(who, "started_on").first(), pl.col(last).last())
        .drop("__spell")
    )


def history_findings(history: CareHistory, years: Sequence[YearOfCare], header: str) -> tuple[Finding, ...]:
    """One finding for each thing that was done: inferred ends, episodes told otherwise later, open ones that stay open.

    Args:
        history: What was made of the years.
        years: What it was made of.
        header: The column of the return that holds the end.
    """
    ordered = sorted(years, key=lambda year: year.last)
    report = Report()
    for rows, code in ((history.inferred, "SL-INT-073"), (history.replaced, "SL-INT-074"), (history.undecided, "SL-INT-075")):
        keys = [_YEAR, "source_file", *(["why"] if "why" in rows.columns else [])]
        for _, own in rows.sort(_YEAR, "source_file", "source_row").group_by(keys, maintain_order=True):
            year = ordered[own[_YEAR][0]]
            words: dict[str, Any] = {"day": _in_words(year.last)}
            if "why" in own.columns:
                words["why"] = own["why"][0]
            if "__by_next" in own.columns:
                by_next = int(own["__by_next"].sum())
                words |= {"by_year": own.height - by_next, "by_next": by_next}
            place = _place(own["source_file"][0], year.label, header)
            report.add(code, place, rows=own.height, examples=own["source_row"].head(EXAMPLES).to_list(), **words)
    return tuple(replace(finding, rule=RULES.get(finding.code, "")) for finding in report.in_order())


def _place(source: str, label: str, header: str) -> Place:
    file, _, sheet = source.partition(", ")
    return Place(file=f"{label}/{file}" if label else file, sheet=sheet or None, column=header)


def _in_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
