"""Subject access requests in the ledger: each request and each thing that happens to it with its audit event, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from sightline.errors import NotFound, Refused
from sightline.governance.access import Course
from sightline.ledger import audit
from sightline.ledger.access_models import AccessRequest, AccessStep
from sightline.model.access import Step


def record_request(row: AccessRequest) -> AccessRequest:
    """Write a request down."""
    with audit.writing():
        row.save(force_insert=True)
        detail = {"agency": row.agency, "subject": row.token, "asked_by": row.asked_by, "received_on": str(row.received_on)}
        audit.record("access_requested", str(row), by=row.by, at=row.at, detail=detail)
    return row


def request_row(number: int, agency: str) -> AccessRequest:
    """One request that an officer may know of.

    Args:
        number: Its number.
        agency: Of the officer; empty for one of the whole partnership.

    Raises:
        NotFound: If there is none of that number for this officer.
    """
    found = request_rows(agency).filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no subject access request {number} of yours.", hint="`sightline subject-access list` shows them.")
    return found


def request_rows(agency: str) -> QuerySet[AccessRequest]:
    """The requests that an officer may know of, newest first."""
    rows = AccessRequest.objects.prefetch_related("steps").order_by("-id")
    return rows.filter(agency=agency) if agency else rows


def record_step(
    row: AccessStep, *, may: Callable[[list[AccessStep]], str] = lambda steps: "", detail: dict[str, Any] | None = None
) -> None:
    """Write down what happened to a request.

    Args:
        row: What happened.
        may: Given everything that happened before, says why this cannot happen now; empty where it can.
        detail: What the audit says besides.

    Raises:
        Refused: If it cannot happen now.
    """
    with audit.writing():
        before = list(AccessStep.objects.filter(request=row.request).order_by("id"))
        closed = next((step for step in before if step.kind == Step.REFUSED), None)
        why = "It was refused before." if closed else may(before)
        if why:
            raise Refused(f"{str(row.request).capitalize()}: {why}", hint="Nothing was changed.")
        row.save(force_insert=True)
        told = {"agency": row.request.agency, "subject": row.request.token, "day": str(row.day), "words": row.words} | (detail or {})
        audit.record(f"access_{row.kind}", str(row.request), by=row.by, at=row.at, detail=told)


def record_read(request: AccessRequest, *, item: str, by: str, at: datetime) -> None:
    """Write down that somebody opened a text to decide about it, before they see it."""
    with audit.writing():
        detail = {"agency": request.agency, "subject": request.token, "item": item}
        audit.record("access_text_read", str(request), by=by, at=at, detail=detail)


def course_of(received_on: date, steps: list[AccessStep]) -> Course:
    """What happened, as the rules of time see it."""
    identity = next((step.day for step in steps if step.kind == Step.IDENTITY_CHECKED), None)
    pauses: list[tuple[date, date | None]] = []
    for step in steps:
        if step.kind == Step.CLOCK_STOPPED:
            pauses.append((step.day, None))
        elif step.kind == Step.CLOCK_STARTED and pauses:
            pauses[-1] = (pauses[-1][0], step.day)
    return Course(received_on, identity, tuple(pauses), any(step.kind == Step.EXTENDED for step in steps))


def answers_of(digest: str) -> list[AccessStep]:
    """Every answer that was given with exactly these bytes."""
    return list(AccessStep.objects.filter(kind=Step.ANSWERED, digest=digest).select_related("request").order_by("id"))
