"""Returns in the ledger: keep a new version, withdraw one, and say which hold now or held at an instant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from sightline.errors import NotFound, Refused
from sightline.ledger import audit, token_keys
from sightline.ledger.models import ObjectKind, ReturnObject, ReturnVersion
from sightline.ledger.present import IsThere, refuse_if_gone
from sightline.ledger.states import State, check_transition

PRECEDENCE = ("period_to", "accepted_at", "version", "id")
"""Where two returns tell of the same record, the later one in this order holds: the later period, then the later accepted."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a return is for: one agency's dataset in one period."""

    agency: str
    dataset: str
    period: str


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a new return, already in the store."""

    kind: ObjectKind
    digest: str
    bytes: int
    entity: str = ""
    file_name: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class NewReturn:
    """A return that has been read and checked and whose objects are in the store."""

    slot: Slot
    period_from: date
    period_to: date
    key: str
    content: str
    mapping_version: str
    rows_read: int
    rows_kept: int
    findings: list[dict[str, Any]]
    not_checked: list[dict[str, Any]]
    mapped_fields: list[dict[str, Any]]
    parts: Sequence[Part]
    agreement_version: str | None = None
    not_agreed: Mapping[str, int] = field(default_factory=dict)
    """Of each field that was dropped because no agreement lists it, how many values."""
    token_key: str = ""
    """The id of the key that its tokens were made with."""
    keys_before: Mapping[str, str] | None = None
    """The keys of returns kept before any key was registered; None unless this return's is the first."""


def recognise(slot: Slot, *, content: str, mapping_version: str) -> tuple[ReturnVersion | None, str]:
    """Tell whether these bytes, for this slot and read by this mapping, are a return already kept.

    They are, unless they were withdrawn, or replaced by a version that was itself withdrawn: whoever sends them after that means them.

    Returns:
        The return if it is kept, and the idempotency key that these bytes have or will have.
    """
    same = _versions(slot).filter(content_sha256=content, mapping_version=mapping_version)
    newest = same.order_by("-version").first()
    if newest is not None:
        is_gone = newest.state in (State.WITHDRAWN, State.ERASED)
        stands_alone = newest.state == State.SUPERSEDED and accepted(slot) is None
        if not is_gone and not stands_alone:
            return newest, newest.idempotency_key
    return None, idempotency_key(slot.agency, slot.dataset, slot.period, mapping_version, content)


def idempotency_key(agency: str, dataset: str, period: str, mapping_version: str, content: str) -> str:
    """The key of the next version that is made of these bytes, for this slot and read by this mapping."""
    same = _versions(Slot(agency, dataset, period)).filter(content_sha256=content, mapping_version=mapping_version)
    parts = (agency, dataset, period, mapping_version, content, str(same.count()))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def return_id(key: str) -> str:
    """The id of the return with this key. It follows from the key: a submission cut short and begun again makes the same objects."""
    return key[:20]


def keep_return(new: NewReturn, *, is_there: IsThere, by: str, at: datetime) -> tuple[ReturnVersion, bool]:
    """Accept a return in one transaction: its row, its objects, the end of the version before it, and the audit.

    Returns:
        The return, and whether it was kept already.

    Raises:
        ObjectsErased: If an object that it shares with an earlier return was erased while this one was being kept.
        Refused: If an earlier version was withdrawn while this one was being read.
    """
    with audit.writing():
        kept, key = recognise(new.slot, content=new.content, mapping_version=new.mapping_version)
        if kept is not None:
            return kept, True
        if key != new.key:
            raise Refused("A version of this return was withdrawn while this one was being read.", hint="Submit it again.")
        refuse_if_gone((part.digest for part in new.parts), is_there)
        before = accepted(new.slot)
        moment = max(at, before.accepted_at) if before and before.accepted_at else at
        version = (_versions(new.slot).aggregate(last=Max("version"))["last"] or 0) + 1
        made = ReturnVersion.objects.create(
            id=return_id(new.key),
            agency=new.slot.agency,
            dataset=new.slot.dataset,
            period=new.slot.period,
            period_from=new.period_from,
            period_to=new.period_to,
            version=version,
            supersedes=before,
            state=State.RECEIVED,
            idempotency_key=new.key,
            content_sha256=new.content,
            mapping_version=new.mapping_version,
            agreement_version=new.agreement_version,
            received_at=moment,
            submitted_by=by,
            rows_read=new.rows_read,
            rows_kept=new.rows_kept,
            findings=new.findings,
            not_checked=new.not_checked,
            mapped_fields=new.mapped_fields,
        )
        ReturnObject.objects.bulk_create(
            ReturnObject(
                return_version=made,
                kind=part.kind,
                entity=part.entity,
                file_name=part.file_name,
                digest=part.digest,
                rows=part.rows,
                bytes=part.bytes,
            )
            for part in new.parts
        )
        detail: dict[str, Any] = {"return": str(made), "content": new.content, "agreement": new.agreement_version}
        if new.not_agreed:
            detail["not_agreed"] = dict(new.not_agreed)
        audit.record("return_received", made.id, by=by, at=moment, detail=detail)
        if new.token_key:
            token_keys.keep_key_of(made, new.token_key, before=new.keys_before, by=by, at=moment)
        move(made, State.VALIDATED, by=by, at=moment)
        if before:
            move(before, State.SUPERSEDED, by=by, at=moment, reason=f"version {version}")
        move(made, State.ACCEPTED, by=by, at=moment)
    return made, False


def withdraw(id: str, *, reason: str, by: str, at: datetime) -> ReturnVersion:
    """Withdraw a return, whatever version it is.

    Raises:
        NotFound: If there is no such return.
        IllegalTransition: If it was withdrawn or erased before.
    """
    with audit.writing():
        found = ReturnVersion.objects.filter(id=id).first()
        if found is None:
            raise NotFound(f'There is no return "{id}".', hint="`sightline returns` lists them with their receipts.")
        move(found, State.WITHDRAWN, by=by, at=max(at, found.accepted_at or at), reason=reason)
    return found


def move(version: ReturnVersion, to: State, *, by: str, at: datetime, reason: str = "") -> None:
    """Take one step of the state table, with its audit event; call it inside `audit.writing`.

    Raises:
        IllegalTransition: If the table has no such step.
    """
    check_transition(State(version.state), to)
    version.state = to
    if to is State.ACCEPTED:
        version.accepted_at = at
    elif to in (State.SUPERSEDED, State.WITHDRAWN) and version.closed_at is None:
        version.closed_at = at
    if reason:
        version.reason = reason
    version.save(update_fields=["state", "accepted_at", "closed_at", "reason"])
    audit.record(f"return_{to.value}", version.id, by=by, at=at, detail={"return": str(version), "reason": reason})


def accepted(slot: Slot) -> ReturnVersion | None:
    """The version that holds now for a slot."""
    return _versions(slot).filter(state=State.ACCEPTED).first()


def accepted_now() -> QuerySet[ReturnVersion]:
    """Every return that holds now, in order of precedence."""
    return ReturnVersion.objects.filter(state=State.ACCEPTED).order_by(*PRECEDENCE)


def accepted_at(instant: datetime) -> QuerySet[ReturnVersion]:
    """Every return that held at an instant, in order of precedence: accepted by then and not closed by then."""
    held = Q(accepted_at__lte=instant) & (Q(closed_at=None) | Q(closed_at__gt=instant))
    return ReturnVersion.objects.filter(held).order_by(*PRECEDENCE)


def _versions(slot: Slot) -> QuerySet[ReturnVersion]:
    return ReturnVersion.objects.filter(agency=slot.agency, dataset=slot.dataset, period=slot.period)
