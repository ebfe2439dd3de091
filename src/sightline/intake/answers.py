"""A task's answer on its way from the reading process to the parent, and what the parent makes of it: nothing it has not checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, get_type_hints

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from sightline.intake.frames import FrameBroken
from sightline.intake.result import IntakeResult
from sightline.model.entities import ENTITIES, Entity
from sightline.model.identified import IDENTITY_RECORD

LINEAGE_READ = {"local_id": pa.string(), "source_file": pa.string(), "source_row": pa.int64(), "retracted": pa.bool_()}
"""The columns that intake adds to an entity's own."""


@dataclass(frozen=True)
class Answer:
    """What a task says: JSON, and tables."""

    value: dict[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pa.Table] = field(default_factory=dict)


@cache
def _parts() -> dict[str, TypeAdapter[Any]]:
    """Every part of a result but its tables, with the check that its JSON has to pass."""
    hints = get_type_hints(IntakeResult)
    return {part.name: TypeAdapter(hints[part.name]) for part in fields(IntakeResult) if part.name != "tables"}


def from_result(result: IntakeResult) -> Answer:
    """A result as it travels."""
    value = {name: adapter.dump_python(getattr(result, name), mode="json") for name, adapter in _parts().items()}
    return Answer(value, result.tables)


def to_result(answer: Answer) -> IntakeResult:
    """The result an answer holds, each part of it checked.

    Raises:
        FrameBroken: If a part is missing or not of its type, or a table is not of the common model.
    """
    parts = _parts()
    if set(answer.value) != set(parts):
        raise FrameBroken
    for name, table in answer.tables.items():
        check_table(name, table)
    try:
        return IntakeResult(
            tables=dict(answer.tables), **{name: adapter.validate_python(answer.value[name]) for name, adapter in parts.items()}
        )
    except (ValidationError, ValueError) as error:
        raise FrameBroken from error


def check_table(name: str, table: pa.Table) -> None:
    """Check that a table is one of the common model.

    Raises:
        FrameBroken: If it is not.
    """
    entity = IDENTITY_RECORD if name == IDENTITY_RECORD.name else ENTITIES.get(name)
    if entity is None or len(set(table.column_names)) != table.num_columns:
        raise FrameBroken
    types = _types(entity)
    for column in table.schema:
        if column.type != types.get(column.name):
            raise FrameBroken


def _types(entity: Entity) -> dict[str, pa.DataType]:
    return {**LINEAGE_READ, **{column.name: column.type for column in entity.columns}}


def table_bytes(table: pa.Table) -> pa.Buffer:
    """A table as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as writer:
        writer.write_table(table)
    return sink.getvalue()


def table_of(body: bytes) -> pa.Table:
    """The table of an Arrow IPC stream, every value in it looked at (text that is no text, offsets that point outside).

    Raises:
        FrameBroken: If it is none.
    """
    try:
        table = pa.ipc.open_stream(pa.py_buffer(body)).read_all()
        table.validate(full=True)
    except (pa.ArrowException, ValueError, OSError, NotImplementedError) as error:
        raise FrameBroken from error
    return table
