"""What the ledger keeps of protection: sign-offs of profiles, tables published under them, checklists, frozen areas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from sightline.errors import Refused
from sightline.ledger import audit
from sightline.ledger.models import AreaPartition, ProfileSignOff, ProtectedTableRecord, ReleaseChecklist


def record_sign_off(profile: str, version: str, *, note: str, by: str, at: datetime) -> ProfileSignOff:
    """Write down that a protection lead agreed to this version of a profile."""
    with audit.writing():
        made = ProfileSignOff.objects.create(profile=profile, version=version, note=note, by=by, at=at)
        audit.record("profile_signed", f"profile {profile}", by=by, at=at, detail={"version": version, "note": note})
    return made


def sign_off_of(profile: str, version: str) -> ProfileSignOff | None:
    """The newest sign-off of exactly this version; None while there is none."""
    return ProfileSignOff.objects.filter(profile=profile, version=version).order_by("-id").first()


def was_signed_before(profile: str) -> bool:
    """Whether any version of a profile was ever signed off."""
    return ProfileSignOff.objects.filter(profile=profile).exists()


def next_table_number() -> int:
    """The number a new table will carry; `record_table` refuses it if another took it meanwhile."""
    return int(ProtectedTableRecord.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def record_table(
    number: int,
    *,
    profile: tuple[str, str],
    indicator: str,
    period: str,
    breakdowns: Sequence[str],
    objects: tuple[str, str, str],
    counted_from: str,
    generation: int,
    by: str,
    at: datetime,
) -> ProtectedTableRecord:
    """Write down a table that is published; its objects (what is given out, what it tells, the truth) are already stored.

    Raises:
        Refused: If the number was taken meanwhile.
    """
    digest, released, truth = objects
    with audit.writing():
        if ProtectedTableRecord.objects.filter(number=number).exists():
            raise Refused(f"Table {number} was made meanwhile by somebody else.", hint="Make it again: it will take the next number.")
        made = ProtectedTableRecord.objects.create(
            number=number,
            profile=profile[0],
            profile_version=profile[1],
            indicator=indicator,
            period=period,
            breakdowns=list(breakdowns),
            digest=digest,
            released=released,
            truth=truth,
            counted_from=counted_from,
            generation_id=generation,
            created_at=at,
            created_by=by,
        )
        audit.record("table_published", f"table {number}", by=by, at=at, detail={"digest": digest, "profile": list(profile)})
    return made


def tables_before(instant: datetime) -> list[ProtectedTableRecord]:
    """Every table published before an instant, oldest first: what was given out once is known."""
    return list(ProtectedTableRecord.objects.filter(created_at__lt=instant).order_by("number"))


def record_checklist(subject: str, digest: str, *, is_signed: bool, by: str, at: datetime) -> ReleaseChecklist:
    """Keep a checklist with what it is of."""
    with audit.writing():
        made = ReleaseChecklist.objects.create(subject=subject, digest=digest, is_signed=is_signed, by=by, at=at)
        action = "checklist_signed" if is_signed else "checklist_answered"
        audit.record(action, subject, by=by, at=at, detail={"digest": digest})
    return made


def checklist_of(subject: str) -> ReleaseChecklist | None:
    """The newest checklist of a release or table; None before the first."""
    return ReleaseChecklist.objects.filter(subject=subject).order_by("-id").first()


def record_partition(family: str, digest: str, *, by: str, at: datetime) -> AreaPartition:
    """Freeze the areas of a family of indicators; if somebody froze them meanwhile, theirs hold."""
    with audit.writing():
        made, is_new = AreaPartition.objects.get_or_create(family=family, defaults={"digest": digest, "by": by, "at": at})
        if is_new:
            audit.record("areas_frozen", f"areas of {family}", by=by, at=at, detail={"digest": digest})
    return made


def partition_of(family: str) -> AreaPartition | None:
    """The frozen areas of a family; None before they were made."""
    return AreaPartition.objects.filter(family=family).first()
