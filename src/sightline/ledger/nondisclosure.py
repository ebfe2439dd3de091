"""Decisions not to disclose, in the ledger: each with its audit event, in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sightline.errors import NotFound, Refused
from sightline.governance.subjects import NotDisclosed
from sightline.ledger import audit
from sightline.ledger.subject_models import NonDisclosure, NonDisclosureEnd, NonDisclosureReview


def record_decision(row: NonDisclosure) -> NonDisclosure:
    """Write a decision down; it holds from this instant."""
    with audit.writing():
        row.save(force_insert=True)
        detail = {
            "agency": row.holder,
            "subject": row.token,
            "basis": row.basis,
            "asked_by": row.asked_by,
            "until": str(row.until or "") or "it is ended",
        }
        audit.record("not_disclosed", str(row), by=row.by, at=row.at, detail=detail)
    return row


def record_review(number: int, *, words: str, review_by: date, by: str, agency: str, at: datetime) -> None:
    """Write down that it was looked at again and goes on.

    Raises:
        NotFound, Refused: If there is no such decision for this officer, or it no longer holds.
    """
    with audit.writing():
        row = _standing(number, agency, at)
        NonDisclosureReview.objects.create(decision=row, words=words, review_by=review_by, at=at, by=by)
        detail = {"agency": agency, "subject": row.token, "review_by": str(review_by)}
        audit.record("not_disclosed_reviewed", str(row), by=by, at=at, detail=detail)


def record_end(number: int, *, reason: str, by: str, agency: str, at: datetime) -> None:
    """Let a decision end at this instant.

    Raises:
        NotFound, Refused: If there is no such decision for this officer, or it no longer holds.
    """
    with audit.writing():
        row = _standing(number, agency, at)
        NonDisclosureEnd.objects.create(decision=row, reason=reason, at=at, by=by)
        detail = {"agency": agency, "subject": row.token, "reason": reason}
        audit.record("not_disclosed_ended", str(row), by=by, at=at, detail=detail)


def decision_rows(agency: str = "") -> list[NonDisclosure]:
    """Every decision about what an agency holds, newest first; of all agencies where it is empty."""
    rows = NonDisclosure.objects.select_related("end").prefetch_related("reviews").order_by("-id")
    return list(rows.filter(holder=agency) if agency else rows)


def not_disclosed_of(person: str, identities: Collection[str]) -> tuple[NotDisclosed, ...]:
    """Every decision about a person, also one made when some of their records were linked otherwise: whose record it named, it covers."""
    own = set(identities)
    return tuple(as_not_disclosed(row) for row in decision_rows() if row.person == person or own.intersection(row.identities))


def as_not_disclosed(row: NonDisclosure) -> NotDisclosed:
    """A decision as the rules see it."""
    end = getattr(row, "end", None)
    return NotDisclosed(row.holder, row.at, row.until, end.at if end is not None else None)


def _standing(number: int, agency: str, at: datetime) -> NonDisclosure:
    row = next((each for each in decision_rows(agency) if each.pk == number), None)
    if row is None:
        raise NotFound(f"There is no decision {number} of yours.", hint="`sightline not-disclosed list` shows them.")
    if not as_not_disclosed(row).stands(at):
        raise Refused(f"Decision {number} no longer holds.", hint="Record a new one.")
    return row
