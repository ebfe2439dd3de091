"""What became of people at each linkage: the events, without those that only some may know of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sightline.app.link_protection import Protection, protection
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, NotFound
from sightline.ledger import audit
from sightline.ledger.linkages import every_linkage, find_linkage, previous_linkage
from sightline.ledger.models import Linkage
from sightline.model.entities import EVENT_SCHEMA
from sightline.model.overrides import REASONS, EventKind, EventReason


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """One event; ``id`` names it for good."""

    id: str
    linkage: Linkage
    number: int
    kind: str
    person_id: str
    others: tuple[str, ...]
    identities: tuple[str, ...]
    reason: str
    override: int | None
    asked: bool
    reversible: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "event": self.id,
            "at": self.linkage.at.isoformat(),
            "kind": self.kind,
            "person_id": self.person_id,
            "others": list(self.others),
            "records": len(self.identities),
            "reason": self.reason,
            "override": self.override,
            "asked": self.asked,
            "reversible": self.reversible,
        }


@dataclass(frozen=True, slots=True)
class EventList:
    """Events found, at most as many as were asked for; how many there are of each kind that was asked for."""

    events: tuple[LinkEvent, ...]
    counts: dict[str, int]


CHANGES = tuple(kind for kind in EventKind if kind is not EventKind.CREATED)


def link_events(
    workspace: Workspace,
    *,
    linkage: int | None = None,
    person_id: str | None = None,
    kinds: tuple[EventKind, ...] = CHANGES,
    most: int = 50,
) -> EventList:
    """List events: of one linkage (the newest unless named), or of one person over all linkages, the newest first.

    Events that would show somebody's former identity beside the present one are in no list.

    Raises:
        NotFound: If there is no such linkage, or none at all.
    """
    hidden = protection(workspace)
    wanted = pa.array([kind.value for kind in kinds], pa.string())
    found: list[LinkEvent] = []
    counts: Counter[str] = Counter()
    for each in [_linkage(linkage)] if person_id is None or linkage is not None else every_linkage():
        table = _visible(_events(workspace, each), hidden)
        table = table.filter(pc.is_in(table["kind"], value_set=wanted))
        if person_id is not None:
            table = table.filter(pa.array(list(_names(table, person_id)), pa.bool_()))
        counts.update(table["kind"].to_pylist())
        found += [_event(each, row) for row in table.slice(0, max(0, most - len(found))).to_pylist()]
    return EventList(tuple(found), dict(sorted(counts.items())))


def protected_events(workspace: Workspace, *, by: str, at: datetime) -> EventList:
    """The events of every linkage that no other list shows, for whoever keeps these decisions; that they were looked at is written down."""
    hidden = protection(workspace)
    found: list[LinkEvent] = []
    for each in every_linkage():
        table = _events(workspace, each)
        shown = set(_visible(table, hidden)["number"].to_pylist()) if len(hidden.sides) or pc.any(table["protected"]).as_py() else None
        if shown is not None:
            rows = table.filter(pc.or_(table["protected"], pc.not_equal(table["kind"], EventKind.CREATED.value))).to_pylist()
            found += [_event(each, row) for row in rows if row["number"] not in shown]
    with audit.writing():
        audit.record("protected_link_events_seen", "link events", by=by, at=at, detail={"events": len(found)})
    return EventList(tuple(found), dict(sorted(Counter(event.kind for event in found).items())))


def event_of(workspace: Workspace, id: str) -> LinkEvent:
    """One event by its id; one that no list shows does not exist here.

    Raises:
        InputRefused: If it is not written like an event's id.
        NotFound: If there is none.
    """
    linkage, dash, number = id.partition("-")
    if not (dash and linkage.isascii() and linkage.isdigit() and number.isascii() and number.isdigit() and len(id) < 30):
        raise InputRefused("An event's id is two numbers with a dash between.", hint="See `sightline link events`; for example 12-3.")
    found = visible_event(workspace, _linkage(int(linkage)), int(number), protection(workspace))
    if found is None:
        raise NotFound(f"There is no event {id}.", hint="See `sightline link events`.")
    return found


def visible_event(workspace: Workspace, linkage: Linkage, number: int, hidden: Protection) -> LinkEvent | None:
    """One event of a linkage; None when there is none, or none that may be shown."""
    table = _events(workspace, linkage)
    rows = _visible(table.filter(pc.equal(table["number"], number)), hidden).to_pylist()
    return _event(linkage, rows[0]) if rows else None


def _linkage(number: int | None) -> Linkage:
    found = previous_linkage() if number is None else find_linkage(number)
    if found is None:
        raise NotFound(
            "People are not linked yet." if number is None else f"There is no linkage {number}.", hint="Run `sightline link` first."
        )
    return found


def _events(workspace: Workspace, linkage: Linkage) -> pa.Table:
    return workspace.objects.get_table(linkage.events) if linkage.events else EVENT_SCHEMA.empty_table()


def _visible(events: pa.Table, hidden: Protection) -> pa.Table:
    events = events.filter(pc.invert(events["protected"]))
    if not hidden.sides:
        return events
    # only events with identities can show two of them together, and those are few
    named = events.filter(pc.greater(pc.list_value_length(events["identities"]), 0)).select(["number", "identities", "beside"])
    secret = [row["number"] for row in named.to_pylist() if hidden.hides([*row["identities"], *row["beside"]])]
    return events.filter(pc.invert(pc.is_in(events["number"], value_set=pa.array(secret, pa.int64()))))


def _names(events: pa.Table, person_id: str) -> Iterator[bool]:
    for person, others in zip(events["person_id"].to_pylist(), events["others"].to_pylist(), strict=True):
        yield person == person_id or person_id in others


def _event(linkage: Linkage, row: dict[str, Any]) -> LinkEvent:
    return LinkEvent(
        id=f"{linkage.pk}-{row['number']}",
        linkage=linkage,
        number=row["number"],
        kind=row["kind"],
        person_id=row["person_id"],
        others=tuple(row["others"]),
        identities=tuple(row["identities"]),
        reason=REASONS[EventReason(row["reason"])],
        override=row["override"],
        asked=row["asked"],
        reversible=row["reversible"],
    )
