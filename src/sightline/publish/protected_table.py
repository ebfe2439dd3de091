"""A table under a protection profile as files: CSV and JSON for programs, one HTML page for people. The same table, the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sightline.model.exported import harmless_text
from sightline.publish.document import DataTable, Document, Note, Paragraph, Section
from sightline.publish.write_html import write_html

FORMATS = ("html", "csv", "json")
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Row:
    """One cell: code and words for each breakdown ("all" where it is summed over), and the number shown; None: withheld."""

    labels: tuple[tuple[str, str], ...]
    shown: int | None


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule of the profile in words."""

    name: str
    value: str
    source: str
    in_force_from: str


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """What is given out, and everything that a reader must know beside it.

    Args:
        sign: What stands for a withheld number; the public word where the profile names none.
        fewest: A shown 0 reaches up to this less one; 1 where it is none.
        within: No shown number errs by more.
        gaps: Agencies that the numbers lack, or have without links, each with the reason.
    """

    number: int | None
    title: str
    says: str
    unit: str
    partnership: str
    area: str
    period: str
    breakdowns: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    profile: str
    profile_version: str
    tier: str
    sign: str | None
    fewest: int
    within: int
    rules: tuple[RuleText, ...]
    caveat: str
    generation: str
    made_at: str
    gaps: tuple[str, ...] = ()

    def printed(self, row: Row, *, for_programs: bool = False) -> str:
        """A number as it is printed: one sign for withheld, whatever the reason; 0 with what it may stand for."""
        if row.shown is None:
            return self.sign or WITHHELD
        if row.shown == 0 and self.fewest > 1:
            return f"0-{self.fewest - 1}" if for_programs else f"0 to {self.fewest - 1}"
        return str(row.shown) if for_programs else f"{row.shown:,}"

    @property
    def how(self) -> str:
        """How the numbers were made safe, in one or two sentences."""
        if any(rule.name == "base" for rule in self.rules):
            base = next(rule.value for rule in self.rules if rule.name == "base")
            return (
                f"Rounded to {base}; sums agree. Each number lies within {self.within} of the true one, and “0 to {self.fewest - 1}” is "
                "shown alike for none and for a few."
            )
        sign = self.sign or WITHHELD
        rounding = f" Other numbers are rounded and lie within {self.within} of the true ones." if self.within else ""
        return (
            f"“{sign}” stands for every number that is not shown: small ones, and those by which small ones could be worked out.{rounding}"
        )

    def files(self, formats: Sequence[str]) -> dict[str, bytes]:
        """The files of some formats, by name."""
        writers = {"html": self.as_html, "csv": self.as_csv, "json": self.as_json}
        name = f"table-{self.number}" if self.number else "table"
        return {f"{name}.{format}": writers[format]() for format in formats}

    def as_csv(self) -> bytes:
        """One row for each cell: code and words of each breakdown, and the number or its sign."""
        header = [part for column in self.columns for part in (column, f"{column}_words")]
        rows = [
            [part for label in row.labels for part in label] + [self.printed(row, for_programs=True), "; ".join(self.gaps)]
            for row in self.rows
        ]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow((*header, "count", "gaps"))
        writer.writerows([harmless_text(part) for part in row] for row in rows)
        # With a byte order mark: a spreadsheet program otherwise takes a name such as "Zoë" for something else.
        return out.getvalue().encode("utf-8-sig")

    def as_json(self) -> bytes:
        """Everything, with the rules and their sources."""
        told = {name: value for name, value in asdict(self).items() if name != "rows"}
        cells = [
            {
                **{column: label[0] for column, label in zip(self.columns, row.labels, strict=True)},
                "count": self.printed(row, for_programs=True),
            }
            for row in self.rows
        ]
        return json.dumps({**told, "how": self.how, "cells": cells}, ensure_ascii=False, indent=1).encode()

    def as_html(self) -> bytes:
        """One page that needs nothing else."""
        kind = f"table {self.number}" if self.number else "tried, not published"
        rules = tuple((rule.name.replace("_", " "), rule.value, rule.in_force_from, rule.source) for rule in self.rules)
        sections = (
            Section(
                "numbers",
                "The numbers",
                (
                    Paragraph(f"{self.says} {self.period}. Counted: {self.unit}.", lead=True),
                    Note(self.how),
                    *(Note(f"Not complete: {gap}.") for gap in self.gaps),
                    *self._tables(),
                    Paragraph(self.caveat),
                ),
            ),
            Section(
                "rules", "How they were made safe", (DataTable("Rules", ("Rule", "Is", "In force from", "Source"), rules, numbers_from=4),)
            ),
        )
        source = f"{self.partnership}, {kind}, profile {self.profile} (version {self.profile_version}), from {self.generation}."
        return write_html(Document(self.title, f"{self.area}: {', '.join(self.breakdowns) or 'in all'}", self.made_at, source, sections))

    def _tables(self) -> tuple[DataTable, ...]:
        """One table for each combination of breakdowns, the coarsest first."""
        found: dict[tuple[bool, ...], list[Row]] = {}
        for row in self.rows:
            found.setdefault(tuple(label[0] != "all" for label in row.labels), []).append(row)
        return tuple(self._table(used, rows) for used, rows in sorted(found.items(), key=lambda each: (sum(each[0]), each[0])))

    def _table(self, used: tuple[bool, ...], rows: Sequence[Row]) -> DataTable:
        titles = [title for title, is_used in zip(self.breakdowns, used, strict=True) if is_used]
        lines = tuple(
            (*(label[1] for label, is_used in zip(row.labels, used, strict=True) if is_used), self.printed(row))
            if titles
            else ("All", self.printed(row))
            for row in rows
        )
        header = (*titles, "Count") if titles else ("", "Count")
        return DataTable(" by ".join(titles) or "In all", header, lines, numbers_from=len(header) - 1)
