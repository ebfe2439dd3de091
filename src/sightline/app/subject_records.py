"""Every stored row about one person, in whatever returns are named, as the agencies sent it. Nothing is decided here.

Whoever shows a row asks `decide` about it first. The rows are read at that moment and kept nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sightline.app.workspace import Workspace
from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.governance.one_person import WHO_SOMEBODY_IS
from sightline.ledger.models import ObjectKind, ReturnObject, ReturnVersion
from sightline.ledger.scope import whole_partnership
from sightline.ledger.states import State
from sightline.model.entities import LINEAGE, Entity
from sightline.privacy.entities import STORED

HANGING = {
    "incident": ("involvement", "incident_reference"),
    "screening_item": ("screening", "screening_reference"),
    "location": ("person_location", "location_reference"),
}
"""Entities that name nobody, the one through which their rows are about a person, and the reference that both carry."""
_MEMORY = "1000MB"
_LINEAGE = frozenset(column.name for column in LINEAGE)
_ROWS, _WANTED = "held_row", "held_wanted"


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One stored row: who sent it, in which return, where it stood in the file, and what it says (columns that are empty left out).

    ``identity_id`` is the agency's view of the person; of a row that hangs on another it is that one's. ``position`` is the return's place
    among those asked for: later ones hold over earlier ones.
    """

    agency: str
    dataset: str
    period: str
    return_id: str
    position: int
    entity: str
    row_id: str
    identity_id: str
    source_file: str
    source_row: int
    retracted: bool
    values: Mapping[str, Any]


@whole_partnership()
def gather(
    workspace: Workspace, identity_ids: Collection[str], return_ids: Sequence[str], *, entities: Collection[str] | None = None
) -> list[HeldRow]:
    """Every row about these identities, the identifying ones included, by agency, dataset, entity and place in the file.

    Args:
        workspace: Where.
        identity_ids: One person, as each agency knows them.
        return_ids: Which returns to look in, in order of precedence; those that were erased hold nothing.
        entities: Only these; an entity that hangs on another is looked for only together with that one. None: all.

    Raises:
        ObjectMissing, ObjectDamaged: If stored bytes are not what they were.
    """
    if not identity_ids:
        return []
    places = {id: place for place, id in enumerate(return_ids)}
    versions: Mapping[str, ReturnVersion] = {
        id: each for id, each in ReturnVersion.objects.in_bulk(return_ids).items() if each.state != State.ERASED
    }
    found: list[HeldRow] = []
    with DuckDBEngine(spill=workspace.spill, memory_limit=workspace.memory(_MEMORY)) as engine:
        versions = _of_their_agencies(workspace, engine, versions, identity_ids)
        files = _files(versions, entities)
        for name, digests in files.items():
            entity = STORED[name]
            if entity.about_person:
                rows = _rows(workspace, engine, entity, digests, column="identity_id", wanted=sorted(identity_ids))
                found += [_held(entity, row, versions, places, row["identity_id"]) for row in rows]
        for name, (owner, reference) in HANGING.items():
            whose = _whose(found, owner, reference)
            if name in files and whose:
                references = sorted({told for _, told in whose})
                rows = _rows(workspace, engine, STORED[name], files[name], column=reference, wanted=references)
                about = [(row, whose.get((row["agency_id"], row[reference]))) for row in rows]
                found += [_held(STORED[name], row, versions, places, identity) for row, identity in about if identity is not None]
    return sorted(found, key=lambda row: (row.agency, row.dataset, row.entity, row.position, row.source_file, row.source_row))


def as_it_stands(rows: Collection[HeldRow]) -> list[HeldRow]:
    """Of rows of one person each record once, as its newest return tells it; none that a dataset has taken back.

    A record of another entity that hangs on one which was taken back is gone with it.
    """
    newest: dict[tuple[str, str, str], dict[str, HeldRow]] = defaultdict(dict)
    for row in sorted(rows, key=lambda each: (each.position, each.source_row)):
        newest[row.agency, row.entity, row.row_id][row.dataset] = row
    standing = [
        max(told.values(), key=lambda each: each.position) for told in newest.values() if not any(each.retracted for each in told.values())
    ]
    gone = {
        (row.agency, row.identity_id)
        for told in newest.values()
        for row in told.values()
        if row.retracted and row.entity == WHO_SOMEBODY_IS
    }
    kept = [row for row in standing if (row.agency, row.identity_id) not in gone]
    return [row for row in kept if not _hangs_on_nothing(row, kept, rows)]


