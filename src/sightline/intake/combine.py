"""Put the sheets of one table together, and bring in what other tables of the same return know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from sightline.definitions.derived import inputs_of
from sightline.definitions.mappings import Column, Format, Table
from sightline.intake.causes import Report
from sightline.intake.cells.codes import CodeBook
from sightline.intake.cells.columns import INSTANT, LOCAL, PRECISION
from sightline.intake.headers import pattern
from sightline.intake.sheets import ROW
from sightline.intake.typed import TypedSheet


@dataclass
class Combined:
    """All rows of one table of the return. ``headers`` gives the header of each column in each sheet, for lineage."""

    table_id: str
    table: Table
    frame: pl.DataFrame
    sheets: list[TypedSheet]
    books: dict[str, CodeBook] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    """Columns brought in from another table, and the name of that table."""
    taken_headers: dict[str, str] = field(default_factory=dict)
    """What a reader knows them by: the header that they have there."""
    people_by: tuple[str, str] | None = None
    """The column by which another table, here by its title, tells whose a row is."""

    @property
    def absent(self) -> set[str]:
        """Columns that no sheet has."""
        present = {name for typed in self.sheets for name in typed.sheet.headers}
        return set(self.table.columns) - present

    def columns_behind(self, name: str) -> tuple[str, ...]:
        """The columns of this or another table that fill a column: itself, or those a coalesced or derived one is made from."""
        parts = self.table.coalesce.get(name) or sorted(inputs_of(self.table.derive, [name]) - {name})
        return tuple(dict.fromkeys(one for part in parts for one in self.columns_behind(part))) if parts else (name,)

    def headers_in(self, typed: TypedSheet, name: str) -> tuple[str, ...]:
        """The headers by which a reader of a sheet knows a column; those declared, where the sheet has none of them."""
        behind = self.columns_behind(name)
        found = [typed.sheet.headers[one] for one in behind if one in typed.sheet.headers]
        return tuple(found or dict.fromkeys(header for one in behind for header in self._declared(one)))

    def _declared(self, name: str) -> tuple[str, ...]:
        """The first header a mapping gives a column, here or where it is taken from."""
        column = self.table.columns.get(name)
        if column is None:
            return (self.taken_headers.get(name, name),)
        return (plain_header(column) or name,)


def combine(sheets: list[TypedSheet], format: Format, report: Report) -> dict[str, Combined]:
    """The tables of a return with their looked-up and coalesced columns, in the order the format declares them."""
    tables: dict[str, Combined] = {}
    for table_id, table in format.tables.items():
        own = [typed for typed in sheets if typed.sheet.table_id == table_id]
        if own:
            books = {name: reading.book for name, reading in own[0].readings.items() if reading.book is not None}
            frame = pl.concat([typed.frame for typed in own], how="vertical")
            tables[table_id] = Combined(table_id, table, frame, own, books)
    for combined in tables.values():
        _look_up(combined, tables, format, report)
        _coalesce(combined)
    return tables


def _look_up(combined: Combined, tables: Mapping[str, Combined], format: Format, report: Report) -> None:
    for lookup in combined.table.lookups:
        other = tables.get(lookup.table)
        key, theirs = lookup.on, lookup.to or lookup.on
        wanted = [name for taken in lookup.take for name in (taken, taken + LOCAL, taken + PRECISION, taken + INSTANT)]
        there = format.tables[lookup.table].columns
        combined.taken_headers |= {name: plain_header(there[name]) or name for name in lookup.take if name in there}
        if other is None:
            declared = format.tables[lookup.table]
            combined.frame = combined.frame.with_columns(_blank(name, declared) for name in lookup.take)
            combined.taken |= dict.fromkeys(lookup.take, lookup.table)
            continue
        columns = [name for name in wanted if name in other.frame.columns and name not in combined.frame.columns]
        known = other.frame.filter(pl.col(theirs).is_not_null()).unique(theirs, keep="last", maintain_order=True)
        known = known.select(pl.col(theirs).alias(key), *columns, pl.lit(value=True).alias("__found"))
        joined = combined.frame.join(known, on=key, how="left", maintain_order="left")
        lost = joined.filter(pl.col(key).is_not_null() & pl.col("__found").is_null())
        title = other.table.title or lookup.table
        sources = combined.columns_behind(combined.table.person) if combined.table.person else ()
        if set(sources) & set(lookup.take):
            # Rows that nobody else tells the person of are set aside, and told as that.
            combined.people_by = (key, title)
            own = [name for name in sources if name in combined.frame.columns]
            lost = lost.filter(pl.any_horizontal(pl.lit(value=False), *(pl.col(name).is_not_null() for name in own)))
        if lost.height:
            first = combined.sheets[0].sheet
            header = first.headers.get(key, key)
            report.add("SL-INT-039", first.place(key), rows=lost.height, examples=lost[ROW].head(5).to_list(), column=header, table=title)
        combined.frame = joined.drop("__found")
        combined.taken |= dict.fromkeys(lookup.take, lookup.table)


def plain_header(column: Column) -> str:
    """The first of a column's headers that is no pattern, without the path to it; empty if it has none."""
    plain = (header for header in column.headers if pattern(header) is None)
    return next(plain, "").rsplit("/", 1)[-1]


def _blank(name: str, declared: Table) -> pl.Expr:
    column = declared.columns.get(name)
    kind: dict[str, pl.DataType | type[pl.DataType]] = {
        "date": pl.Date,
        "datetime": pl.Datetime("us"),
        "integer": pl.Int64,
        "number": pl.Float64,
        "boolean": pl.Boolean,
    }
    return pl.lit(None).cast(kind.get(column.type if column else "text", pl.String)).alias(name)


def _coalesce(combined: Combined) -> None:
    for name, parts in combined.table.coalesce.items():
        combined.frame = combined.frame.with_columns(pl.coalesce(pl.col(part).cast(pl.String) for part in parts).alias(name))
