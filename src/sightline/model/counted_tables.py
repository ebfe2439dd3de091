"""The true counts of an analysis's table: they never reach `publish`, a page or a report. `disclosure` turns them into an `AnalysisTable`."""

from __future__ import annotations

from dataclasses import dataclass, field

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountedRow:
    """One true count of a table.

    ``categories`` holds a code for each dimension; in a table of sets, the members of exactly this set. ``count`` counts what the table
    counts, ``contributors`` the distinct people behind it, ``out_of`` what it is a part of (None: of nothing), ``low`` and ``high`` the
    range that linkage leaves it. ``median`` and its interval are of the counted values, None where there were none.
    """

    categories: Codes
    count: int
    contributors: int
    out_of: int | None = None
    median: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class CountedTable:
    """One table counted: every combination of its categories, in order; the ``total`` of all; and the ``margins`` of the first dimension.

    ``first`` says how many of the leading dimensions the margins are of: 0 where there are none.
    """

    id: str
    total: CountedRow
    rows: tuple[CountedRow, ...]
    margins: tuple[CountedRow, ...] = ()
    first: int = 0
    is_of_sets: bool = False


@dataclass(frozen=True, slots=True)
class CountedAnalysis:
    """The counted tables of one analysis, and why the others could not be counted, by table."""

    id: str
    tables: tuple[CountedTable, ...]
    reasons: dict[str, str] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By table, the agencies that feed it and whose returns for the headline quarter are not in."""
    categories: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """By dimension, codes and words, in order."""
