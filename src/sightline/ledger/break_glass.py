"""Emergencies in the ledger: each opened, looked at, ended and reviewed together with its audit event, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sightline.definitions.working_days import load_holidays
from sightline.errors import NotFound
from sightline.governance.break_glass import Wanting, refuse_to_open, refuse_to_review, review_due, still_to_review
from sightline.governance.subjects import Glass
from sightline.ledger import audit
from sightline.ledger.models import Role, User
from sightline.ledger.subject_models import BreakGlass, BreakGlassEnd, BreakGlassRefused, BreakGlassReview, BreakGlassTold
from sightline.model.subjects import LATELY, OPEN_FOR


def wanting(by: str, agency: str, *, is_fresh: bool, at: datetime) -> Wanting:
    """Somebody who wants to open a person's records, as the rules see them."""
    since = {"by": by, "at__gt": at - LATELY}
    tried = BreakGlass.objects.filter(**since).count() + BreakGlassRefused.objects.filter(**since).count()
    officers = User.objects.filter(role=Role.DATA_PROTECTION_OFFICER, is_active=True, agency__in=("", agency)).exclude(username=by)
    return Wanting(agency, is_fresh, tried, open_of(by, at), len(overdue_of(by, at)), officers.count())


def check_may_open(by: str, agency: str, *, is_fresh: bool, at: datetime) -> None:
    """Let somebody go on who wants to open a person's records, or say why not.

    Raises:
        MayNotOpen: With what stands in the way.
    """
    refuse_to_open(wanting(by, agency, is_fresh=is_fresh, at=at))


def record_opened(row: BreakGlass, *, is_fresh: bool, told: Collection[str]) -> BreakGlass:
    """Open one person's records, with the notices to the protection officers, before a row of them is read.

    Raises:
        MayNotOpen: If this person may not.
    """
    with audit.writing():
        refuse_to_open(wanting(row.by, row.agency, is_fresh=is_fresh, at=row.at))
        row.save(force_insert=True)
        BreakGlassTold.objects.bulk_create(BreakGlassTold(glass=row, agency=agency, at=row.at) for agency in sorted(told))
        detail = {"agency": row.agency, "emergency": row.emergency, "reason": row.reason, "subject": row.token, "told": sorted(told)}
        audit.record("break_glass_opened", str(row), by=row.by, at=row.at, detail=detail)
    return row


def record_refused(row: BreakGlassRefused) -> None:
    """Write down that somebody asked and nothing was opened."""
    with audit.writing():
        row.save(force_insert=True)
        detail = {"agency": row.agency, "emergency": row.emergency, "why": row.why}
        audit.record("break_glass_refused", str(row), by=row.by, at=row.at, detail=detail)


def record_look(row: BreakGlass, action: str, *, agencies: Collection[str], detail: Mapping[str, Any], at: datetime) -> None:
    """Write down one look, within the caller's transaction, and tell the officer of an agency that was not told yet."""
    known = set(row.told.values_list("agency", flat=True))
    BreakGlassTold.objects.bulk_create(BreakGlassTold(glass=row, agency=agency, at=at) for agency in sorted(set(agencies) - known))
    audit.record(action, str(row), by=row.by, at=at, detail={"agency": row.agency, "subject": row.token, **detail})


def record_end(number: int, *, by: str, at: datetime) -> None:
    """End it before the hour is over; ended before, nothing happens.

    Raises:
        NotFound: If there is no such emergency of this reader.
    """
    with audit.writing():
        row = glass_row(number, by=by)
        if as_glass(row).is_open(at):
            BreakGlassEnd.objects.create(glass=row, at=at)
            audit.record("break_glass_ended", str(row), by=by, at=at, detail={"agency": row.agency, "subject": row.token})


def record_review(number: int, *, justified: bool, words: str, by: str, agency: str, at: datetime) -> None:
    """Write down what a protection officer says of it.

    Raises:
        NotFound: If there is no such emergency.
        MayNotReview: If it is not for this officer to say.
    """
    with audit.writing():
        row = glass_row(number)
        told, reviewed = _agencies(row)
        refuse_to_review(as_glass(row), told=told, reviewed=reviewed, by=by, agency=agency)
        BreakGlassReview.objects.create(glass=row, agency=agency, justified=justified, words=words, at=at, by=by)
        said = "justified" if justified else "not justified"
        detail = {"agency": agency, "subject": row.token, "said": said, "words": words}
        audit.record("break_glass_reviewed", str(row), by=by, at=at, detail=detail)


def glass_row(number: int, *, by: str | None = None) -> BreakGlass:
    """One emergency, of this reader only where one is named.

    Raises:
        NotFound: If there is none.
    """
    found = BreakGlass.objects.select_related("end").prefetch_related("told", "reviews").filter(pk=number)
    row = (found if by is None else found.filter(by=by)).first()
    if row is None:
        raise NotFound(f"There is no emergency {number} of yours.", hint="`sightline break-glass list` shows them.")
    return row


def glass_rows() -> list[BreakGlass]:
    """Every emergency, newest first."""
    return list(BreakGlass.objects.select_related("end").prefetch_related("told", "reviews").order_by("-id"))


def refused_rows() -> list[BreakGlassRefused]:
    """Every time somebody asked and nothing was opened, newest first."""
    return list(BreakGlassRefused.objects.order_by("-id"))


def open_of(by: str, at: datetime) -> Glass | None:
    """What somebody has open at an instant."""
    lately = BreakGlass.objects.select_related("end").filter(by=by, at__gt=at - OPEN_FOR, at__lte=at).order_by("-id")
    return next((glass for glass in map(as_glass, lately) if glass.is_open(at)), None)


def as_glass(row: BreakGlass) -> Glass:
    """An emergency as the rules see it."""
    end = getattr(row, "end", None)
    return Glass(row.pk, row.by, row.token, row.at, end.at if end is not None else None)


def waits_for(row: BreakGlass) -> tuple[str, ...]:
    """The agencies whose officers have not said anything of it yet."""
    return still_to_review(*_agencies(row))


def review_due_of(row: BreakGlass) -> datetime:
    """The instant by which an emergency has to be reviewed."""
    return review_due(row.at, load_holidays())


def overdue_of(by: str, at: datetime) -> list[BreakGlass]:
    """What somebody opened that was not reviewed in time and still is not: while there is any, they do not sign in."""
    own = BreakGlass.objects.filter(by=by).prefetch_related("told", "reviews")
    return [row for row in own if waits_for(row) and review_due_of(row) <= at]


def waiting_for_review(agency: str) -> int:
    """How many emergencies wait for an officer of this agency; of all agencies where it is empty."""
    rows = BreakGlass.objects.exclude(reviews__agency="").prefetch_related("told", "reviews")
    if agency:
        return rows.filter(told__agency=agency).exclude(reviews__agency=agency).count()
    return sum(bool(waits_for(row)) for row in rows)


def _agencies(row: BreakGlass) -> tuple[list[str], list[str]]:
    return [each.agency for each in row.told.all()], [each.agency for each in row.reviews.all()]
