"""Run measures and their oracles on random worlds and tell every difference, in the smallest world that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from hypothesis import Phase, given, settings

from sightline.definitions.indicators import Counted
from sightline.definitions.measures import Measure
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators.people import with_values
from tests.support.invented_world import CATALOGUE
from tests.support.oracles import ORACLES
from tests.support.oracles.base import Rows
from tests.support.random_worlds import World, register_world, smallest, worlds

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


def _told(rows: Rows, columns: Sequence[str]) -> set[tuple[Any, ...]]:
    """What a measure tells: each thing once, a number to six places, and nothing without a day, which counts in no quarter."""
    in_order = (tuple(row[name] for name in columns) if isinstance(row, dict) else row for row in rows)
    day = columns.index("happened_on") if "happened_on" in columns else None
    return {tuple(map(_plain, row)) for row in in_order if day is None or row[day] is not None}


def _named(measure: Measure, row: tuple[Any, ...]) -> str:
    """A row with the names of its columns; one of another length shows as it is."""
    return str(dict(zip(measure.columns, row, strict=True)) if len(row) == len(measure.columns) else row)


class Comparison:
    """Measures beside their oracles, on one engine and world after world; counts what was found, to tell what was never tried."""

    def __init__(self, measures: Iterable[str], *, altered: Mapping[str, str] | None = None) -> None:
        self.measures = [CATALOGUE.measures[name] for name in measures]
        self.sql = {name: part.sql for name, part in {**CATALOGUE.measures, **CATALOGUE.derived}.items()} | dict(altered or {})
        self.found: Counter[str] = Counter()

    def differences(self, engine: DuckDBEngine, world: World) -> list[str]:
        """Every measure that answers otherwise than its oracle, with the rows that only one of them gives.

        Where any does, only those are asked from then on, in the search for the smallest world in which they do.
        """
        register_world(engine, world)
        for name in dict.fromkeys(name for measure in self.measures for name in measure.derived):
            engine.materialise(name, self.sql[name])
        found = [
            (measure, self._difference(engine, world, measure, values)) for measure in self.measures for values in values_asked(measure)
        ]
        if differing := [measure for measure, told in found if told is not None]:
            self.measures = list(dict.fromkeys(differing))
        return [told for _, told in found if told is not None]

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
        shown = [f"  {side}: {_named(measure, row)}" for side, told in sides.items() for row in sorted(told, key=repr)[:6]]
        return "\n".join([f"{measure.name} {dict(values) or ''}", *shown])


def compare_all(measures: Iterable[str], *, examples: int) -> None:
    """Hold measures to their oracles in so many worlds.

    Raises:
        AssertionError: If one answers otherwise than its oracle anywhere, or finds nothing in any world.
    """
    compared = Comparison(measures)
    with DuckDBEngine(threads=1) as engine:

        @settings(max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
        @given(world=worlds())
        def in_every_world(world: World) -> None:
            if compared.differences(engine, world):
                world = smallest(world, lambda smaller: bool(compared.differences(engine, smaller)))
                raise AssertionError("\n".join([*compared.differences(engine, world), repr(world)]))

        in_every_world()
    assert compared.never_found() == [], "nobody knows whether their oracles are right"
