"""Who did what, for those who check it: the events in words, the pages that were read, and the end of the chain, signed.

The chain holds together by itself; that nobody replaced all of it shows only against an end of it that was signed and kept elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db.models import Q

from sightline.app.audit_words import sentence
from sightline.app.workspace import Workspace
from sightline.errors import EnvironmentProblem, InputRefused, Place, Refused
from sightline.ledger import audit
from sightline.ledger.audit import AuditBroken
from sightline.ledger.models import AuditEvent, AuditHead
from sightline.ledger.together import Together
from sightline.store.backups import write_durably

READS = ("page_read", "file_taken", "form_sent", "page_refused", "page_not_there", "page_held_back")
SIGN_INS = (
    "signed_in",
    "signed_out",
    "sign_in_failed",
    "session_ended",
    "purpose_chosen",
    "user_waits",
    "sign_in_role_differs",
    "second_factor_added",
    "second_factor_removed",
    "second_factor_reset",
    "recovery_codes_made",
    "recovery_code_used",
    "password_changed",
    "sessions_ended",
)
KEYS = (
    "workspace_encrypted",
    "storage_key_rotated",
    "storage_key_split",
    "token_key_registered",
    "token_key_destroyed",
    "token_rotation_taken",
    "token_rotation_refused",
    "rounding_key_replaced",
)
"""What was done with keys, and by whom: the log of key ceremonies."""
KINDS: dict[str, tuple[str, ...]] = {
    "reads": READS,
    "refusals": ("page_refused", "sign_in_failed", "sign_in_role_differs", "return_refused"),
    "sign_ins": SIGN_INS,
    "keys": KEYS,
}
"""Kinds of event that can be asked for; ``changes`` are all that are neither reads nor sign-ins."""
CHANGES = "changes"
_LONGEST = 200
_together = Together()


@dataclass(frozen=True, slots=True)
class Told:
    """One event, as a protection officer reads it."""

    seq: int
    at: datetime
    actor: str
    action: str
    object: str
    agency: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events: of one person, one agency, one kind, between two instants, about one child (a stand-in). Empty means all."""

    person: str = ""
    agency: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at an instant, signed with the workspace's audit key."""

    workspace: str
    at: str
    seq: int
    hash: str
    public_key: str
    signature: str = ""


def events(asked: Asked = Asked(), *, before: int | None = None, most: int = 100, actions: Sequence[str] = ()) -> list[Told]:
    """The newest events, newest first.

    Args:
        asked: Which.
        before: Only events older than this number, to go on where a list ended.
        most: How many.
        actions: Only these; none: any.

    Raises:
        InputRefused: If there is no such kind.
    """
    found = AuditEvent.objects.order_by("-seq")
    if actions:
        found = found.filter(action__in=actions)
    if asked.person:
        found = found.filter(actor=asked.person)
    if asked.agency:
        found = found.filter(detail__agency=asked.agency)
    if asked.kind == CHANGES or asked.subject:
        # Named one by one, so that the database goes to them and not past a million reads, none of which is about one child.
        known = set(AuditEvent.objects.order_by().values_list("action", flat=True).distinct())
        found = found.filter(action__in=sorted(known.difference(READS, SIGN_INS)))
    if asked.subject:
        found = found.filter(Q(detail__subject=asked.subject) | Q(detail__subjects__icontains=f'"{asked.subject}"'))
    if asked.kind and asked.kind != CHANGES:
        if asked.kind not in KINDS:
            raise InputRefused(f'There is no kind of event "{asked.kind}".', hint=f"The kinds are: {', '.join([*KINDS, CHANGES])}.")
        found = found.filter(action__in=KINDS[asked.kind])
    if asked.since:
        found = found.filter(at__gte=asked.since)
    if asked.until:
        found = found.filter(at__lt=asked.until)
    if before is not None:
        found = found.filter(seq__lt=before)
    return [_told(event) for event in found[:most]]


def _told(event: AuditEvent) -> Told:
    text = sentence(event.action, event.object, event.actor, event.detail)
    return Told(event.seq, event.at, event.actor, event.action, event.object, str(event.detail.get("agency", "")), text)


@dataclass(frozen=True, slots=True)
class LastSigned:
    """When the end of the chain was last signed, at which event, and how many of the folders it was to go to could not be reached."""

    at: datetime
    seq: int
    unreached: int


def last_signed() -> LastSigned | None:
    """What the newest signing told; None before the first."""
    event = AuditEvent.objects.filter(action="audit_head_signed").order_by("-seq").first()
    return LastSigned(event.at, int(event.object), int(event.detail.get("unreached", 0))) if event else None


def record_read(action: str, address: str, *, by: str, at: datetime, detail: Mapping[str, Any]) -> None:
    """Write down what somebody asked of the pages; it is on the disk when this returns, and only then may they be answered.

    Raises:
        EnvironmentProblem: If it cannot be written.
    """
    _together.record(action, address[:_LONGEST], by=by, at=at, detail=detail)


def page_under_way() -> AbstractContextManager[None]:
    """Around the making of a page: the events of pages that are made at the same moment are written together, between pages."""
    return _together.page()


