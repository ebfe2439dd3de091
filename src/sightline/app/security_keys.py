"""Security keys (WebAuthn): the browser asks the key, and allauth with fido2 checks what it answers."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sightline.app import database  # noqa: F401 - sets Django up before allauth's models are imported

# isort: split
from allauth.mfa.models import Authenticator  # type: ignore[import-untyped]
from allauth.mfa.webauthn.internal import auth  # type: ignore[import-untyped]
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from sightline.app.second_factors import KEY, record_added
from sightline.errors import Refused
from sightline.ledger import audit
from sightline.ledger.models import User


class KeyRefused(Refused):
    """What the security key answered does not fit what was asked."""

    code = "SL-USR-003"
    hint = "Try again, or use an authenticator app."


def ask_new_key(user: User) -> str:
    """What the browser is to ask of a key that is to be added, as JSON; the request keeps in its session what was asked."""
    return _json(auth.begin_registration(user, False))


def add_key(user: User, name: str, answer: str, *, at: datetime) -> list[str]:
    """Add a key that has answered; recovery codes come back if these are the first.

    Raises:
        KeyRefused: If the answer does not fit.
    """
    credential = _answer(answer)
    try:
        auth.parse_registration_response(credential)
        auth.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError) as problem:
        raise KeyRefused("The security key could not be added.") from problem
    with audit.writing():
        made = auth.WebAuthn.add(user, name.strip()[:60] or "Security key", credential).instance
        made.created_at = at
        made.save()
        return record_added(user, KEY, at=at)


def ask_key(user: User) -> str:
    """What the browser is to ask of a key that the person has, as JSON."""
    return _json(auth.begin_authentication(user))


def is_right_key(user: User, answer: str, *, at: datetime) -> bool:
    """Whether a key that the person has answered what was asked, once."""
    try:
        credential = _answer(answer)
        auth.parse_authentication_response(credential)
        held: Authenticator = auth.complete_authentication(user, credential)
    except (KeyRefused, ValidationError, ValueError, TypeError, KeyError):
        return False
    held.last_used_at = at
    held.save(update_fields=["last_used_at"])
    return True


def forget_what_was_asked(request: HttpRequest) -> None:
    """A question that was not answered is not answered later."""
    request.session.pop(auth.STATE_SESSION_KEY, None)


def _answer(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError as problem:
        raise KeyRefused("The security key gave no answer.") from problem
    if not isinstance(answer, dict):
        raise KeyRefused("The security key gave no answer.")
    return answer


def _json(options: dict[str, Any]) -> str:
    return json.dumps(options)
