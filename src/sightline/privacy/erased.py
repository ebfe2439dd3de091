"""Take one person out of the rows of a return, and know them again by a keyed mark that says nothing of who it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from sightline.privacy.entities import STORED
from sightline.privacy.pseudonyms import PEOPLE

HANGING = {"incident": ("involvement", "incident_reference"), "screening_item": ("screening", "screening_reference")}
"""Entities that name nobody, the one that ties their rows to people, and the reference that both carry."""
_IDENTITY = "identity_id"
_BYTES = 16


@dataclass(frozen=True, slots=True)
class Removed:
    """Tables without somebody: how many rows went from each, and how many rows of the agency's files no table holds any more."""

    tables: Mapping[str, pa.Table]
    rows: Mapping[str, int] = field(default_factory=dict)
    file_rows: int = 0

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def erasure_mark(identity_id: str, *, key: bytes) -> str:
    """What an erased person is known by: nobody without the workspace's key can tell whether a guess is right, or make it from a number."""
    return blake2b(f"erased\x1f{identity_id}".encode(), key=key, digest_size=_BYTES).hexdigest()


def marked_among(tables: Mapping[str, pa.Table], marks: Collection[str], *, key: bytes) -> set[str]:
    """The people of some tables who bear one of these marks, wherever a row names them."""
    wanted = set(marks)
    seen: set[str] = set()
    for name, table in tables.items():
        for column in _naming(name, table):
            for text in pc.unique(table[column]).to_pylist():
                seen.update(() if text is None else text.split(";") if column.endswith(PEOPLE) else (text,))
    return {identity for identity in seen if erasure_mark(identity, key=key) in wanted} if wanted else set()


def without_people(tables: Mapping[str, pa.Table], gone: Collection[str]) -> Removed:
    """The same tables without some people: rows about them, rows that tie somebody to them, and their names in lists of others.

    A record that names nobody goes with the last person of the return that it hangs on; with others in it, it stays, for it is about
    them too. Nothing else is changed, and the order of rows stays.
    """
    if not gone:
        return Removed(tables)
    people = pa.array(sorted(gone), pa.string())
    kept = {name: _without(name, table, people) for name, table in tables.items()}
    for name, (owner, reference) in HANGING.items():
        if name in kept and owner in kept:
            left, was = kept[owner][reference], tables[owner][reference]
            orphaned = sorted({*was.to_pylist()} - {*left.to_pylist()} - {None})
            kept[name] = kept[name].filter(pc.invert(pc.is_in(kept[name][reference], pa.array(orphaned, pa.string()))))
    rows = Counter({name: tables[name].num_rows - kept[name].num_rows for name in kept})
    return Removed(kept, dict(+rows), len(_file_rows(tables) - _file_rows(kept)))


def _without(name: str, table: pa.Table, people: pa.Array) -> pa.Table:
    for column in _naming(name, table):
        if column.endswith(PEOPLE):
            of_others = [_others(text, set(people.to_pylist())) for text in table[column].to_pylist()]
            table = table.set_column(table.column_names.index(column), column, pa.array(of_others, pa.string()))
        else:
            table = table.filter(pc.invert(pc.is_in(table[column], people)))
    return table


def _others(text: str | None, people: set[str]) -> str | None:
    """A list of people without some; empty where none is left."""
    return (";".join(each for each in text.split(";") if each not in people) or None) if text else text


def _naming(name: str, table: pa.Table) -> list[str]:
    """The columns of an entity that name people by their stand-ins."""
    columns = (column.name for column in STORED[name].columns)
    return [each for each in columns if each in table.column_names and each.endswith((_IDENTITY, PEOPLE))]


def _file_rows(tables: Mapping[str, pa.Table]) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for table in tables.values():
        found.update(zip(table["source_file"].to_pylist(), table["source_row"].to_pylist(), strict=True))
    return found
