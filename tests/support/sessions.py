"""Sessions of people in tests, as they are after every step of signing in."""

from __future__ import annotations

from typing import Any

from django.test import Client

from sightline.web.sessions import SECOND_FACTOR


def open_session(client: Client, user: Any) -> None:
    """Let somebody be signed in with everything that their role needs."""
    client.force_login(user)
    session = client.session
    session[SECOND_FACTOR] = "totp"
    session.save()
