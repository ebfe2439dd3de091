"""The invented partnership read by the intake and joined by the truth: what its indicators and analyses can be held to, without a ledger.

Only the returns that a test names are read; people are who they truly are, so that what is found or missed is not linkage's doing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from sightline.app.geography import file_names, read_places
from sightline.definitions.formats import load_format, load_mapping
from sightline.definitions.partnership import load_partnership
from sightline.engine.duckdb import DuckDBEngine
from sightline.intake import read_apart
from sightline.model.entities import ENTITIES, PERSON_SCHEMA
from sightline.model.periods import Quarter, quarters_between
from sightline.privacy.pseudonyms import identity_id, pseudonymise
from tests.support.tables import measure_schema, quarters_table

KEY = b"a key for tests of Saltmere"
DEFINED = Path(__file__).parents[2] / "src/sightline/catalogue/partnerships/saltmere"


@dataclass(frozen=True)
class ReadReturn:
    """One return as it was read: its entities' tables, with keyed ids."""

    agency: str
    dataset: str
    period: str
    version: int
    tables: dict[str, pa.Table]


def read_returns(folder: Path, wanted: Iterable[tuple[str, str, str, int]]) -> list[ReadReturn]:
    """Read some returns (agency, dataset, period, version) of a partnership invented under ``folder``."""
    partnership = load_partnership(DEFINED)
    found = []
    for agency, dataset, period, version in wanted:
        defined = partnership.agency(agency).dataset(dataset)
        mapping = load_mapping(DEFINED / defined.mapping) if defined.mapping else load_format(str(defined.format))
        files = sorted((folder / "extracts" / period / agency / dataset / f"v{version}").iterdir())
        result = read_apart(files, mapping=mapping, period=Quarter.parse(period), agency=agency, dataset=dataset)
        assert not result.refused, (agency, dataset, period, result.findings)
        tables = {name: table for name, table in result.tables.items() if name in ENTITIES}
        found.append(ReadReturn(agency, dataset, period, version, pseudonymise(tables, key=KEY, agency=agency)))
    return found


def engine_of(folder: Path, returns: Iterable[ReadReturn]) -> DuckDBEngine:
    """An engine that holds the last version of each return, the true people and the geography; the caller closes it."""
    engine = DuckDBEngine()
    person_of = _true_people(folder)
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for each in returns:
        for name, table in each.tables.items():
            parts[name].append(_as_measures_see(ENTITIES[name], table, each, person_of))
    for name in ENTITIES:
        schema = measure_schema(name)
        held = pa.concat_tables(parts[name]) if parts[name] else schema.empty_table()
        id_column = pl.DataFrame(held).lazy()
        current = id_column.unique(ENTITIES[name].id_column, keep="last", maintain_order=True).collect() if held.num_rows else None
        engine.register_table(name, held if current is None else current.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema))
    partnership = load_partnership(DEFINED)
    places = read_places({part: folder / "geography" / name for part, name in file_names(partnership.geography).items()})
    engine.register_table("person", _person_table(folder))
    engine.register_table("population", places.population)
    engine.register_table("ward", places.wards)
    engine.register_table("ward_version", places.ward_versions)
    engine.register_table("quarter", quarters_table(quarters_between(partnership.first_period, Quarter(2026, 1))))
    agencies = partnership.agencies
    engine.register_table("agency", pa.table({"agency_id": [a.id for a in agencies], "agency_name": [a.name for a in agencies]}))
    return engine


def _true_people(folder: Path) -> dict[str, str]:
    identities = pl.read_parquet(folder / "truth" / "identities.parquet")
    return {
        identity_id(local, key=KEY, agency=agency): f"t{person}"
        for agency, local, person in identities.select("agency", "local_id", "person").iter_rows()
    }


def _as_measures_see(entity: Any, table: pa.Table, sent: ReadReturn, person_of: dict[str, str]) -> pa.Table:
    filled: dict[str, Any] = {name: table[name] for name in table.column_names}
    rows = table.num_rows
    if entity.about_person:
        filled["person_id"] = pa.array([person_of[each] for each in table["identity_id"].to_pylist()], pa.string())
    filled |= {"agency_id": pa.repeat(sent.agency, rows), "dataset": pa.repeat(sent.dataset, rows)}
    schema = measure_schema(entity.name)
    return pa.table({field.name: filled.get(field.name, pa.nulls(rows, field.type)) for field in schema}).cast(schema)


def _person_table(folder: Path) -> pa.Table:
    people = pl.read_parquet(folder / "truth" / "people.parquet")
    frame = people.select(
        person_id=pl.format("t{}", "person"),
        birth_month=pl.col("date_of_birth").dt.truncate("1mo"),
        sex="sex",
        ethnicity="ethnicity",
        ward="ward",
        resident_in_area="resident",
    )
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(PERSON_SCHEMA)
