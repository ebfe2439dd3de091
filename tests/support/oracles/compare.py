"""Run measures and their oracles on one world and tell every difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sightline.definitions.indicators import Counted
from sightline.definitions.measures import Measure
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators.people import with_values
from tests.support.invented_world import CATALOGUE
from tests.support.oracles import ORACLES
from tests.support.oracles.base import Rows
from tests.support.random_worlds import World, register_world

LOW = {
    "within_days": 30,
    "within_hours": 24,
    "percent": 50,
    "half_days": 1,
    "kilometres": 2,
    "experiences": 1,
    "signs": 1,
    "forms": 1,
    "others": 1,
}
"""A second value of each parameter beside the catalogue's own: some limits are too far apart for a small world."""


def values_asked(measure: Measure) -> list[dict[str, int]]:
    """The values that indicators give a measure, and low ones."""
    if not measure.parameters:
        return [{}]
    parts = [part for each in CATALOGUE.indicators for part in (each.numerator, each.denominator)]
    asked = {tuple(sorted(part.values.items())) for part in parts if isinstance(part, Counted) and part.measure == measure.name}
    return [*map(dict, sorted(asked)), {name: LOW[name] for name in sorted(measure.parameters)}]


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat()
    return str(cell) if isinstance(cell, date) else round(cell, 6) if isinstance(cell, int | float) else cell


def _told(rows: Rows, columns: Sequence[str]) -> Counter[tuple[Any, ...]]:
    """Rows as a multiset, in which a number is the same to six places."""
    in_order = ([row[name] for name in columns] if isinstance(row, dict) else row for row in rows)
    return Counter(tuple(map(_plain, row)) for row in in_order)


def _named(measure: Measure, row: tuple[Any, ...]) -> str:
    """A row with the names of its columns; one of another length shows as it is."""
    return str(dict(zip(measure.columns, row, strict=True)) if len(row) == len(measure.columns) else row)


class Comparison:
    """Measures beside their oracles, on one engine and world after world; counts what was found, to tell what was never tried."""

    def __init__(self, measures: Iterable[str], *, altered: Mapping[str, str] | None = None) -> None:
        self.measures = [CATALOGUE.measures[name] for name in measures]
        self.derived = {name: None for measure in self.measures for name in measure.derived}
        self.sql = {measure.name: measure.sql for measure in self.measures}
        self.sql |= {name: CATALOGUE.derived[name].sql for name in self.derived} | dict(altered or {})
        self.found: Counter[str] = Counter()

    def differences(self, engine: DuckDBEngine, world: World) -> list[str]:
        """Every measure that answers otherwise than its oracle, with the rows that only one of them gives."""
        register_world(engine, world)
        for name in self.derived:
            engine.materialise(name, self.sql[name])
        return [
            told
            for measure in self.measures
            for values in values_asked(measure)
            if (told := self._difference(engine, world, measure, values))
        ]

    def never_found(self) -> list[str]:
        """Measures that found nothing in any world: nobody knows whether their oracles are right."""
        return [measure.name for measure in self.measures if not self.found[measure.name]]

    def _difference(self, engine: DuckDBEngine, world: World, measure: Measure, values: Mapping[str, int]) -> str | None:
        table = engine.query(with_values(self.sql[measure.name], values))
        answer = _told(zip(*(column.to_pylist() for column in table.columns), strict=True), table.column_names)
        expected = _told(ORACLES[measure.name](world, **values), table.column_names)
        self.found[measure.name] += len(answer)
        if answer == expected:
            return None
        sides = {"only the words": expected - answer, "only the SQL": answer - expected}
        shown = [f"  {side}: {_named(measure, row)} x{times}" for side, told in sides.items() for row, times in told.most_common(6)]
        return "\n".join([f"{measure.name} {dict(values) or ''}", *shown])
