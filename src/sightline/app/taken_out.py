"""Fields that were agreed when a return came in and are not agreed any more: they stay in the return, and nothing new rests on them.

A return never changes, so a field that a later version of an agreement takes out is still in what was stored before. Publishing a
generation writes down which fields of which returns are taken out; wherever its rows are opened they are empty, before any join. Figures
that would have read them say so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from sightline.app.usable_returns import may_use
from sightline.governance import Allow
from sightline.ledger.agreements import standings
from sightline.ledger.models import ObjectKind, ReturnObject, ReturnVersion
from sightline.model.columns import LINEAGE
from sightline.model.entities import Entity
from sightline.privacy.entities import STORED
from sightline.store import ObjectStore

ENTRY = "agreements/fields_taken_out.json"
"""What names the list among the things that a generation was published with; there is none where nothing is taken out."""
WHOLE = "*"
"""In place of a column: nothing of the entity is agreed, so that not even that there was a row is told."""
_PRECISION = "_precision"

TakenOut = Mapping[str, tuple[str, ...]]
"""Return → fields, ``entity.column`` or ``entity.*``."""


class _Published(Protocol):
    """A generation, as far as is asked here."""

    @property
    def context(self) -> Mapping[str, str]: ...


def taken_out(versions: Iterable[ReturnVersion], at: datetime) -> TakenOut:
    """The fields that each return may hold and that no agreement lets be used for figures at an instant.

    What was not agreed when a return came in was never stored and is not listed. Returns that may not be used at all are left out.
    """
    held = standings()
    terms = {each.name: each.terms for each in held}
    by_id = {version.id: version for version in versions}
    entities: dict[str, set[str]] = defaultdict(set)
    parts = ReturnObject.objects.filter(kind=ObjectKind.TABLE, return_version__in=by_id)
    for id, entity in parts.values_list("return_version_id", "entity"):
        entities[id].add(entity)
    found = {}
    for id, version in by_id.items():
        answer = may_use(version, at, held)
        if not isinstance(answer, Allow):
            continue
        came_under = [terms[name] for name in (version.agreement_version or "").split(", ") if name in terms]
        before = [each.by_dataset[key] for each in came_under if (key := (version.agency, version.dataset)) in each.by_dataset]
        fields = []
        for name in sorted(entities[id]):
            own = fields_of(STORED[name])
            agreed = {field for field in own if any(each.permits(field) for each in answer.terms)}
            gone = [field for field in own if field not in agreed and (not before or any(each.permits(field) for each in before))]
            fields += [f"{name}.{WHOLE}"] if own and not agreed else gone
        if fields:
            found[id] = tuple(fields)
    return found


def fields_of(entity: Entity) -> list[str]:
    """The fields of an entity about which agreements decide: not the keyed ids of a row and its person, not where the row came from.

    How exact a date is goes with the date.
    """
    always = {entity.id_column, "identity_id", *(column.name for column in LINEAGE)}
    names = (column.name for column in entity.columns if column.name not in always)
    return [f"{entity.name}.{name}" for name in names if not name.endswith(_PRECISION)]


def keep(objects: ObjectStore, found: TakenOut) -> dict[str, str]:
    """Store the list; what a generation is published with names it. Empty where nothing is taken out."""
    return {ENTRY: objects.put_bytes(json.dumps(found, sort_keys=True, indent=1).encode())} if found else {}


def taken_out_of(objects: ObjectStore, generation: _Published) -> TakenOut:
    """The list that a generation was published with."""
    digest = generation.context.get(ENTRY)
    return {} if digest is None else {id: tuple(fields) for id, fields in json.loads(objects.get_bytes(digest)).items()}


def by_dataset(found: TakenOut) -> dict[tuple[str, str], tuple[str, ...]]:
    """The same by agency and dataset, for people to read."""
    fields: dict[tuple[str, str], set[str]] = defaultdict(set)
    for version in ReturnVersion.objects.filter(id__in=list(found)):
        fields[version.agency, version.dataset] |= set(found[version.id])
    return {source: tuple(sorted(names)) for source, names in sorted(fields.items())}


def without(source: str, entity: Entity, found: TakenOut) -> str | None:
    """Give the select statement for the rows of an entity without what is taken out; None where nothing of it is.

    Args:
        source: The table of every stored row.
        entity: Theirs.
        found: What is taken out of which returns.
    """
    of_column: dict[str, list[str]] = defaultdict(list)
    for id, fields in sorted(found.items()):
        for name, _, column in (field.partition(".") for field in fields):
            if name == entity.name:
                of_column[column].append(id)
    if not of_column:
        return None
    chosen = []
    for column in entity.schema.names:
        ids = of_column.get(column.removesuffix(_PRECISION)) or of_column.get(column)
        empty = f"case when {source}.return_id in ({_listed(ids)}) then null else {source}.{column} end as {column}" if ids else None
        chosen.append(empty or f"{source}.{column}")
    rows = f"select {', '.join(chosen)} from {source}"
    gone = of_column.get(WHOLE)
    return f"{rows} where {source}.return_id not in ({_listed(gone)})" if gone else rows


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(f"'{id}'" for id in ids)
