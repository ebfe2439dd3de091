"""What has to be said about flags: a marker whose meaning nobody has written down, and one outside the time its definition was in force.

"CSE" is an officer's note at one agency and a panel's decision at another. A flag is counted for what its definition says, so a flag
without one is kept, told, and keeps any release from being made until the agency says what it means.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from sightline.definitions.mappings import Format
from sightline.errors import Place
from sightline.intake.causes import EXAMPLES, Report, quoted


def say_flags(flags: pl.DataFrame, format: Format, report: Report) -> None:
    """Report undefined flags, and flags that began when their definition was not in force; one finding for each file.

    Args:
        flags: Rows of the entity ``flag``, with ``source_file`` and ``source_row``.
        format: The mapping that made them, with its definitions.
        report: Collects the findings.
    """
    known = pl.col("definition_id").is_in(list(format.definitions)).fill_null(value=False)
    undefined = flags.filter(~known)
    _say(undefined, "SL-INT-050", report, mapping=format.mapping_version)
    outside = [
        flags.filter((pl.col("definition_id") == name) & _is_outside(definition.in_force_from, definition.in_force_to))
        for name, definition in format.definitions.items()
    ]
    for rows in outside:
        _say(rows, "SL-INT-051", report, mapping=format.mapping_version)


def _is_outside(first: object, last: object) -> pl.Expr:
    """Whether a flag began before its definition was in force, or after it had ceased to be."""
    before = pl.col("started_on") < pl.lit(first) if first is not None else pl.lit(value=False)
    after = pl.col("started_on") > pl.lit(last) if last is not None else pl.lit(value=False)
    return (before | after).fill_null(value=False)


def _say(rows: pl.DataFrame, code: str, report: Report, **words: Any) -> None:
    for source, own in rows.group_by("source_file", maintain_order=True):
        file, _, sheet = str(source[0]).partition(", ")
        # The common code names the marker; the local text of one person's row might be anything.
        markers = sorted({str(marker) for marker in own["flag"].drop_nulls()})
        named = sorted({str(name) for name in own["definition_id"].drop_nulls()})
        report.add(
            code,
            Place(file=file, sheet=sheet or None),
            rows=own.height,
            examples=own["source_row"].head(EXAMPLES).to_list(),
            values=markers,
            expected=f"a definition ({quoted(named)})" if named else "a definition",
            markers=quoted(markers),
            **words,
        )
