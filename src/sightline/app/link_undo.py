"""Undo what an event tells: the decisions that bring the people of before back, and the ids they bore."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sightline.app.link_events import event_of, visible_event
from sightline.app.link_protection import protection
from sightline.app.steward_words import checked_reason
from sightline.app.workspace import Workspace
from sightline.errors import NotFound, Refused
from sightline.ledger import audit, overrides
from sightline.ledger.linkages import linkage_before, previous_linkage
from sightline.ledger.models import Linkage
from sightline.linkage import check_overrides
from sightline.model.entities import HOLDER_SCHEMA
from sightline.model.overrides import OverrideKind


@dataclass(frozen=True, slots=True)
class Undone:
    """What was written down; the next linkage carries it out."""

    event: str
    people: tuple[str, ...]
    """Person ids as they were before the event."""
    added: tuple[int, ...]
    """Overrides that hold the people of before together, and apart."""
    withdrawn: tuple[int, ...]
    """Overrides in force that said otherwise."""


def undo_event(workspace: Workspace, event: str, *, reason: str, by: str, at: datetime) -> Undone:
    """Write down the decisions that bring back the people of before a merge or split, ids and all, at the next linkage.

    Args:
        workspace: Where.
        event: The event's id, as `sightline link events` shows it.
        reason: Why, without personal details.
        by: Who decides.
        at: When.

    Raises:
        NotFound: If there is no such event.
        Refused: If the event cannot be undone: it is of another kind, its people have changed since, or nobody of them is left.
        OverridesContradict: If other decisions stand against it.
    """
    why = checked_reason(reason)
    found = event_of(workspace, event)
    newest = previous_linkage()
    if newest is None or not found.reversible:
        raise Refused(f"Event {event} cannot be undone.", hint="Only a merge, an absorption and a split can.")
    before = _before(workspace, found.linkage, {found.person_id, *found.others})
    _refuse_if_changed_since(workspace, event, found.linkage, newest, before)
    here = _of(workspace.objects.get_table(newest.links), "identity_id", before)
    sides: dict[str, list[str]] = defaultdict(list)
    for identity in sorted(here):
        sides[before[identity]].append(identity)
    if not sides:
        raise Refused(f"Nobody whom event {event} is about is in a return now.", hint="Nothing was changed.")
    with audit.writing():
        undo = overrides.record_undo(found.linkage, found.number, after=newest, reason=why, by=by, at=at)
        withdrawn = [each.pk for each in _against(before)]
        for number in withdrawn:
            overrides.withdraw_override(number, reason=f"Event {event} was undone.", by=by, at=at)
        said = {(each.kind, each.left, each.right) for each in overrides.in_force()}
        added = [
            overrides.add_override(kind, one, other, reason=why, by=by, at=at, undo=undo).pk
            for kind, one, other in _opposite(sides)
            if (kind.value, *sorted((one, other))) not in said
        ]
        check_overrides(overrides.override_table(None))
    return Undone(event=event, people=tuple(sorted(sides)), added=tuple(added), withdrawn=tuple(withdrawn))


def given_back(workspace: Workspace, earlier: Linkage) -> pa.Table | None:
    """Which identities the next linkage gives back to which person (HOLDER_SCHEMA); None when nothing is to be undone."""
    rows: dict[str, str] = {}
    undone = overrides.undone_since(earlier)
    hidden = protection(workspace) if undone else None
    for undo in undone:
        event = visible_event(workspace, undo.linkage, undo.event, hidden) if hidden else None
        if event is None:  # since then somebody is protected by what a steward decided, which goes before the undoing
            continue
        rows |= _before(workspace, undo.linkage, {event.person_id, *event.others})
    if not rows:
        return None
    return pa.Table.from_pylist([{"identity_id": identity, "person_id": rows[identity]} for identity in sorted(rows)], schema=HOLDER_SCHEMA)


def _before(workspace: Workspace, linkage: Linkage, people: Iterable[str]) -> dict[str, str]:
    """Who bore these person ids before a linkage was made."""
    earlier = linkage_before(linkage)
    if earlier is None:
        raise NotFound("There was no linkage before that one.", hint="The first linkage changed nobody.")
    held = _of(workspace.objects.get_table(earlier.links), "person_id", people)
    gone = _of(workspace.objects.get_table(earlier.gone), "person_id", people) if earlier.gone else {}
    return gone | held


def _of(links: pa.Table, column: str, wanted: Iterable[str]) -> dict[str, str]:
    rows = links.filter(pc.is_in(links[column], value_set=pa.array(sorted(wanted), pa.string())))
    return dict(zip(rows["identity_id"].to_pylist(), rows["person_id"].to_pylist(), strict=True))


def _refuse_if_changed_since(workspace: Workspace, event: str, linkage: Linkage, newest: Linkage, before: Mapping[str, str]) -> None:
    if linkage.pk == newest.pk:
        return
    then, now = (_of(workspace.objects.get_table(each.links), "identity_id", before) for each in (linkage, newest))
    if any(then.get(identity) != person for identity, person in now.items()):
        raise Refused(
            f"The people of event {event} have changed again since.", hint="Undo the later event first; see `sightline link events`."
        )


def _against(before: Mapping[str, str]) -> Iterator[Any]:
    """Overrides in force that would keep the people of before from coming back. What is not to be linked stands, whatever is undone."""
    for each in overrides.in_force():
        if each.left in before and each.right in before:
            was_one = before[each.left] == before[each.right]
            if was_one if each.kind == OverrideKind.CANNOT_LINK else (each.kind == OverrideKind.MUST_LINK and not was_one):
                yield each


def _opposite(sides: Mapping[str, list[str]]) -> Iterator[tuple[OverrideKind, str, str]]:
    """Each former person held together, and every two of them apart."""
    for identities in sides.values():
        for one, other in pairwise(identities):
            yield OverrideKind.MUST_LINK, one, other
    for one_side, other_side in combinations(sides.values(), 2):
        yield OverrideKind.CANNOT_LINK, one_side[0], other_side[0]
