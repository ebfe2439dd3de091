"""Read a prepared package that came in: foreign like any file, whoever says they made it. Runs in the reading process only.

Nothing in it is believed for being there: the zip has the one form a package has, the manifest names every member with its hash, tables
have columns of the common model and values of their types.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from sightline.intake.answers import LINEAGE_READ, Answer
from sightline.model.entities import ENTITIES, LINEAGE
from sightline.model.identified import IDENTITY_RECORD
from sightline.model.packages import Manifest
from sightline.store.packages import MANIFEST, README, TABLES, PackageBroken, lines_to_rows, unpack

LARGEST = 1 << 30


def read_package(path: Path) -> Answer:
    """The manifest as JSON and the tables; or, under ``broken``, why it is no package."""
    try:
        manifest, tables = _read(path)
    except PackageBroken as problem:
        return Answer({"broken": problem.why})
    return Answer({"manifest": manifest.model_dump_json()}, tables)


def _read(path: Path) -> tuple[Manifest, dict[str, pa.Table]]:
    if path.stat().st_size > LARGEST:
        raise PackageBroken("it is larger than any package")
    content = path.read_bytes()
    members = unpack(content)
    if next(iter(members), None) != MANIFEST:
        raise PackageBroken("it does not begin with its manifest")
    try:
        manifest = Manifest.from_bytes(members[MANIFEST])
    except ValueError:
        raise PackageBroken("its manifest is not one") from None
    _check_members(manifest, members)
    tables = {
        name.removeprefix(TABLES).removesuffix(".jsonl"): _table(name, text) for name, text in members.items() if name.startswith(TABLES)
    }
    if {one.entity: one.rows_after for one in manifest.tables} != {name: table.num_rows for name, table in tables.items()}:
        raise PackageBroken("its tables are not those its manifest lists")
    return manifest, tables


def _check_members(manifest: Manifest, members: dict[str, bytes]) -> None:
    listed = {one.name: (one.sha256, one.bytes) for one in manifest.members}
    found = {name: (hashlib.sha256(text).hexdigest(), len(text)) for name, text in members.items() if name != MANIFEST}
    if set(listed) != set(found) or len(listed) != len(manifest.members):
        raise PackageBroken("its members are not those its manifest lists")
    if listed != found:
        raise PackageBroken("a member is not what the manifest says: its hash is another")
    if not all(name == README or name.startswith(TABLES) for name in found):
        raise PackageBroken("it has a member that no package has")


def _table(member: str, text: bytes) -> pa.Table:
    name = member.removeprefix(TABLES).removesuffix(".jsonl")
    entity = IDENTITY_RECORD if name == IDENTITY_RECORD.name else ENTITIES.get(name)
    if entity is None:
        raise PackageBroken("it has a table that the common model does not have")
    hidden = {entity.id_column, "identity_id", *(column.name for column in LINEAGE)}
    own = {column.name: column.type for column in entity.columns if column.name not in hidden or column.name in entity.key}
    about = entity.identified or entity.about_person
    read = {name: kind for name, kind in LINEAGE_READ.items() if about or name != "local_id"}
    table = lines_to_rows(text, {**own, **read})
    needed = {"source_file", "source_row", *(["local_id"] if about else [])}
    if not needed <= set(table.column_names):
        raise PackageBroken("a table lacks what every row has: where it was read, and whom it is about")
    if any(table[column].null_count for column in needed):
        raise PackageBroken("a table has rows that do not say where they were read, or whom they are about")
    return table
