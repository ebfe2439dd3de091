"""What agencies have taken back: a person, an episode or a single record, and with it everything that hangs on it.

A retraction is a row of a later return. Nothing that was accepted changes: the earlier return, the generations with it and their releases
stay as they were. From the next generation on the record is in no current view, and so in no figure.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from sightline.engine import Engine
from sightline.model.entities import ENTITIES, Entity
from sightline.store import Readable

OWNERS = {"incident_reference": "incident", "episode_reference": "missing_episode", "screening_reference": "screening"}
"""References by which records hang on another, and the entity it belongs to: an involvement without its incident says nothing."""

RETRACTED_PEOPLE = "retracted_person"
"""The registered table of people whom an agency has taken back: ``agency_id`` and ``identity_id``."""
_PERSON_SCHEMA = pa.schema([("agency_id", pa.string()), ("identity_id", pa.string())])
_TOLD = pa.schema([*_PERSON_SCHEMA, ("dataset", pa.string()), ("retracted", pa.bool_())])


def owners_first() -> list[Entity]:
    """The entities, those on which others hang before these."""
    owners = set(OWNERS.values())
    return sorted(ENTITIES.values(), key=lambda entity: entity.name not in owners)


def register_retracted_people(engine: Engine, files: Sequence[Readable]) -> None:
    """Register who was taken back by an agency: the newest return of a dataset that tells of the person at all takes them back.

    What one dataset takes back, another that still lists it does not bring back. The identifying table is looked into here, for keyed ids
    alone, and never registered.

    Args:
        engine: Where to register.
        files: The stored identity records, one file for each return, in order of precedence.
    """
    told = [_who_is_told_of(path) for path in files]
    ever = pa.concat_tables([table.filter(pc.field("retracted")) for table in told] or [_TOLD.empty_table()])["identity_id"]
    newest: dict[tuple[str, str, str], bool] = {}
    for table in told if len(ever) else []:
        concerned = table.filter(pc.is_in(table["identity_id"], value_set=ever.combine_chunks()))
        of_return: dict[tuple[str, str, str], bool] = {}
        for row in concerned.to_pylist():
            key = (row["agency_id"], row["identity_id"], row["dataset"])
            of_return[key] = of_return.get(key, False) or bool(row["retracted"])
        newest |= of_return
    gone = sorted({key[:2] for key, retracted in newest.items() if retracted})
    columns = {name: pa.array([key[at] for key in gone], pa.string()) for at, name in enumerate(_PERSON_SCHEMA.names)}
    engine.register_table(RETRACTED_PEOPLE, pa.table(columns, schema=_PERSON_SCHEMA))


def _who_is_told_of(file: Readable) -> pa.Table:
    """Keyed ids in one file of identity records; a file from before records could be taken back takes none back."""
    with parquet.ParquetFile(pa.BufferReader(file) if isinstance(file, pa.Buffer) else os.fspath(file)) as opened:
        if "retracted" not in opened.schema_arrow.names:
            return _TOLD.empty_table()
        return opened.read(columns=_TOLD.names).cast(_TOLD)


def register_retracted_records(engine: Engine, entity: Entity) -> None:
    """Register the references of records that were taken back and of which none is left, once the entity's current rows are there."""
    for reference, owner in OWNERS.items():
        if owner == entity.name:
            engine.materialise(
                _records(reference),
                f"select distinct gone.agency_id, gone.{reference} from {owner}_all as gone"
                f" where gone.retracted and gone.{reference} is not null and not exists ("
                f"select 1 as found from {owner} where {owner}.agency_id = gone.agency_id and {owner}.{reference} = gone.{reference})",
            )


def without_retracted(entity: Entity, current: str) -> str:
    """Give the select statement for the rows of ``current`` that hang on nothing that was taken back."""
    hanging = [(reference, _records(reference)) for reference, owner in OWNERS.items() if owner != entity.name]
    held = {column.name for column in entity.columns}
    keys = [(name, gone) for name, gone in (("identity_id", RETRACTED_PEOPLE), *hanging) if name in held]
    if not keys:
        return current
    conditions = " and ".join(
        f"not exists (select 1 as found from {gone} where {gone}.agency_id = held.agency_id and {gone}.{name} = held.{name})"
        for name, gone in keys
    )
    return f"select held.* from ({current}) as held where {conditions}"


def _records(reference: str) -> str:
    return f"retracted_{reference}"
