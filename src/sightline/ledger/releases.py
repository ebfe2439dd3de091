"""Which releases there are, and which one is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection
from django.db.models import Max

from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, ReleaseRecord


def next_release_number() -> int:
    """The number a new release will carry; `record_release` refuses it if another release took it meanwhile."""
    return int(ReleaseRecord.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def record_release(
    number: int,
    *,
    period: str,
    digest: str,
    attachments: Mapping[str, str],
    generation: int,
    by: str,
    at: datetime,
    rounding_key: str = "",
) -> ReleaseRecord:
    """Write down a release whose document and attachments are already stored; ``rounding_key`` is the fingerprint of its key.

    Raises:
        Refused: If the number was taken meanwhile.
    """
    with audit.writing():
        if ReleaseRecord.objects.filter(number=number).exists():
            raise Refused(
                f"Release {number} was made meanwhile by somebody else.", hint="Make the release again: it will take the next number."
            )
        release = ReleaseRecord.objects.create(
            number=number,
            period=period,
            digest=digest,
            attachments=dict(attachments),
            generation_id=generation,
            created_at=at,
            created_by=by,
        )
        detail = {"digest": digest, "generation": generation, "rounding_key": rounding_key}
        audit.record("release_made", f"release {number}", by=by, at=at, detail=detail)
    return release


def rounding_key_in_use() -> tuple[str, str]:
    """The fingerprint of the key that figures were last rounded with, and what was rounded; empty where nothing tells.

    A key that was declared lost counts from then on by what took its place.

    Raises:
        AuditBroken: If an event that tells is not what was written.
    """
    for event in AuditEvent.objects.filter(action__in=("release_made", "rounding_key_replaced")).order_by("-seq"):
        audit.refuse_if_altered(event)
        if event.detail.get("rounding_key"):
            return str(event.detail["rounding_key"]), event.object
    return "", ""


def record_key_replaced(fingerprint: str, *, reason: str, by: str, at: datetime) -> None:
    """Write down that the key was lost, why, and what took its place."""
    with audit.writing():
        audit.record("rounding_key_replaced", "the rounding key", by=by, at=at, detail={"rounding_key": fingerprint, "reason": reason})


def release_record(number: int) -> ReleaseRecord:
    """One release.

    Raises:
        NotFound: If there is none of that number.
    """
    release = ReleaseRecord.objects.filter(number=number).first()
    if release is None:
        raise NotFound(f"There is no release {number}.", hint="Make one with `sightline release`.")
    return release


def current_release_record(*, before: datetime | None = None) -> ReleaseRecord | None:
    """The newest release that has not been withdrawn, of those made before an instant if one is given; None where there is none."""
    held = ReleaseRecord.objects.filter(withdrawn_at=None)
    return (held if before is None else held.filter(created_at__lt=before)).order_by("-number").first()


def current_release_digest() -> str | None:
    """What names the document of the newest release that has not been withdrawn; None where there is none."""
    with connection.cursor() as cursor:
        # Written out, because putting a query together takes longer than all else that a page asks about its release.
        cursor.execute('select "digest" from "ledger_releaserecord" where "withdrawn_at" is null order by "number" desc limit 1')
        found = cursor.fetchone()
    return None if found is None else str(found[0])


def releases_before(instant: datetime) -> list[ReleaseRecord]:
    """Every release made before an instant, oldest first, withdrawn ones too."""
    return list(ReleaseRecord.objects.filter(created_at__lt=instant).order_by("number"))


def every_release_record() -> list[ReleaseRecord]:
    """Every release ever made, newest first, withdrawn ones too."""
    return list(ReleaseRecord.objects.order_by("-number"))


def is_of_a_release(digest: str) -> bool:
    """Whether an object is a release, or belongs to one."""
    named = ReleaseRecord.objects.values_list("digest", "attachments")
    return any(digest == of_release or digest in attachments.values() for of_release, attachments in named)
