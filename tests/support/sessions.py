"""Sessions of people in tests, as they are after every step of signing in."""

from __future__ import annotations

from typing import Any

from django.test import Client

from sightline.app.roles import ceiling
from sightline.model.agreements import Tier
from sightline.web.sessions import PURPOSE, PURPOSE_RELEASE, SECOND_FACTOR


def open_session(client: Client, user: Any, *, purpose: str = "") -> None:
    """Let somebody be signed in with everything that their role needs."""
    client.force_login(user)
    session = client.session
    session[SECOND_FACTOR] = "totp"
    highest = ceiling(user.role)
    if highest is not None:
        session[PURPOSE] = purpose or ("data_quality" if highest >= Tier.OPERATIONAL else "strategic_planning")
        session[PURPOSE_RELEASE] = 1000
    session.save()