def export(asked: Asked, *, reason: str, by: str, own_agency: str = "", at: datetime) -> list[Told]:
    """All events asked for, to be taken away; that they were, by whom and why, becomes an event itself.

    Args:
        asked: Which.
        reason: What for.
        by: Who takes them.
        own_agency: Of the officer who takes them: what its people did, and nothing else, leaves with them. Empty: of the partnership.
        at: When.

    Raises:
        InputRefused: If no reason is given.
        Refused: If another agency's events are asked for.
    """
    if asked.agency not in ("", own_agency) and own_agency:
        raise Refused(
            "An agency’s officer takes away what that agency’s people did.",
            hint="Ask the other agency’s officer; the page shows all events.",
        )
    asked = replace(asked, agency=asked.agency or own_agency)
    if len(reason.strip()) < 10:
        raise InputRefused("Taking events out of the audit needs a reason.", hint="Say in a few words what they are for; it is recorded.")
    found = events(asked, most=AuditEvent.objects.count())
    with audit.writing():
        detail = {"reason": reason.strip()[:_LONGEST], "agency": own_agency}
        audit.record("audit_exported", f"{len(found):,} events", by=by, at=at, detail=detail)
    return found


def sign_head(workspace: Workspace, *, to: Path, by: str, at: datetime) -> tuple[Head, Path]:
    """Walk the whole chain, sign its end and write it to a folder that should be elsewhere, such as another agency's.

    Raises:
        EnvironmentProblem: If the key cannot be read, or the file not be written.
        AuditBroken: If the chain does not hold together.
    """
    audit.verify()
    return sign_into(workspace, [to], by=by, at=at)


def sign_into(workspace: Workspace, folders: Sequence[Path], *, by: str, at: datetime) -> tuple[Head, Path]:
    """Sign the end of the chain as it stands and write it to each folder that can be reached; the first file.

    Raises:
        Refused: If the chain has no event yet.
        EnvironmentProblem: If the key cannot be read, or the file be written to none of them.
    """
    key = Ed25519PrivateKey.from_private_bytes(workspace.audit_key)
    end = AuditHead.objects.filter(id=1, seq__gt=0).first()
    if end is None:
        raise Refused("Nothing was written into the audit yet.", hint="Sign its end when something was done.")
    moment, public = at.astimezone(UTC), key.public_key().public_bytes_raw().hex()
    unsigned = Head(workspace.partnership.id, moment.isoformat(), end.seq, end.hash, public)
    head = replace(unsigned, signature=key.sign(_content(unsigned)).hex())
    written = []
    for folder in folders:
        path = folder / f"audit-{head.workspace}-{moment:%Y%m%dT%H%M%SZ}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_durably(path, json.dumps(asdict(head), indent=1).encode(), mode=0o644)
            written.append(path)
        except OSError as problem:
            if folder is folders[-1] and not written:
                raise EnvironmentProblem(
                    f"The signed end cannot be written: {(problem.strerror or 'no reason given').lower()}.", place=Place(file=str(path))
                ) from problem
    with audit.writing():
        detail = {"hash": head.hash, "public_key": head.public_key, "unreached": len(folders) - len(written)}
        audit.record("audit_head_signed", str(head.seq), by=by, at=at, detail=detail)
    return head, written[0]


def verify_against(paths: Sequence[Path]) -> int:
    """Walk the whole chain, then hold it against ends of it signed earlier; how many events it has.

    Args:
        paths: Files that `sign_head` wrote, or folders of them.

    Raises:
        AuditBroken: Naming the first event that does not fit.
        InputRefused: If a folder holds no signed end, a file is none, or its signature is not right.
    """
    count = audit.verify()
    files = [file for path in paths for file in (_in_folder(path) if path.is_dir() else [path])]
    heads = sorted((_read(file) for file in files), key=lambda head: head.seq)
    keys = {head.public_key for head in heads}
    if len(keys) > 1:
        raise InputRefused("These ends were signed with different keys.", hint="Hold the chain against those of one workspace.")
    for head in heads:
        event = AuditEvent.objects.filter(seq=head.seq).first()
        if event is None:
            raise AuditBroken(f"The audit chain ends at event {count}; on {head.at[:10]} it was signed at event {head.seq}.")
        if event.hash != head.hash:
            raise AuditBroken(f"Event {head.seq} is not the one that was signed on {head.at[:10]}: it, or one before it, was replaced.")
    return count


def _in_folder(folder: Path) -> list[Path]:
    files = sorted(folder.glob("audit-*.json"))
    if not files:
        hint = "Name the folder that `sightline audit sign` wrote to."
        raise InputRefused("No signed end of an audit chain is in this folder.", place=Place(file=str(folder)), hint=hint)
    return files


def _read(path: Path) -> Head:
    try:
        head = Head(**json.loads(path.read_text(encoding="ascii")))
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.public_key)).verify(bytes.fromhex(head.signature), _content(head))
    except (OSError, ValueError, TypeError, InvalidSignature) as problem:
        raise InputRefused(
            "This is no signed end of an audit chain, or it was changed.",
            place=Place(file=path.name),
            hint="Use the file as it was written.",
        ) from problem
    return head


def _content(head: Head) -> bytes:
    return json.dumps(asdict(replace(head, signature="")), sort_keys=True, separators=(",", ":")).encode()
