"""Small tables of the common model for tests: a few columns written as text, the rest empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Any

import pyarrow as pa

from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.model.entities import ENTITIES, PERSON_SCHEMA
from sightline.model.periods import Quarter

Rows = Sequence[Mapping[str, Any]]

QUARTER_SCHEMA = pa.schema([("period", pa.string()), ("start_on", pa.date32()), ("end_on", pa.date32())])
POPULATION_SCHEMA = pa.schema(
    [("ward", pa.string()), ("age_band", pa.string()), ("sex", pa.string()), ("ethnicity", pa.string()), ("children", pa.int64())]
)
LISTS = {
    "ward": pa.table(
        {
            "ward": ["W01", "W02"],
            "ward_name": ["Harbour", "Lighthouse"],
            "deprivation": ["1", "3"],
            "council": ["Saltmere Harbour", "Saltmere Downs"],
            "police_force": ["Coastal", "Coastal"],
            "health_footprint": ["North", "South"],
            "region": ["East", "East"],
            "centre_easting": [500_000, 503_000],
            "centre_northing": [300_000, 304_000],
        }
    ),
    "ward_version": pa.table(
        {"ward": ["W01", "W02"], "current_ward": ["W01", "W02"], "valid_from": [None, None], "valid_to": [None, None]},
        schema=pa.schema([("ward", pa.string()), ("current_ward", pa.string()), ("valid_from", pa.date32()), ("valid_to", pa.date32())]),
    ),
    "own_authority": pa.table({"authority": ["999", "Saltmere"]}),
    "agency": pa.table(
        {
            "agency_id": ["csc", "early_help", "youth_justice", "police", "health", "education", "housing"],
            "agency_name": ["Children's social care", "Early help", "Youth justice", "Police", "Health", "Education", "Housing"],
        }
    ),
}
DEFAULT_AGENCY = {
    "involvement": "police",
    "incident": "police",
    "ae_attendance": "health",
    "exclusion": "education",
    "absence": "education",
    "school_spell": "education",
    "early_help_episode": "early_help",
    "intervention": "youth_justice",
    "housing_case": "housing",
}


def measure_schema(entity: str) -> pa.Schema:
    """The columns that a measure sees of an entity."""
    schema = ENTITIES[entity].schema
    return schema.insert(0, pa.field("person_id", pa.string())) if ENTITIES[entity].about_person else schema


def _reader(kind: pa.DataType) -> Callable[[str], Any]:
    readers: list[tuple[Callable[[pa.DataType], bool], Callable[[str], Any]]] = [
        (pa.types.is_date, date.fromisoformat),
        (pa.types.is_timestamp, datetime.fromisoformat),
        (pa.types.is_boolean, {"yes": True, "no": False}.__getitem__),
        (pa.types.is_integer, int),
        (pa.types.is_floating, float),
    ]
    return next((read for is_kind, read in readers if is_kind(kind)), str)


def value(text: Any, kind: pa.DataType) -> Any:
    """Read a cell written as text; an empty one is null."""
    if not isinstance(text, str):
        return text
    return None if text.strip() in {"", "-"} else _reader(kind)(text.strip())


def drawn(text: str) -> list[dict[str, str]]:
    """Read a table drawn in text: a header line, then rows, columns separated by |."""
    lines = [line.strip().strip("|") for line in text.strip().splitlines() if line.strip()]
    header = [cell.strip() for cell in lines[0].split("|")]
    return [dict(zip(header, (cell.strip() for cell in line.split("|")), strict=True)) for line in lines[1:]]


def table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    filled = [{field.name: value(row.get(field.name), field.type) for field in schema} for row in rows]
    return pa.Table.from_pylist(filled, schema=schema)


def precisions(entity: str) -> dict[str, str]:
    """How exact dates are unless a test says otherwise: days to the day, moments to the minute."""
    columns = ENTITIES[entity].columns
    names = {column.name for column in columns}
    return {
        f"{column.name}_precision": "minute" if pa.types.is_timestamp(column.type) else "day"
        for column in columns
        if f"{column.name}_precision" in names
    }


def entity_table(entity: str, rows: Rows) -> pa.Table:
    """An entity's table; ids that are not given are made from the row's place, the agency is the usual one."""
    agency = DEFAULT_AGENCY.get(entity, "csc")
    id_column = ENTITIES[entity].id_column
    given = [
        {id_column: f"{entity}-{place:04}", "agency_id": agency, "dataset": agency} | precisions(entity) | dict(row)
        for place, row in enumerate(rows)
    ]
    return table(given, measure_schema(entity))


def quarters_table(quarters: Iterable[Quarter]) -> pa.Table:
    return table([{"period": str(quarter), "start_on": quarter.start, "end_on": quarter.end} for quarter in quarters], QUARTER_SCHEMA)


_NOT_ENTITIES = {"person": PERSON_SCHEMA, "population": POPULATION_SCHEMA}


def _all_tables(tables: Mapping[str, Rows], quarters: Iterable[Quarter]) -> dict[str, pa.Table]:
    """Every table that measures may read; those not given are empty."""
    given = {entity: entity_table(entity, tables[entity]) for entity in ENTITIES if tables.get(entity)}
    given |= {name: table(tables[name], schema) for name, schema in _NOT_ENTITIES.items() if tables.get(name)}
    return _nothing() | given | {"quarter": quarters_table(quarters)}


@cache
def _nothing() -> dict[str, pa.Table]:
    """Every table as it is where nothing is given."""
    entities = {entity: entity_table(entity, ()) for entity in ENTITIES}
    return entities | {name: table((), schema) for name, schema in _NOT_ENTITIES.items()} | {"quarter": quarters_table(())} | LISTS


def register_all(engine: Engine, tables: Mapping[str, Rows], *, quarters: Iterable[Quarter]) -> None:
    """Register every table that measures may read; those not given are empty."""
    for name, made in _all_tables(tables, quarters).items():
        engine.register_table(name, made)


class _KeptEngine(DuckDBEngine):
    """An engine that can be left as it was found: everything empty, nothing else on it."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.changed: dict[str, str] = {}
        register_all(self, {}, quarters=())
        self.changed.clear()

    def register_table(self, name: str, table: pa.Table) -> None:
        self.changed[name] = "view"
        super().register_table(name, table)

    def create_view(self, name: str, sql: str) -> None:
        self.changed[name] = "view"
        super().create_view(name, sql)

    def materialise(self, name: str, sql: str) -> None:
        self.changed[name] = "table"
        super().materialise(name, sql)

    def empty(self) -> None:
        for name, kind in list(self.changed.items()):
            if name in _nothing():
                self.register_table(name, _nothing()[name])
            else:
                self.connection.execute(f'drop {kind} if exists "{name}"')
        self.changed.clear()


_KEPT: list[_KeptEngine] = []


@contextmanager
def engine_with(tables: Mapping[str, Rows], *, quarters: Iterable[Quarter]) -> Iterator[DuckDBEngine]:
    """An engine that holds every table that measures may read, for as long as it is asked.

    Opening one and registering fifty empty tables takes ten times as long as most of what tests ask of it. So one is kept: it gets the
    tables that are given, and is emptied afterwards.
    """
    engine = _KEPT.pop() if _KEPT else _KeptEngine()
    for name, made in _all_tables(tables, quarters).items():
        if made is not _nothing()[name]:
            engine.register_table(name, made)
    yield engine
    # Only after a test that passed: a failed query may have left anything on it.
    engine.empty()
    _KEPT.append(engine)
