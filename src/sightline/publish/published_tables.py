"""Read tables that the Department for Education publishes: typed figures, every symbol with its meaning, never 0 for what is not known.

Their figures are already safe to show: the publisher has suppressed what had to be. They are therefore shown as published.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sightline.definitions.published import PublishedCatalogue, PublishedTable
from sightline.errors import InputRefused, Place
from sightline.model.figures import NotAvailable, Released, Shown

ENGLAND = ("National", "England")
GEOGRAPHY = ("time_period", "geographic_level", "region_name", "new_la_code", "la_name")
WHERE_PUBLISHED = (
    "The tables are published at explore-education-statistics.service.gov.uk (Children in need); put the CSV files in one folder."
)
PlaceName = tuple[str, str]
"""Level (National, Regional, Local authority) and name."""


@dataclass(frozen=True, slots=True)
class Area:
    """A local authority as the tables name it; an authority that was replaced keeps its name under each code it had."""

    name: str
    code: str
    region: str


@dataclass(frozen=True)
class Table:
    """One published table: cells as printed, by place and year."""

    definition: PublishedTable
    file: str
    rows: Mapping[tuple[PlaceName, int], Mapping[str, str]]
    symbols: Mapping[str, str]

    @cached_property
    def years(self) -> list[int]:
        return sorted({year for _, year in self.rows})

    @cached_property
    def _years_by_place(self) -> Mapping[PlaceName, list[int]]:
        found: dict[PlaceName, list[int]] = {}
        for place, year in sorted(self.rows):
            found.setdefault(place, []).append(year)
        return found

    def years_of(self, place: PlaceName) -> list[int]:
        """Years for which the table has a row for a place."""
        return self._years_by_place.get(place, [])

    def figure(self, place: PlaceName, year: int, column: str) -> Shown:
        """A figure, or the reason why there is none.

        Raises:
            InputRefused: If the cell is neither a number nor a symbol the publisher uses.
        """
        row = self.rows.get((place, year))
        if row is None:
            return NotAvailable("no figure published")
        return shown(row[column], self.symbols, place=Place(file=self.file, column=column))


def shown(cell: str, symbols: Mapping[str, str], *, place: Place) -> Shown:
    """A printed cell as a figure: a number, or what its symbol means.

    >>> shown("1,896", {}, place=Place())
    Released(value=1896)
    >>> shown("[c]", {"c": "suppressed"}, place=Place())
    NotAvailable(reason='suppressed')

    Raises:
        InputRefused: If it is neither.
    """
    text = cell.strip()
    symbol = text.strip("[]").lower()
    if symbol in symbols:
        return NotAvailable(symbols[symbol])
    if not text:
        return NotAvailable("not given")
    try:
        return Released(round(float(text.replace(",", ""))))
    except (ValueError, OverflowError) as problem:
        raise InputRefused(
            "A value is neither a number nor a symbol that the publisher uses.",
            place=place,
            hint=f"Symbols are {', '.join(symbols)}. Download the table again rather than mending it by hand.",
        ) from problem


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _year(text: str) -> int | None:
    """The year in which a reporting year ends: 2024 and 202324 are the same."""
    match = re.fullmatch(r"(\d{4})(\d{2})?", text.strip())
    if not match:
        return None
    start = int(match[1])
    return start + 1 if match[2] else start


def header_of(content: bytes) -> list[str]:
    """The column names of a CSV file; empty if it has no first line."""
    first = _decoded(content[:20_000]).splitlines()[:1]
    return [name.strip() for name in next(csv.reader(first, delimiter=_delimiter(first[0])), [])] if first else []


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def recognise(header: Sequence[str], catalogue: PublishedCatalogue) -> PublishedTable | None:
    """Which of the catalogue's tables has these columns."""
    names = {name.casefold() for name in header}
    return next((t for t in catalogue.tables if all(column.casefold() in names for column in t.recognised_by)), None)


def read_table(content: bytes, *, file: str, definition: PublishedTable, catalogue: PublishedCatalogue) -> Table:
    """Read one table.

    Raises:
        InputRefused: If columns the profile needs are not there, or a line has no year or another number of values than the header.
    """
    lines = _decoded(content).splitlines()
    header = header_of(content)
    names = {name.casefold(): name for name in header}
    geography = GEOGRAPHY[:2] if definition.national_only else GEOGRAPHY
    own = catalogue.columns_of(definition.id) or definition.recognised_by
    lacking = [column for column in (*geography, *own) if column.casefold() not in names]
    if lacking:
        raise InputRefused(
            f'This looks like the table "{definition.title}", and lacks {len(lacking)} of its columns: {", ".join(lacking)}.',
            place=Place(file=file),
            hint=WHERE_PUBLISHED,
        )
    wanted = {column: header.index(names[column.casefold()]) for column in (*geography, *own)}
    rows = dict(_rows(lines, len(header), wanted, file=file))
    if not rows:
        raise InputRefused(f'The table "{definition.title}" has no rows.', place=Place(file=file), hint=WHERE_PUBLISHED)
    return Table(definition, file, rows, catalogue.symbols)


def _rows(
    lines: list[str], width: int, wanted: Mapping[str, int], *, file: str
) -> Iterator[tuple[tuple[PlaceName, int], Mapping[str, str]]]:
    for number, cells in enumerate(csv.reader(lines[1:], delimiter=_delimiter(lines[0])), 2):
        if not any(cells):
            continue
        row = {column: cells[index] for column, index in wanted.items()} if len(cells) == width else {}
        year = _year(row.get("time_period", ""))
        if year is None:
            raise InputRefused(
                "A line has another number of values than the header, or no year.",
                place=Place(file=file, line=number),
                hint=WHERE_PUBLISHED,
            )
        place = _place(row)
        if place is not None:
            yield (place, year), row


def _place(row: Mapping[str, str]) -> PlaceName | None:
    """The place of a row; None for levels the profile does not use."""
    match row["geographic_level"].strip().casefold():
        case "national":
            return ENGLAND
        case "regional":
            return ("Regional", row.get("region_name", "").strip())
        case "local authority":
            return ("Local authority", row.get("la_name", "").strip())
    return None


def areas_of(table: Table) -> list[Area]:
    """Every local authority of a table, in order of name, with its newest code and region."""
    newest: dict[str, Area] = {}
    for ((level, name), _), row in sorted(table.rows.items(), key=lambda item: item[0][1]):
        if level == "Local authority":
            newest[name] = Area(name, row["new_la_code"].strip(), row["region_name"].strip())
    return [newest[name] for name in sorted(newest)]


def simple_name(name: str) -> str:
    """A name without what people write differently.

    >>> simple_name("Redcar & Cleveland Council") == simple_name("redcar and cleveland")
    True
    >>> simple_name("Bristol, City of")
    'bristol'
    """
    words = re.sub(r"[^a-z0-9 ]", " ", name.casefold().replace("&", " and ").replace("'", "").replace("’", ""))
    text = f" {' '.join(words.split())} "
    for extra in (
        " city of ",
        " county of ",
        " london borough of ",
        " royal borough of ",
        " borough council ",
        " city council ",
        " county council ",
        " council ",
    ):
        text = text.replace(extra, " ")
    return text.strip() or words.strip()
