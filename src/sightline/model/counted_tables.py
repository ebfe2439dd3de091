"""The true counts of the tables of analyses.

They never reach `publish`, a page or a report: `disclosure` turns them into what may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountedRow:
    """One true count of a table.

    ``categories`` holds a code for each dimension; in a table of sets, the members of exactly this set. ``count`` counts what the table
    counts, ``contributors`` the distinct people behind it, ``out_of`` what it is a part of (None: of nothing).
    """

    categories: Codes
    count: int
    contributors: int
    out_of: int | None = None
    median: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    valued: int = 0
    """The distinct people behind the median: not everything counted has a value."""
    low: int | None = None
    high: int | None = None
    """The range that linkage leaves the count; None: not worked out."""


@dataclass(frozen=True, slots=True)
class CountedTable:
    """One table counted: every combination of its categories in order, ``total``, and ``margins`` of the ``leading`` dimensions.

    Tables of one ``source`` count the same things by other dimensions, so equal cells of two such tables are one number. ``out_source``
    says the same of what rows are out of, and ``out_places`` which dimensions that tells apart. Of sets, ``margins`` are each member's own
    total.
    """

    id: str
    dimensions: tuple[str, ...]
    source: str
    total: CountedRow
    rows: tuple[CountedRow, ...]
    margins: tuple[CountedRow, ...] = ()
    leading: int = 0
    out_source: str = ""
    out_places: tuple[int, ...] = ()
    per: int | None = None
    value: str | None = None
    is_of_sets: bool = False
    is_of_pairs: bool = False
    is_compared: bool = False
    is_expected: bool = False
    is_of_flows: bool = False
    """From one agency, authority or stage to another: small ones are not shown at all."""
    only_shown: bool = False


@dataclass(frozen=True, slots=True)
class CountedAnalysis:
    """The counted tables of one analysis, and by table why it could not be counted."""

    id: str
    tables: tuple[CountedTable, ...]
    reasons: dict[str, str] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By table, the agencies that feed it and whose returns for the headline quarter are not in."""
    categories: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """By table and dimension (``table.dimension``), codes and words in order."""
