"""A return goes on without some of its rows: a version made here and not by its agency, in place of one that is to be erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from sightline.errors import Refused
from sightline.ledger import audit
from sightline.ledger.models import ReturnObject, ReturnVersion
from sightline.ledger.present import IsThere, refuse_if_gone
from sightline.ledger.returns import Part, idempotency_key, move, return_id
from sightline.ledger.states import State
from sightline.ledger.token_key_models import KeyedReturn, TokenRotation


@dataclass(frozen=True, slots=True)
class TurnedFile:
    """A rotation file of the return before, without what is not to stay."""

    old_key: str
    new_key: str
    digest: str
    pairs: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """A return as it goes on: its objects are in the store already. ``of`` is the return whose place it takes."""

    of: str
    key: str
    parts: Sequence[Part]
    rows_kept: int
    findings: list[dict[str, Any]]
    token_key: str
    rotations: Sequence[TurnedFile]


def next_key(version: ReturnVersion) -> str:
    """The key of a version that is made of the same bytes and read by the same mapping, once more."""
    return idempotency_key(version.agency, version.dataset, version.period, version.mapping_version, version.content_sha256)


def take_place(made: Replacement, *, is_there: IsThere, by: str, at: datetime) -> ReturnVersion:
    """Let a return go on in place of the one before; call it inside `audit.writing`.

    It keeps the hash of what the agency sent, so that the same bytes handed in again are this return and bring nothing back.

    Raises:
        ObjectsErased: If an object of it is gone by now.
        Refused: If the return before does not hold any more.
    """
    before = ReturnVersion.objects.get(id=made.of)
    if before.state != State.ACCEPTED or made.key != next_key(before):
        raise Refused(f"{before} does not hold any more.", hint="Look at the plan again; nothing was changed.")
    digests = [*(part.digest for part in made.parts), *(taken.digest for taken in made.rotations)]
    refuse_if_gone(digests, is_there)
    moment = max(at, before.accepted_at or at)
    slot = ReturnVersion.objects.filter(agency=before.agency, dataset=before.dataset, period=before.period)
    version = ReturnVersion.objects.create(
        id=return_id(made.key),
        agency=before.agency,
        dataset=before.dataset,
        period=before.period,
        period_from=before.period_from,
        period_to=before.period_to,
        version=(slot.aggregate(last=Max("version"))["last"] or 0) + 1,
        supersedes=before,
        state=State.RECEIVED,
        idempotency_key=made.key,
        content_sha256=before.content_sha256,
        mapping_version=before.mapping_version,
        agreement_version=before.agreement_version,
        received_at=before.received_at,
        submitted_by=before.submitted_by,
        rows_read=before.rows_read,
        rows_kept=made.rows_kept,
        findings=made.findings,
        not_checked=before.not_checked,
        mapped_fields=before.mapped_fields,
    )
    ReturnObject.objects.bulk_create(
        ReturnObject(return_version=version, kind=part.kind, entity=part.entity, digest=part.digest, rows=part.rows, bytes=part.bytes)
        for part in made.parts
    )
    if made.token_key:
        KeyedReturn.objects.create(return_version=version, key_id=made.token_key)
    for file in made.rotations:
        told = {"old_key": file.old_key, "new_key": file.new_key, "digest": file.digest, "pairs": file.pairs}
        TokenRotation.objects.create(return_version=version, **told, at=at, by=by)
    detail = {"return": str(version), "before": str(before), "rows": made.rows_kept}
    audit.record("return_goes_on", version.id, by=by, at=moment, detail=detail)
    move(version, State.VALIDATED, by=by, at=moment)
    move(before, State.SUPERSEDED, by=by, at=moment, reason=f"version {version.version}")
    move(version, State.ACCEPTED, by=by, at=moment)
    return version
