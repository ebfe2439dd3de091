"""Count one indicator on small drawn tables: what the spec tests of indicators share.

The quarter is January to March 2026 and children were born in May 2012 (aged 13), unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa

from sightline.definitions.catalogue import load_catalogue
from sightline.indicators import Scope, cells_from_table, count_indicators
from sightline.indicators.people import with_values
from sightline.model.figures import Absent, Cell
from sightline.model.periods import Quarter
from tests.support.tables import Rows, drawn, engine_with

CATALOGUE = load_catalogue()
QUARTER = Quarter(2026, 1)
RESIDENTS = """
    ward | age_band | sex    | ethnicity | children
    W01  | 0-9      | female | white     | 500
    W01  | 13-15    | female | white     | 200
    W02  | 16-17    | male   | asian     | 100
"""


class Answer(NamedTuple):
    count: int
    out_of: int | None
    children: int


def everybody_in(tables: Mapping[str, str]) -> list[dict[str, str]]:
    """A person for everybody whom the tables name: girls of 13 who live in the first ward."""
    names = sorted({row["person_id"] for text in tables.values() for row in drawn(text) if "person_id" in row})
    return [{"person_id": name, "birth_month": "2012-05-01", "ward": "W01", "sex": "female", "ethnicity": "white"} for name in names]


@lru_cache(maxsize=8)
def _cells(indicator: str, quarter: Quarter, tables: tuple[tuple[str, str], ...]) -> dict[tuple[str, str], Cell | Absent]:
    rows = {name: drawn(text) for name, text in {"population": RESIDENTS, **dict(tables)}.items()}
    rows.setdefault("person", everybody_in(dict(tables)))
    with engine_with(rows, quarters=[quarter]) as engine:
        cells = cells_from_table(count_indicators(engine, CATALOGUE.alone(CATALOGUE.indicator(indicator)), Scope((quarter,))))
    return {(cell.breakdown, cell.category): cell for cell in cells}


def cell_of(indicator: str, *, by: str = "all", category: str = "all", quarter: Quarter = QUARTER, **tables: str) -> Cell:
    """The cell of one category; the tables are drawn in text, those not given are empty."""
    cell = _cells(indicator, quarter, tuple(sorted(tables.items())))[by, category]
    assert isinstance(cell, Cell)
    return cell


def counted(indicator: str, *, by: str = "all", category: str = "all", quarter: Quarter = QUARTER, **tables: str) -> Answer:
    """What was counted, out of how much, and how many children are behind it."""
    cell = cell_of(indicator, by=by, category=category, quarter=quarter, **tables)
    return Answer(cell.numerator, cell.denominator, cell.contributors)


def median_of(indicator: str, *, by: str = "all", category: str = "all", quarter: Quarter = QUARTER, **tables: str) -> float | None:
    """The median of what was measured."""
    return cell_of(indicator, by=by, category=category, quarter=quarter, **tables).median


def found_by(
    measure: str,
    tables: Mapping[str, Rows],
    *,
    quarters: Sequence[Quarter] = (QUARTER,),
    wards: pa.Table | None = None,
    **values: int,
) -> list[dict[str, Any]]:
    """The rows that a measure (or a derived table) answers with on these rows; entities that are not given are empty.

    Everybody whom the rows name is a girl of 13, unless ``person`` is given.
    """
    chosen = CATALOGUE.measures.get(measure) or CATALOGUE.derived[measure]
    names = {str(row["person_id"]) for rows in tables.values() for row in rows if "person_id" in row}
    people = tables.get("person", [{"person_id": name, "birth_month": date(2012, 5, 1), "sex": "female"} for name in sorted(names)])
    with engine_with({**tables, "person": people}, quarters=quarters) as engine:
        if wards is not None:
            engine.register_table("ward", wards)
        for name in chosen.derived:
            engine.materialise(name, CATALOGUE.derived[name].sql)
        return engine.query(with_values(chosen.sql, values)).to_pylist()
