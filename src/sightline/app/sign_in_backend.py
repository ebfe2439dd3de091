"""Who may be signed in: asked of a right password, and of the person of a session at every page."""

from __future__ import annotations

from typing import Any

from sightline.app import database

# isort: split
from django.contrib.auth.backends import ModelBackend

from sightline.ledger.models import User
from sightline.ledger.quarantines import is_in_quarantine

__all__ = ["SignInBackend", "database", "may_sign_in"]


class SignInBackend(ModelBackend):
    """Lets nobody of an agency in quarantine sign in, and ends at its next page every session that one of them has."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether nothing about the person or the agency stands against it."""
        return super().user_can_authenticate(user) and not is_in_quarantine(user.agency)


def may_sign_in(user: User) -> bool:
    """Whether somebody whose password was right a while ago may still sign in."""
    return SignInBackend().user_can_authenticate(user)
