"""Rows that would be the same record: identical ones are counted once, differing ones are told and the last is used."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from sightline.errors import Place
from sightline.intake.causes import EXAMPLES, Report
from sightline.intake.keys import shared
from sightline.model.entities import Entity

_LINEAGE = ("source_file", "source_row")


def fold_duplicates(frame: pl.DataFrame, entity: Entity, report: Report, places: Mapping[str, Place] | None = None) -> pl.DataFrame:
    """Keep one row for each key of the entity: the last.

    Args:
        frame: Rows of the entity.
        entity: What they are.
        report: Collects what is found.
        places: Where each source's rows are told: its column of person numbers.
    """
    key = [name for name in entity.key if name in frame.columns]
    if not frame.height or shared(frame, key) is None:
        return frame
    last = frame.unique(key, keep="last", maintain_order=True)
    if last.height == frame.height:
        return last
    facts = [name for name in frame.columns if name not in _LINEAGE]
    distinct = frame.unique(facts, keep="last", maintain_order=True)
    repeated = frame.filter(pl.struct(facts).is_duplicated() & ~pl.struct(facts).is_first_distinct())
    differing = distinct.filter(pl.struct(key).is_duplicated() & ~pl.struct(key).is_last_distinct())
    words = ", ".join(name.removesuffix("_local").replace("_", " ") for name in key)
    for rows, code in ((repeated, "SL-INT-034"), (differing, "SL-INT-035")):
        for source, own in rows.group_by("source_file", maintain_order=True):
            file, _, sheet = str(source[0]).partition(", ")
            place = (places or {}).get(str(source[0])) or Place(file=file, sheet=sheet or None)
            examples = own["source_row"].head(EXAMPLES).to_list()
            report.add(code, place, rows=own.height, examples=examples, entity=entity.name.replace("_", " "), key=words)
    return last
