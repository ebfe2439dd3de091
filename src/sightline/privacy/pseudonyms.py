"""Keyed stand-ins for people, records and references, so that no agency's own number leaves the one table that must hold it.

A keyed BLAKE2b, never a plain hash: whoever has a list of all possible numbers (there are only so many NHS numbers) can undo a plain hash,
and cannot undo this one without the workspace's key. The same key, agency and number always give the same stand-in, so that returns
of different quarters join.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from sightline.model.entities import Entity, Privacy
from sightline.privacy.entities import STORED

_SEPARATOR = "\x1f"
_NOTHING = "\x00"
_BYTES = 16
PEOPLE = "_child_references"
"""Columns of this ending hold several people's numbers, separated by ";"."""
PLACES = "location_reference"
"""Columns of this ending name places, which are one whatever the column is called."""


def identity_id(local_id: str, *, key: bytes, agency: str) -> str:
    """The stand-in for one person as one agency knows them."""
    return _stand_in(key, agency, "identity")(local_id)


def place_key(key: bytes) -> Callable[[str], str]:
    """Makes the stand-in for one way of writing where a place is, the same for all agencies."""
    return _stand_in(key, "", "place")


def pseudonymise(tables: Mapping[str, pa.Table], *, key: bytes, agency: str) -> dict[str, pa.Table]:
    """Give each table its ids and key its references; drop ``local_id`` everywhere but in ``identity_record``.

    Args:
        tables: Entity name → rows, with the entity's columns, ``local_id`` where rows belong to a person, and the raw references.
        key: The workspace's identity key, 16 to 64 bytes.
        agency: Who sent them: the same number at two agencies is two identities.

    Returns:
        Entity name → rows with exactly the entity's columns (absent ones empty), then ``source_file`` and ``source_row``.

    Raises:
        ValueError: If the key is too short, or a table holds a column that its entity does not have.
    """
    if not _BYTES <= len(key) <= blake2b.MAX_KEY_SIZE:
        raise ValueError("the identity key must have 16 to 64 bytes")
    return {name: _pseudonymise(STORED[name], table, key, agency) for name, table in tables.items()}


def _pseudonymise(entity: Entity, table: pa.Table, key: bytes, agency: str) -> pa.Table:
    unknown = set(table.column_names) - {column.name for column in entity.columns} - {"local_id", "source_file", "source_row", "retracted"}
    if unknown:
        raise ValueError(f"{entity.name} has no column {', '.join(sorted(unknown))}")
    source = {name: table[name].combine_chunks() for name in table.column_names}
    made: dict[str, pa.Array] = {}
    for column in entity.columns:
        if column.name == entity.id_column:
            parts = [_as_text(entity, name, source, table.num_rows) for name in entity.key]
            made[column.name] = _hash_each(_joined(parts), key, agency, entity.name)
        elif column.name == "identity_id":
            made[column.name] = _hash_unique(_text(source["local_id"]), key, agency, "identity")
        elif column.name not in source:
            made[column.name] = pa.nulls(table.num_rows, column.type)
        elif column.privacy is Privacy.PSEUDONYM:
            made[column.name] = _keyed(column.name, _text(source[column.name]), key, agency)
        else:
            made[column.name] = source[column.name].cast(column.type)
    made |= {"source_file": source["source_file"].cast(pa.string()), "source_row": source["source_row"].cast(pa.int64())}
    given = source.get("retracted", pa.nulls(table.num_rows, pa.bool_()))
    made["retracted"] = pc.fill_null(given.cast(pa.bool_()), False)
    return pa.table(made)


def _keyed(name: str, values: pa.Array, key: bytes, agency: str) -> pa.Array:
    """References under their column's name, so that they join wherever it stands; people and places whatever the column is called."""
    if name.endswith("_identity_id"):
        return _hash_unique(values, key, agency, "identity")
    if name.endswith(PEOPLE):
        stand_in = _stand_in(key, agency, "identity")
        people = [None if text is None else [part.strip() for part in text.split(";") if part.strip()] for text in values.to_pylist()]
        return pa.array([None if each is None else ";".join(map(stand_in, each)) for each in people], pa.string())
    return _hash_unique(values, key, agency, PLACES if name.endswith(PLACES) else name)


def _as_text(entity: Entity, name: str, source: Mapping[str, pa.Array], rows: int) -> pa.Array:
    """A key column as text, by way of the entity's own type: however a date came, the same day gives the same id."""
    if name not in source:
        return pa.nulls(rows, pa.string())
    if name == "local_id":
        return _text(source[name])
    return _text(source[name].cast(entity.column(name).type))


def _text(values: pa.Array) -> pa.Array:
    return values if values.type == pa.string() else values.cast(pa.string())


def _joined(parts: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*parts, _SEPARATOR, null_handling="replace", null_replacement=_NOTHING)


def _hash_unique(values: pa.Array, key: bytes, agency: str, purpose: str) -> pa.Array:
    """Hash each distinct value once: a person has many rows."""
    encoded = values.dictionary_encode()
    hashed = _hash_each(encoded.dictionary, key, agency, purpose)
    return pa.DictionaryArray.from_arrays(encoded.indices, hashed).cast(pa.string())


def _hash_each(values: pa.Array, key: bytes, agency: str, purpose: str) -> pa.Array:
    """Hash every value, none of which is missing; written out and not by `_stand_in`, because a return has a hundred thousand of them."""
    begin = _begun(key, agency, purpose).copy
    found: list[str] = []
    for value in values.to_pylist():
        hashing = begin()
        hashing.update(value.encode())
        found.append(hashing.hexdigest())
    return pa.array(found, pa.string())


def _stand_in(key: bytes, agency: str, purpose: str) -> Callable[[str], str]:
    begun = _begun(key, agency, purpose)

    def stand_in(value: str) -> str:
        hashing = begun.copy()
        hashing.update(value.encode())
        return hashing.hexdigest()

    return stand_in


def _begun(key: bytes, agency: str, purpose: str) -> blake2b:
    """A hash that has already taken in the key, copied for each value: half the work of starting afresh."""
    begun = blake2b(key=key, digest_size=_BYTES)
    begun.update(f"{agency}{_SEPARATOR}{purpose}{_SEPARATOR}".encode())
    return begun
