"""What has to be said about flags: a marker whose meaning nobody has written down, and one outside what its definition is for.

"CSE" is an officer's note at one agency and a panel's decision at another. A flag is counted for what its definition says, so a flag
without one is kept, told, and keeps any release from being made until the agency says what it means.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from sightline.definitions.mappings import Format, SourceDefinition
from sightline.errors import Place
from sightline.intake.causes import EXAMPLES, Report
from sightline.intake.quoting import in_words, quotable_codes
from sightline.model.findings import NotChecked


def say_flags(flags: Sequence[pl.DataFrame], people: Sequence[pl.DataFrame], format: Format, report: Report) -> None:
    """Report undefined flags, and flags that began when their definition was not in force or at an age it is not used for.

    One finding for each cause and file.

    Args:
        flags: Rows of the entity ``flag``, with ``local_id``, ``source_file`` and ``source_row``.
        people: Rows of ``identity_record``, for dates of birth.
        format: The mapping that made them, with its definitions.
        report: Collects the findings.
    """
    if not flags:
        return
    rows = pl.concat(flags, how="vertical").join(_born(people), on="local_id", how="left", maintain_order="left")
    known = pl.col("definition_id").is_in(list(format.definitions)).fill_null(value=False)
    _say(rows.filter(~known), "SL-INT-050", "a definition", format, report)
    for name, definition in format.definitions.items():
        own = rows.filter(pl.col("definition_id") == name)
        outside = _is_outside(pl.col("started_on"), definition.in_force_from, definition.in_force_to)
        _say(own.filter(outside), "SL-INT-051", _in_force(definition), format, report)
        _say_ages(own, name, definition, format, report)


def _born(people: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The day each person was born, where it is known to the day and told in one way."""
    if not people:
        return pl.DataFrame(schema={"local_id": pl.String, "born": pl.Date})
    told = pl.concat(people, how="vertical").filter(~pl.col("date_of_birth_precision").is_in(["month", "year"]).fill_null(value=False))
    days = told.filter(pl.col("date_of_birth").is_not_null()).group_by("local_id", maintain_order=True)
    found = days.agg(pl.col("date_of_birth").min().alias("born"), pl.col("date_of_birth").n_unique().alias("ways"))
    return found.filter(pl.col("ways") == 1).select("local_id", "born")


def _say_ages(own: pl.DataFrame, name: str, definition: SourceDefinition, format: Format, report: Report) -> None:
    if (definition.ages_from is None and definition.ages_to is None) or not own.height:
        return
    exact = ~pl.col("started_on_precision").is_in(["month", "year"]).fill_null(value=False)
    known = own.filter(pl.col("born").is_not_null() & pl.col("started_on").is_not_null() & exact)
    if known.height < own.height:
        unknown = own.height - known.height
        why = f"for {unknown} of its {own.height} flags the day of birth or the first day is not known"
        report.not_checked.append(NotChecked(f"the ages for which flags of “{name}” are used", why))
    began, born = pl.col("started_on"), pl.col("born")
    wrong = pl.lit(value=False)
    if definition.ages_from is not None:
        wrong |= began < born.dt.offset_by(f"{definition.ages_from}y")
    if definition.ages_to is not None:
        wrong |= began >= born.dt.offset_by(f"{definition.ages_to + 1}y")
    _say(known.filter(wrong), "SL-INT-053", _ages(definition), format, report)


def _is_outside(day: pl.Expr, first: date | None, last: date | None) -> pl.Expr:
    """Whether a flag began before its definition was in force, or after it had ceased to be."""
    before = day < pl.lit(first) if first is not None else pl.lit(value=False)
    after = day > pl.lit(last) if last is not None else pl.lit(value=False)
    return (before | after).fill_null(value=False)


def _in_force(definition: SourceDefinition) -> str:
    first, last = definition.in_force_from, definition.in_force_to
    return " ".join([*([f"from {first:%d/%m/%Y}"] if first else []), *([f"until {last:%d/%m/%Y}"] if last else [])])


def _ages(definition: SourceDefinition) -> str:
    first, last = definition.ages_from, definition.ages_to
    if first is None:
        return f"an age of {last} at most"
    return f"an age of {first} at least" if last is None else f"an age from {first} to {last}"


def _say(rows: pl.DataFrame, code: str, expected: str, format: Format, report: Report) -> None:
    for source, own in rows.group_by("source_file", maintain_order=True):
        file, _, sheet = str(source[0]).partition(", ")
        markers = sorted({str(marker) for marker in own["flag"].drop_nulls()})
        # A marker may be somebody's free text; one that only one person has is quoted only if it looks like a code or is a common one.
        common = {code for codes in format.codes.values() for code in codes.values}
        shown = [marker for marker in markers if marker in common]
        shown += quotable_codes([marker for marker in markers if marker not in common], own["flag"].to_list(), own["local_id"].to_list())
        report.add(
            code,
            Place(file=file, sheet=sheet or None),
            rows=own.height,
            examples=own["source_row"].head(EXAMPLES).to_list(),
            values=shown,
            expected=expected,
            markers=in_words(shown, len(markers) - len(shown)),
            mapping=format.mapping_version,
        )
