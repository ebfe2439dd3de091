"""Write to the ledger: one short transaction at a time, with its audit event inside it.

Every writing transaction begins by locking the end of the audit chain. On SQLite that changes nothing (a writer holds the whole file); on
PostgreSQL it puts writers in one line as SQLite does, so both answer alike and the chain never forks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import OperationalError, transaction

from sightline.errors import EnvironmentProblem, SightlineError
from sightline.ledger.models import AuditEvent, AuditHead


class AuditBroken(SightlineError):
    """The audit chain no longer hangs together: an event was altered, removed or put in."""

    code = "SL-LED-002"
    hint = "Compare the ledger with its newest backup; the event named is the first that does not fit."


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that may write: it sees every earlier one and no later one sees half of it.

    Raises:
        EnvironmentProblem: If the ledger cannot be written: a full disk, a folder that became read-only, a server that went away.
    """
    try:
        with transaction.atomic():
            AuditHead.objects.bulk_create([AuditHead(id=1)], ignore_conflicts=True)
            AuditHead.objects.select_for_update().get(id=1)
            yield
    except OperationalError as problem:
        raise EnvironmentProblem(
            f"The ledger cannot be written: {str(problem).partition(chr(10))[0].rstrip('.')}.",
            hint="Nothing was changed. Free some space or make the workspace folder writable, then do it again.",
        ) from problem


@dataclass(frozen=True, slots=True)
class Told:
    """What an event is to say: who did what to what, when."""

    action: str
    object: str
    by: str
    at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(action: str, object: str, *, by: str, at: datetime, detail: Mapping[str, Any] | None = None) -> AuditEvent:
    """Add one event to the chain, within the transaction of the change it tells of."""
    return record_all([Told(action, object, by, at, detail or {})])[0]


def record_all(told: Sequence[Told]) -> list[AuditEvent]:
    """Add events to the chain in their order, within one transaction."""
    head = AuditHead.objects.get(id=1)
    seq, previous, events = head.seq, head.hash, []
    for each in told:
        seq += 1
        event = AuditEvent(
            seq=seq,
            at=each.at,
            actor=each.by,
            action=each.action,
            object=each.object,
            detail=dict(each.detail),
            prev_hash=previous,
            hash="",
        )
        event.hash = previous = _hash(event)
        events.append(event)
    AuditEvent.objects.bulk_create(events, batch_size=500)
    AuditHead.objects.filter(id=1).update(seq=seq, hash=previous)
    return events


def verify() -> int:
    """Walk the whole chain; return how many events it has.

    Raises:
        AuditBroken: Naming the first event that does not fit.
    """
    previous, count = "0" * 64, 0
    for event in AuditEvent.objects.order_by("seq").iterator():
        count += 1
        if event.seq != count or event.prev_hash != previous or event.hash != _hash(event):
            raise AuditBroken(f"The audit chain breaks at event {count}.")
        previous = event.hash
    head = AuditHead.objects.filter(id=1).first()
    if (head.seq, head.hash) != (count, previous) if head else count > 0:
        raise AuditBroken(f"The audit chain ends at event {count} and should go on.")
    return count


def _hash(event: AuditEvent) -> str:
    """Chain hash over every field in one fixed form, so that both databases give the same hash."""
    content = json.dumps(
        [event.seq, event.at.astimezone(UTC).isoformat(), event.actor, event.action, event.object, event.detail, event.prev_hash],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(content.encode()).hexdigest()
