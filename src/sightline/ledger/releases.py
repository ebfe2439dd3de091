"""Which releases there are, and which one is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max

from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import ReleaseRecord


def next_release_number() -> int:
    """The number a new release will carry; `record_release` refuses it if another release took it meanwhile."""
    return int(ReleaseRecord.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def record_release(
    number: int, *, period: str, digest: str, attachments: Mapping[str, str], generation: int, by: str, at: datetime
) -> ReleaseRecord:
    """Write down a release whose document and attachments are already stored.

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
        audit.record("release_made", f"release {number}", by=by, at=at, detail={"digest": digest, "generation": generation})
    return release


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


def releases_before(instant: datetime) -> list[ReleaseRecord]:
    """Every release made before an instant, oldest first, withdrawn ones too."""
    return list(ReleaseRecord.objects.filter(created_at__lt=instant).order_by("number"))


def is_of_a_release(digest: str) -> bool:
    """Whether an object is a release, or belongs to one."""
    named = ReleaseRecord.objects.values_list("digest", "attachments")
    return any(digest == of_release or digest in attachments.values() for of_release, attachments in named)
