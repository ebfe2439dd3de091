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

_HASHED = ("seq", "at", "actor", "action", "object", "detail", "prev_hash")
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class AuditBroken(SightlineError):
    """The audit chain no longer hangs together: an event was altered, removed or put in."""

    code = "SL-LED-002"
    hint = "Compare the ledger with its newest backup; the event named is the first that does not fit."


@contextmanager
def writing() -> Iterator[AuditHead]:
    """A transaction that may write: it sees every earlier one and no later one sees half of it. Gives the end of the chain as it begins.

    Raises:
        EnvironmentProblem: If the ledger cannot be written: a full disk, a folder that became read-only, a server that went away.
    """
    try:
        with transaction.atomic():
            yield _locked_head()
    except OperationalError as problem:
        raise EnvironmentProblem(
            f"The ledger cannot be written: {str(problem).partition(chr(10))[0].rstrip('.')}.",
            hint="Nothing was changed. Free some space or make the workspace folder writable, then do it again.",
        ) from problem


def _locked_head() -> AuditHead:
    """Wait for the end of the chain; the first to write puts it there, and of two first ones one waits for the other."""
    for head in AuditHead.objects.select_for_update().filter(id=1):
        return head
    AuditHead.objects.bulk_create([AuditHead(id=1)], ignore_conflicts=True)
    return AuditHead.objects.select_for_update().get(id=1)


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


def record_all(told: Sequence[Told], *, after: AuditHead | None = None) -> list[AuditEvent]:
    """Add events to the chain in their order, within one transaction.

    Args:
        told: The events.
        after: The end of the chain, where nothing was added since `writing` gave it; asked for otherwise.
    """
    head = after or AuditHead.objects.get(id=1)
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


def refuse_if_altered(event: AuditEvent) -> None:
    """Hold one event against its own hash, before something is decided by what it says.

    Raises:
        AuditBroken: If it is not what was written.
    """
    if event.hash != _hash(event):
        raise AuditBroken(f"The audit chain breaks at event {event.seq}.")


def verify(*, after: int = 0) -> int:
    """Walk the chain, the whole of it or what follows one of its events; return how many events it has.

    Args:
        after: The number of an event that was found to be right before; it is looked at again, and those before it are not.

    Raises:
        AuditBroken: Naming the first event that does not fit.
    """
    count, previous = max(after - 1, 0), None if after > 1 else "0" * 64
    rows = AuditEvent.objects.filter(seq__gt=count).order_by("seq").values_list(*_HASHED, "hash")
    for *fields, hash in rows.iterator(chunk_size=10_000):
        count += 1
        if fields[0] != count or fields[-1] != (previous or fields[-1]) or hash != _hash_of(fields):
            raise AuditBroken(f"The audit chain breaks at event {count}.")
        previous = hash
    head = AuditHead.objects.filter(id=1).first()
    if (head.seq, head.hash) != (count, previous) if head else count > 0:
        raise AuditBroken(f"The audit chain ends at event {count} and should go on.")
    return count


def _hash(event: AuditEvent) -> str:
    return _hash_of([getattr(event, name) for name in _HASHED])


def _hash_of(fields: Sequence[Any]) -> str:
    """Chain hash over every field in one fixed form, so that both databases give the same hash."""
    seq, at, *others = fields
    return hashlib.sha256(_encode([seq, at.astimezone(UTC).isoformat(), *others]).encode()).hexdigest()
