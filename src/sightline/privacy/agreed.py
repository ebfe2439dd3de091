"""Keep of what came in only what was agreed: columns that no agreement lists are emptied before anything is stored, and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from sightline.model.columns import LINEAGE
from sightline.privacy.entities import STORED

_PRECISION = "_precision"
_SECTOR = r"^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9]$"
_EXACT = {"year": ("month", "day", "minute"), "month": ("day", "minute"), "day": ()}


@dataclass(frozen=True, slots=True)
class Kept:
    """The tables as they may be stored, and of each field that was not agreed how many values were dropped."""

    tables: dict[str, pa.Table]
    dropped: dict[str, int]


def keep_agreed(tables: Mapping[str, pa.Table], permits: Callable[[str], bool]) -> Kept:
    """Drop what is not agreed.

    Keyed ids stay, which say that there was a row and whose, and so does what says where a row came from. How exact a date is goes with
    the date. An entity of which nothing is agreed is dropped with all its rows.

    Args:
        tables: Entity → rows as they are about to be stored, already pseudonymised.
        permits: Whether a field, ``entity.column``, is agreed.
    """
    kept, dropped = {}, {}
    for name, came in tables.items():
        entity, table = STORED[name], came
        always = {entity.id_column, "identity_id", *(column.name for column in LINEAGE)}
        own = [column for column in table.column_names if column not in always]
        gone = [column for column in own if not permits(f"{name}.{column.removesuffix(_PRECISION)}")]
        for column in gone:
            values = table.num_rows - table[column].null_count
            if values:
                dropped[f"{name}.{column}"] = values
            empty = pa.nulls(table.num_rows, table.schema.field(column).type)
            table = table.set_column(table.schema.get_field_index(column), column, empty)
        if len(gone) < len(own):
            kept[name] = table
        elif table.num_rows:
            dropped[f"{name}.*"] = table.num_rows
    return Kept(kept, dropped)


def finer_than_agreed(tables: Mapping[str, pa.Table], limits: Mapping[str, str]) -> list[str]:
    """The fields that say more exactly when somebody was born, or where they live, than was agreed.

    Args:
        tables: Entity → rows as intake gives them.
        limits: Field → the finest that is agreed, of `sightline.definitions.agreements.FINEST`.
    """
    found = []
    for field, finest in sorted(limits.items()):
        entity, _, column = field.partition(".")
        table = tables.get(entity)
        if table is None or column not in table.column_names:
            continue
        values = table[column].drop_null()
        if len(values) and _is_finer(table, column, values, finest):
            found.append(field)
    return found


def _is_finer(table: pa.Table, column: str, values: pa.ChunkedArray, finest: str) -> bool:
    if finest in _EXACT:
        said = table[f"{column}{_PRECISION}"].drop_null().unique().to_pylist() if f"{column}{_PRECISION}" in table.column_names else ["day"]
        by_date = {"year": lambda day: (day.month, day.day) != (1, 1), "month": lambda day: day.day != 1, "day": lambda day: False}[finest]
        return any(each in _EXACT[finest] for each in said) or any(map(by_date, values.to_pylist()))
    if finest == "sector":
        return not bool(pc.all(pc.match_substring_regex(values, _SECTOR)).as_py())
    return finest == "none"
