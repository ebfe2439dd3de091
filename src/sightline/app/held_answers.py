"""Answers to what somebody asked of a table, as files: each number put under the name that the table's own file gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sightline.disclosure.blackbox.held import HeldRatio
from sightline.disclosure.blackbox.held_cubes import names_in
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.crossed import told_of
from sightline.model.cubes import Axis, ReleasedTable
from sightline.model.figures import Ratio

_ALL = "all"
_PERCENT = 100
Row = Mapping[str, Any]


@dataclass
class Answers:
    """Numbers and percentages of answers; ``unplaced`` are of no table at hand, or of several codes added up."""

    numbers: dict[Name, int | None] = field(default_factory=dict)
    ratios: list[HeldRatio] = field(default_factory=list)
    unplaced: int = 0


@dataclass(frozen=True)
class _Places:
    """Where the numbers of answers stand in one table."""

    table: ReleasedTable
    counted_in_children: frozenset[str]

    @cached_property
    def _by_title(self) -> dict[str, Axis]:
        return {title: axis for axis in self.table.axes for _, title in axis.ways}

    def name(self, row: Row, *, rows: str, columns: str) -> Name | None:
        """The name of one number, by a code of its rows and one of its columns."""
        asked, codes = (row["indicator"], row["period"]), self._filters(row["only"])
        if asked not in self.table.atoms or codes is None:
            return None
        for title, code in ((row["rows"], rows), (row["columns"], columns)):
            if code != _ALL:
                axis = self._by_title.get(title)
                if axis is None or code not in axis.codes or axis.id in codes:
                    return None
                codes[axis.id] = code
        told = tuple(axis.told(codes[axis.id]) for axis in self.table.axes if axis.id in codes)
        names = names_in(self.table, asked, self.counted_in_children)
        return dict(zip(told_of(self.table.axes), names, strict=True)).get(told)

    def _filters(self, only: str) -> dict[str, str] | None:
        """Axis → the one code that a filter leaves; None where it leaves several, whose sum is no number of the table."""
        found: dict[str, str] = {}
        for part in only.split("; ") if only else ():
            title, _, words = part.partition(": ")
            axis = next((each for each in self.table.axes if each.title.lower() == title), None)
            code = next((each for each in axis.codes if axis.words(each) == words), None) if axis else None
            if axis is None or code is None:
                return None
            found[axis.id] = code
        return found


def hold_answers(rows: Iterable[Row], tables: Iterable[ReleasedTable], counted_in_children: frozenset[str]) -> Answers:
    """The numbers of one file of answers, by the names that the cells of their table have.

    Args:
        rows: As `publish.asked_table` writes them.
        tables: Those whose files are at hand: without them nobody can tell which numbers answers are made of.
        counted_in_children: Indicators whose figures count children.
    """
    places = {table.id: _Places(table, counted_in_children) for table in tables}
    found = Answers()
    for row in rows:
        of = places.get(row["table"])
        name = of.name(row, rows=row["row"], columns=row["column"]) if of else None
        number = _number(row["count"])
        if of is None or name is None or number is None:
            found.unplaced += 1
            continue
        found.numbers[name] = number
        sides = {"row": (row["row"], _ALL), "column": (_ALL, row["column"])}.get(row["percent_of"])
        whole = of.name(row, rows=sides[0], columns=sides[1]) if sides else None
        if whole is not None and _is_decimal(row["percent"]):
            found.ratios.append(HeldRatio(name, whole, Ratio(float(row["percent"]), _PERCENT)))
    return found


def _number(written: str) -> int | None:
    """A number of an answer; the smallest ones share a band with none, however wide it is."""
    if written.isdigit():
        return int(written)
    first, _, last = written.partition("-")
    return 0 if first == "0" and last.isdigit() else None


def _is_decimal(written: str) -> bool:
    return written.replace(".", "", 1).isdigit()
