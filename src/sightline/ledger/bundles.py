"""Write bundles for the community down, and read them back."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.bundle_models import BundleRecord


def next_bundle_number() -> int:
    """The number a new bundle will carry; `record_bundle` refuses it if another took it meanwhile."""
    return int(BundleRecord.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def record_bundle(
    number: int, *, release: int, profile: tuple[str, str], objects: tuple[str, str, str], by: str, at: datetime
) -> BundleRecord:
    """Write down a bundle that is handed out; its objects (files, what they tell, how they were attacked) are already stored.

    Raises:
        Refused: If the number was taken meanwhile.
    """
    digest, released, attack = objects
    with audit.writing():
        if BundleRecord.objects.filter(number=number).exists():
            raise Refused(f"Bundle {number} was made meanwhile by somebody else.", hint="Make it again: it will take the next number.")
        made = BundleRecord.objects.create(
            number=number,
            release_id=release,
            profile=profile[0],
            profile_version=profile[1],
            digest=digest,
            released=released,
            attack=attack,
            created_at=at,
            created_by=by,
        )
        detail = {"digest": digest, "release": release, "profile": list(profile)}
        audit.record("bundle_published", f"bundle {number}", by=by, at=at, detail=detail)
    return made


def same_bundle(release: int, profile: tuple[str, str]) -> BundleRecord | None:
    """The bundle of a release under this version of a profile; None before it was made."""
    return BundleRecord.objects.filter(release_id=release, profile=profile[0], profile_version=profile[1]).order_by("number").first()


def bundles_before(instant: datetime) -> list[BundleRecord]:
    """Every bundle handed out before an instant, oldest first: what was given out once is known."""
    return list(BundleRecord.objects.filter(created_at__lt=instant).order_by("number"))


def bundle_record(number: int) -> BundleRecord:
    """One bundle by its number.

    Raises:
        NotFound: If there is none.
    """
    found = BundleRecord.objects.filter(number=number).first()
    if found is None:
        raise NotFound(f"There is no bundle {number}.", hint="`sightline export-bundle` makes one.")
    return found
