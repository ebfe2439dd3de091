"""Analyses of a release: tables that answer one question together, as they may be shown, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sightline.model.figures import Median, NotAvailable, Range, Ratio, Released, Shown, Withheld

Category = tuple[str, str]
"""Code and words."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a table is laid out by, with its categories in their own order."""

    id: str
    title: str
    categories: tuple[Category, ...]

    def label(self, code: str) -> str:
        """The words for a code; the code itself when it has none."""
        return dict(self.categories).get(code, code)


@dataclass(frozen=True, slots=True)
class RateRatio:
    """How many times a rate or share is that of those it is held beside, with its interval; ``words`` say it.

    ``words``: "higher", "lower" or "no clear difference".
    """

    value: float
    low: float
    high: float
    words: str

    def __str__(self) -> str:
        return f"{self.value:.1f} times ({self.low:.1f} to {self.high:.1f}), {self.words}"


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """One row as it may be shown. ``categories`` holds a code for each dimension; in a table of sets, the members of exactly this set.

    ``out_of``, ``ratio``, ``median``, ``beside`` and ``expected`` are None where the table has no such column. ``expected`` is what the
    count would be at the common rate of the whole table.
    """

    categories: tuple[str, ...]
    count: Shown
    out_of: Shown | None = None
    ratio: Ratio | Withheld | NotAvailable | None = None
    median: Median | Withheld | NotAvailable | None = None
    beside: RateRatio | Withheld | None = None
    expected: Released | Withheld | None = None
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far two agencies mark the same children, among those whom both know; None: cannot be told from what is shown.

    ``jaccard`` is the share of children marked by either whom both marked; ``kappa`` agreement beyond chance, with its interval.
    """

    first: str
    second: str
    jaccard: float | None
    kappa: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class AnalysisTable:
    """One table. ``rows`` are every combination of the dimensions' categories; those withheld are left out where ``only_shown``.

    ``total`` is of the whole table, ``margins`` of its leading dimensions. ``out_of`` says in words what ratios are out of, ``value`` what
    medians are measured in, ``compared`` whom a row is held beside. ``agencies_missing`` feed the table, and sent nothing for the headline
    quarter; records of ``agencies_not_linked`` are in it, and are linked with nobody else's. ``not_available`` says why there is nothing to
    show; there are no rows then.
    """

    id: str
    title: str
    says: str
    unit: str
    chart: str
    dimensions: tuple[Dimension, ...]
    total: Shown
    rows: tuple[AnalysisRow, ...]
    margins: tuple[AnalysisRow, ...] = ()
    only_shown: bool = False
    out_of: str | None = None
    per: int | None = None
    value: str | None = None
    compared: str | None = None
    agreement: tuple[PairAgreement, ...] = ()
    agencies_missing: tuple[str, ...] = ()
    not_available: str | None = None
    sql: str = ""
    lineage: tuple[str, ...] = ()
    in_one: tuple[str, ...] = ()
    """Dimensions in which each that is counted stands in exactly one row."""
    in_several: tuple[str, ...] = ()
    """Dimensions in which one may stand in more than one row."""
    flows: bool = False
    """Whether rows go from one agency, authority or stage to another: those that may be of fewer than ten are not shown."""
    agencies_not_linked: tuple[str, ...] = ()

    def in_rows(self, *dimensions: str) -> str:
        """In how many rows by these dimensions one may stand: ``one``, ``several``, or nothing where that is not told."""
        if any(each in self.in_several for each in dimensions):
            return "several"
        return "one" if dimensions and all(each in self.in_one for each in dimensions) else ""

    def label(self, position: int, code: str) -> str:
        """The words for a code of the dimension at a position."""
        return self.dimensions[min(position, len(self.dimensions) - 1)].label(code)

    def words(self, row: AnalysisRow) -> tuple[str, ...]:
        """A row's categories in words."""
        return tuple(self.label(position, code) for position, code in enumerate(row.categories))

    def row(self, *categories: str) -> AnalysisRow | None:
        """The row of these codes; None where there is none."""
        return next((row for row in self.rows if row.categories == categories), None)


