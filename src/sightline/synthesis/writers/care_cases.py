"""What the social care case system holds at the end of a period: shared by the writers of its extracts."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.synthesis.block import Block
from sightline.synthesis.draw import NEVER
from sightline.synthesis.returns import Period

SIX_MONTHS = 183


def active_people(block: Block, period: Period) -> pl.DataFrame:
    """Everyone whom an extract of the period may name: an open episode, contact, early help assessment or missing episode in the six
    months before its end, or care that was left at sixteen or after.
    """
    end = period.end
    since = end - SIX_MONTHS
    open_then = block.referrals.filter((pl.col("received") <= end) & (pl.col("closed") > since)).select("person")
    contacts = block.contacts.filter((pl.col("contacted") <= end) & (pl.col("contacted") > since)).select("person")
    missing = block.missing.filter(pl.col("care_knows") & (pl.col("left_day") <= end) & (pl.col("left_day") > since)).select("person")
    helped = block.early_help.filter((pl.col("started") <= end) & (pl.col("started") > since)).select("person")
    cared_for = block.referrals.filter((pl.col("care_end") <= end) & (pl.col("care_end") > end - 6 * 366)).select("person")
    people, services = block.people, block.specialist.services
    placed = pl.DataFrame({"person": np.flatnonzero((people.placed_from <= end) & (people.placed_until > since))})
    hub = services.filter((pl.col("referred") <= end) & (pl.col("ended") > since)).select("person")
    found = (open_then, contacts, missing, helped, cared_for, placed, hub)
    return pl.concat([frame.select(pl.col("person").cast(pl.Int64)) for frame in found]).unique(maintain_order=True)


def with_case(block: Block, events: pl.DataFrame) -> pl.DataFrame:
    """Events with the case system's number and details of each child."""
    details = block.records["csc"].select("person", "local_id", "born", "boy", "ethnicity", "upn")
    return events.join(details, on="person", how="inner", maintain_order="left")


def disabled(column: str = "local_id") -> pl.Expr:
    """Whether the child is recorded as disabled: about one in eight, always the same children."""
    return (pl.col(column).cast(pl.Int64) * 7919 % 97) < 12


def earlier_referrals(block: Block) -> pl.DataFrame:
    """Each referral's number of earlier ones in the twelve months before it."""
    mine = block.referrals.select("referral", "person", "received")
    pairs = mine.join(mine.select("person", earlier="received"), on="person", how="inner")
    pairs = pairs.filter((pl.col("earlier") < pl.col("received")) & (pl.col("earlier") >= pl.col("received") - 365))
    return pairs.group_by("referral", maintain_order=True).agg(earlier=pl.len().cast(pl.Int64))


def latest_placement(block: Block, on: int) -> pl.DataFrame:
    """Where each child in care lived on a day, or last lived."""
    begun = block.placements.filter(pl.col("started") <= on)
    counted = begun.group_by("referral", maintain_order=True).agg(
        recent=(pl.col("started") > on - 365).sum().cast(pl.Int64), turn=pl.col("turn").max()
    )
    chosen = begun.unique(["referral", "turn"], keep="last", maintain_order=True)
    return counted.join(chosen.drop("person"), on=["referral", "turn"], how="inner", maintain_order="left").rename(
        {"started": "placed", "ended": "left_placement"}
    )


def worker(column: str = "local_id") -> pl.Expr:
    """An allocated worker's name."""
    names = [f"{first} {last}" for first in ("Ann", "Bola", "Carys", "Dev", "Erin", "Femi") for last in ("Acre", "Birch", "Cedar", "Dale")]
    position = pl.col(column).cast(pl.Int64) * 31 % len(names)
    return position.replace_strict(dict(enumerate(names)), return_dtype=pl.String)


def team(column: str = "local_id") -> pl.Expr:
    """An allocated team."""
    names = ["Assessment North", "Assessment South", "Safeguarding Team 1", "Safeguarding Team 2", "Exploitation and Missing Hub"]
    position = pl.col(column).cast(pl.Int64) * 17 % len(names)
    return position.replace_strict(dict(enumerate(names)), return_dtype=pl.String)


def is_open(start: str, end: str, since: int, until: int) -> pl.Expr:
    """Whether a spell that did happen was open at some time between two days."""
    return (pl.col(start) < NEVER) & (pl.col(start) <= until) & (pl.col(end) > since)
