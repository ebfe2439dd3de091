"""Read releases: the current one, one by its number, all of them, and what belongs to them. Reading needs no counting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sightline.app.damage import refuse_damaged_releases
from sightline.app.workspace import Workspace
from sightline.errors import NotFound
from sightline.ledger.erasures import releases_erased_behind
from sightline.ledger.models import ReleaseRecord
from sightline.ledger.releases import current_release_digest, current_release_record, release_record
from sightline.model.releases import Release, release_from_json


@dataclass(frozen=True, slots=True)
class ReleaseListing:
    """One release in the list of all of them."""

    number: int
    period: str
    digest: str
    generation: int
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None
    erased_at: datetime | None = None
    """When returns behind it were last erased: its figures stay as published, and cannot be counted again."""


def current_release(workspace: Workspace) -> Release | None:
    """The newest release that was not withdrawn; None before the first.

    Raises:
        ObjectMissing, ObjectDamaged: If its bytes are not what they were.
    """
    record = current_release_record()
    return None if record is None else read_release(workspace, record)


def current_digest() -> str | None:
    """What names the newest release that was not withdrawn: asked for every page, by which the release is found in memory.

    Raises:
        LedgerDamaged: If the rows that say so changed by themselves since the server was started.
    """
    refuse_damaged_releases()
    return current_release_digest()


def release_by_number(workspace: Workspace, number: int) -> Release:
    """One release.

    Raises:
        NotFound: If there is none of that number.
    """
    return read_release(workspace, release_record(number))


def list_releases(workspace: Workspace) -> tuple[ReleaseListing, ...]:
    """Every release ever made, newest first, withdrawn ones too."""
    return every_release()


def every_release() -> tuple[ReleaseListing, ...]:
    """The same for whoever reads released figures only, and has no workspace.

    Raises:
        LedgerDamaged: If the rows that say so changed by themselves since the server was started.
    """
    refuse_damaged_releases()
    erased = releases_erased_behind()
    return tuple(
        ReleaseListing(
            number=record.number,
            period=record.period,
            digest=record.digest,
            generation=record.generation_id,
            created_at=record.created_at,
            created_by=record.created_by,
            withdrawn_at=record.withdrawn_at,
            erased_at=erased.get(record.number),
        )
        for record in ReleaseRecord.objects.order_by("-number")
    )


def read_attachment(workspace: Workspace, release: Release, name: str) -> bytes:
    """One file that belongs to a release, verified.

    Raises:
        NotFound: If the release has no such attachment.
    """
    digest = release.attachments.get(name)
    if digest is None:
        raise NotFound(f'Release {release.number} has no attachment called "{name}".', hint="See its list of attachments.")
    return workspace.objects.get_bytes(digest)


def attachment_or_none(workspace: Workspace, release: Release, name: str) -> bytes | None:
    """One file that belongs to a release, verified; None where it has none of that name."""
    digest = release.attachments.get(name)
    return None if digest is None else workspace.objects.get_bytes(digest)


def read_release(workspace: Workspace, record: ReleaseRecord) -> Release:
    """The release a ledger row names, verified."""
    return release_from_json(workspace.objects.get_bytes(record.digest))