@dataclass(frozen=True, slots=True)
class FlagDefinition:
    """What one agency means by one flag, as its mapping says."""

    agency: str
    agency_name: str
    dataset: str
    flag: str
    title: str
    certainty: str
    exploitation_type: tuple[str, ...]
    threshold: str
    applied_by: str
    applied_when: str
    review: str
    ends: str
    ages: str
    gaps: str
    in_force_from: str
    in_force_to: str
    caveat: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis with the words a reader needs. ``found`` are plain sentences, at most five, made from shown numbers only."""

    id: str
    order: int
    page: str
    title: str
    question: str
    purpose: str
    interpretations: tuple[str, ...]
    lines_of_inquiry: tuple[str, ...]
    caveat: str
    tables: tuple[AnalysisTable, ...]
    definitions: tuple[FlagDefinition, ...] = ()
    found: tuple[str, ...] = ()
    version: str = ""

    def table(self, id: str) -> AnalysisTable:
        """One table by its id.

        Raises:
            KeyError: If the analysis has no such table.
        """
        for table in self.tables:
            if table.id == id:
                return table
        raise KeyError(id)


def analysis_to_json(analysis: Analysis) -> dict[str, Any]:
    """Plain lists, dicts and numbers; a withheld figure stays a word of its own."""
    data = {part.name: getattr(analysis, part.name) for part in fields(analysis)}
    return data | {
        "tables": [_table_to_json(table) for table in analysis.tables],
        "definitions": [asdict(each) for each in analysis.definitions],
    }


def _table_to_json(table: AnalysisTable) -> dict[str, Any]:
    data = {part.name: getattr(table, part.name) for part in fields(table)}
    return data | {
        "dimensions": [[each.id, each.title, [list(pair) for pair in each.categories]] for each in table.dimensions],
        "total": _to_json(table.total),
        "rows": [_row_to_json(row) for row in table.rows],
        "margins": [_row_to_json(row) for row in table.margins],
        "agreement": [asdict(pair) for pair in table.agreement],
    }


_ROW = ("count", "out_of", "ratio", "median", "beside", "expected", "range")


def _row_to_json(row: AnalysisRow) -> list[Any]:
    parts = [_to_json(getattr(row, name)) for name in _ROW]
    while parts and parts[-1] is None:
        parts.pop()
    return [list(row.categories), *parts]


def _to_json(shown: Shown | Ratio | Median | RateRatio | Range | None) -> Any:
    match shown:
        case None:
            return None
        case Released(value):
            return value
        case NotAvailable(reason):
            return {"not_available": reason}
        case Ratio() | Median() | RateRatio() | Range():
            return {type(shown).__name__: [getattr(shown, part.name) for part in fields(shown)]}
        case _:
            return {"withheld": True}


_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Ratio, Median, RateRatio, Range)}


def _from_json(data: Any) -> Any:
    match data:
        case None:
            return None
        case int():
            return Released(data)
        case {"withheld": True}:
            return Withheld.WITHHELD
        case {"not_available": reason}:
            return NotAvailable(reason)
        case dict() if len(data) == 1 and next(iter(data)) in _KINDS:
            ((name, parts),) = data.items()
            return _KINDS[name](*parts)
    raise ValueError("not the JSON form of a part of an analysis")


def _row_from_json(data: list[Any]) -> AnalysisRow:
    categories, *parts = data
    return AnalysisRow(tuple(categories), **dict(zip(_ROW, map(_from_json, parts), strict=False)))


def _table_from_json(data: Mapping[str, Any]) -> AnalysisTable:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    given |= {
        "dimensions": tuple(
            Dimension(id, title, tuple((code, words) for code, words in categories)) for id, title, categories in data["dimensions"]
        ),
        "total": _from_json(data["total"]),
        "rows": tuple(map(_row_from_json, data["rows"])),
        "margins": tuple(map(_row_from_json, data["margins"])),
        "agreement": tuple(PairAgreement(**pair) for pair in data["agreement"]),
    }
    return AnalysisTable(**given)


def analysis_from_json(data: Mapping[str, Any]) -> Analysis:
    """The inverse of `analysis_to_json`."""
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    definitions = [{**each, "exploitation_type": tuple(each["exploitation_type"])} for each in data["definitions"]]
    given |= {
        "tables": tuple(map(_table_from_json, data["tables"])),
        "definitions": tuple(FlagDefinition(**each) for each in definitions),
    }
    return Analysis(**given)
