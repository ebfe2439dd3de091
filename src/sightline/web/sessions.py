"""How long somebody stays signed in, and what a session knows of how they signed in.

A session ends after a while without a page, and after the longest time whatever was done in it. A new password, a second factor taken away
and a role that an administrator changed end it too: they are part of what the session is signed with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseRedirect

from sightline.app.roles import ceiling, needs_second_factor
from sightline.app.users import has_given_password
from sightline.model.agreements import Tier

SIGNED_IN_AT, SEEN_AT, SECOND_FACTOR, ENDED, SIGNED_IN_WITH = "signed_in_at", "seen_at", "second_factor", "ended", "signed_in_with"
FRESH = timedelta(minutes=15)
"""How old a sign-in may be for changing what signs in."""
WORDS = {
    "idle": "You were signed out because nothing was done for {idle} minutes.",
    "longest": "You were signed out: nobody stays signed in for more than {longest} hours.",
}


GIVEN_PASSWORD = "given_password"  # noqa: S105 - a name in the session, not a password
"""Somebody else chose the password; until its owner has chosen another, nothing else opens."""
PURPOSE, PURPOSE_RELEASE = "purpose", "purpose_release"
RELEASE_HEADER = "Sightline-Release"
"""Names the release a page speaks of; the audit writes down which figures were read."""


class HeldBack(HttpResponseRedirect):
    """Somebody may see the page and is led elsewhere, because something comes first."""


def ended(session: Mapping[str, Any] | SessionBase, now: datetime) -> str | None:
    """Why a session is over: ``idle`` or ``longest``; None while it goes on. One that does not say when it began is over."""
    begun, seen = session.get(SIGNED_IN_AT), session.get(SEEN_AT)
    if begun is None or now.timestamp() - begun > settings.SESSION_LONGEST.total_seconds():
        return "longest"
    return "idle" if now.timestamp() - (seen or begun) > settings.SESSION_IDLE.total_seconds() else None


def words_of_end(why: str | None) -> str | None:
    """What somebody whose session ended reads at the sign-in page."""
    if why not in WORDS:
        return None
    idle, longest = settings.SESSION_IDLE, settings.SESSION_LONGEST
    return WORDS[why].format(idle=int(idle.total_seconds() // 60), longest=int(longest.total_seconds() // 3600))


def is_fresh(session: SessionBase, now: datetime) -> bool:
    """Whether the person signed in so lately that they may change how they sign in."""
    return bool(now.timestamp() - session.get(SIGNED_IN_AT, 0) <= FRESH.total_seconds())


def lacks_purpose(request: HttpRequest) -> bool:
    """Whether somebody who may see more than what is published has not said yet what they read for."""
    if not request.user.is_authenticated or PURPOSE in request.session:
        return False
    highest = ceiling(request.user.role)
    return highest is not None and highest > Tier.COMMUNITY


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether somebody whose role needs a second factor has signed in without one: nothing else opens until they have one."""
    return request.user.is_authenticated and needs_second_factor(request.user.role) and not request.session.get(SECOND_FACTOR)


def must_choose_password(request: HttpRequest) -> bool:
    """Whether somebody has signed in with a password that was chosen for them."""
    return request.user.is_authenticated and bool(request.session.get(GIVEN_PASSWORD))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of somebody's sessions: when it began, when a page was last asked for, and how it was signed in."""

    began_at: datetime
    seen_at: datetime
    through: str
    is_this: bool


def open_sessions(request: HttpRequest) -> list[OpenSession]:
    """The sessions of the person who asks that would still open a page, the newest first."""
    person: Any = request.user
    now, own = datetime.now(UTC), person.get_session_auth_hash()
    found = []
    for row in Session.objects.filter(expire_date__gt=now):
        held = row.get_decoded()
        whose = (held.get(SESSION_KEY), held.get(HASH_SESSION_KEY))
        if whose == (str(person.pk), own) and ended(held, now) is None:
            began, seen = (datetime.fromtimestamp(held.get(each, held[SIGNED_IN_AT]), UTC) for each in (SIGNED_IN_AT, SEEN_AT))
            is_this = row.session_key == request.session.session_key
            found.append(OpenSession(began, seen, held.get(SIGNED_IN_WITH) or "password", is_this))
    return sorted(found, key=lambda each: each.began_at, reverse=True)


@receiver(user_logged_in, dispatch_uid="session_began")
def _began(sender: object, request: HttpRequest | None, user: Any, **more: object) -> None:
    if request is not None:
        request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = datetime.now(UTC).timestamp()
        if SIGNED_IN_WITH not in request.session and has_given_password(user):
            request.session[GIVEN_PASSWORD] = True
