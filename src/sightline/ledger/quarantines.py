"""Setting an agency apart and taking that back, in the ledger, each with its audit event."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from sightline.errors import NotFound, Refused
from sightline.governance import Quarantined
from sightline.ledger import audit
from sightline.ledger.models import User
from sightline.ledger.quarantine_models import Quarantine, QuarantineEnd


def begin(agency: str, *, reason: str, by: str, at: datetime) -> Quarantined:
    """Set an agency apart; the audit says so in the same transaction.

    Raises:
        Refused: If it is already.
    """
    with audit.writing():
        if is_in_quarantine(agency):
            raise Refused(f"{agency} is in quarantine already.", hint="Nothing was changed.")
        row = Quarantine.objects.create(agency=agency, reason=reason, at=at, by=by)
        people = User.objects.filter(agency=agency).count()
        audit.record("quarantine_begun", agency, by=by, at=at, detail={"reason": reason, "people": people})
    return _told(row)


def end(agency: str, *, reason: str, by: str, at: datetime) -> Quarantined:
    """Take an agency back; never to an instant before it was set apart.

    Raises:
        NotFound: If it is not set apart.
    """
    with audit.writing():
        row = Quarantine.objects.filter(agency=agency, end=None).first()
        if row is None:
            raise NotFound(f"{agency} is not in quarantine.", hint="`sightline quarantine` lists who is.")
        moment = max(at, row.at)
        QuarantineEnd.objects.create(quarantine=row, reason=reason, at=moment, by=by)
        audit.record("quarantine_ended", agency, by=by, at=moment, detail={"reason": reason})
    return _told(Quarantine.objects.select_related("end").get(pk=row.pk))


def quarantines() -> list[Quarantined]:
    """Every time an agency was set apart, in order."""
    return [_told(row) for row in Quarantine.objects.select_related("end")]


def is_in_quarantine(agency: str) -> bool:
    """Whether an agency is set apart and nobody ended it. No clock is asked, so that a wrong one opens no door."""
    return bool(agency) and Quarantine.objects.filter(agency=agency, end=None).exists()


def people_of_agencies() -> dict[str, int]:
    """How many people of each agency could sign in."""
    counted = User.objects.exclude(agency="").values("agency").annotate(people=Count("id")).order_by()
    return {each["agency"]: each["people"] for each in counted}


def _told(row: Quarantine) -> Quarantined:
    ended = getattr(row, "end", None)
    return Quarantined(row.agency, row.at, row.by, row.reason, ended.at if ended else None)
