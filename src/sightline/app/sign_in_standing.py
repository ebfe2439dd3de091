"""Whether anything stands against somebody signing in, asked by every way in: a page, an identity provider, a command that is proved."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sightline.app import database  # sets Django up, which the ledger's models need
from sightline.ledger.break_glass import overdue_of
from sightline.ledger.models import User
from sightline.ledger.quarantines import is_in_quarantine
from sightline.model.agreements import LOCAL_TIME

__all__ = ["Against", "against_signing_in", "database"]


class Against(StrEnum):
    """Why somebody whom the ledger knows may not sign in, as an administrator reads it."""

    NOT_LET_IN = "waits to be let in"
    QUARANTINE = "no: the agency is in quarantine"
    NOT_REVIEWED = "no: an emergency they opened was not reviewed in time"
    ROLE_ENDED = "no: the last day of their role has passed"
    UNTRAINED = "no: their training is out of date"


def against_signing_in(user: User, *, at: datetime) -> Against | None:
    """What stands against it at an instant, if anything does; nobody has to take a suspension back, for a review ends it."""
    if not user.is_active:
        return Against.NOT_LET_IN
    if is_in_quarantine(user.agency):
        return Against.QUARANTINE
    today = at.astimezone(LOCAL_TIME).date()
    if user.role_until is not None and user.role_until < today:
        return Against.ROLE_ENDED
    if user.trained_until is not None and user.trained_until < today:
        return Against.UNTRAINED
    return Against.NOT_REVIEWED if overdue_of(user.get_username(), at) else None
