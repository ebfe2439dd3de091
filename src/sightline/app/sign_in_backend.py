"""Who may be signed in: asked of a right password, and of the person of a session at every page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sightline.app import database

# isort: split
from django.contrib.auth.backends import ModelBackend

from sightline.app.sign_in_standing import against_signing_in
from sightline.ledger.models import User

__all__ = ["SignInBackend", "database", "may_sign_in"]


class SignInBackend(ModelBackend):
    """Lets nobody sign in against whom something stands, and ends at its next page every session that one of them has."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether nothing about the person or the agency stands against it now."""
        return super().user_can_authenticate(user) and against_signing_in(user, at=datetime.now(UTC)) is None


def may_sign_in(user: User) -> bool:
    """Whether somebody whose password was right a while ago may still sign in."""
    return SignInBackend().user_can_authenticate(user)