def _hangs_on_nothing(row: HeldRow, kept: Collection[HeldRow], rows: Collection[HeldRow]) -> bool:
    """Whether a record hangs on another that its agency has told of and taken back."""
    for reference, owner in (("incident_reference", "incident"), ("screening_reference", "screening")):
        if row.entity == owner or row.values.get(reference) is None:
            continue
        same = [
            each for each in rows if (each.agency, each.entity, each.values.get(reference)) == (row.agency, owner, row.values[reference])
        ]
        if same and not any(each in kept for each in same):
            return True
    return False


def _of_their_agencies(
    workspace: Workspace, engine: Engine, versions: Mapping[str, ReturnVersion], identity_ids: Collection[str]
) -> Mapping[str, ReturnVersion]:
    """The returns of the agencies that know the person: an identity is one agency's, so that no other return tells of it.

    Where an identity has no identifying row, nothing says whose it is, and every return is looked into.
    """
    digests = _files(versions, {WHO_SOMEBODY_IS}).get(WHO_SOMEBODY_IS, [])
    rows = _rows(workspace, engine, STORED[WHO_SOMEBODY_IS], digests, column="identity_id", wanted=sorted(identity_ids))
    if {row["identity_id"] for row in rows} != set(identity_ids):
        return versions
    agencies = {row["agency_id"] for row in rows}
    return {id: each for id, each in versions.items() if each.agency in agencies}


def _files(versions: Mapping[str, ReturnVersion], entities: Collection[str] | None) -> dict[str, list[str]]:
    parts = ReturnObject.objects.filter(kind=ObjectKind.TABLE, return_version__in=list(versions)).order_by("id")
    found: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        is_wanted = STORED[part.entity].about_person or part.entity in HANGING
        if is_wanted and (entities is None or part.entity in entities):
            found[part.entity].append(part.digest)
    return dict(found)


def _rows(
    workspace: Workspace, engine: Engine, entity: Entity, digests: Sequence[str], *, column: str, wanted: Sequence[str]
) -> list[dict[str, Any]]:
    """The rows of one entity that hold one of these values."""
    # Two returns may hold the very same bytes: each row names its own return, so the object is read once.
    engine.register_parquet(_ROWS, [workspace.objects.open(digest) for digest in dict.fromkeys(digests)], entity.schema)
    engine.register_table(_WANTED, pa.table({"wanted": pa.array(wanted, pa.string())}))
    table = engine.query(f"select * from {_ROWS} where {column} in (select wanted from {_WANTED})")
    engine.register_table(_ROWS, entity.schema.empty_table())
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _whose(found: Collection[HeldRow], owner: str, reference: str) -> dict[tuple[str, str], str]:
    """Whose record each reference is, within each agency."""
    return {
        (row.agency, row.values[reference]): row.identity_id
        for row in found
        if row.entity == owner and row.values.get(reference) is not None
    }


def _held(
    entity: Entity, row: Mapping[str, Any], versions: Mapping[str, ReturnVersion], places: Mapping[str, int], identity: str
) -> HeldRow:
    return_id = row["return_id"]
    return HeldRow(
        agency=row["agency_id"],
        dataset=row["dataset"],
        period=versions[return_id].period,
        return_id=return_id,
        position=places[return_id],
        entity=entity.name,
        row_id=row[entity.id_column],
        identity_id=identity,
        source_file=row["source_file"] or "",
        source_row=row["source_row"] or 0,
        retracted=bool(row["retracted"]),
        values={name: value for name, value in row.items() if value is not None and name not in _LINEAGE},
    )
