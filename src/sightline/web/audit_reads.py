"""Every page that somebody signed in asks for is written into the audit before it leaves; what cannot be written down is not shown.

So is every sign-in, sign-out and refused sign-in. Pages that anybody may see are not: there is nobody to name and nothing to protect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

from sightline.app.audit_trail import page_under_way, record_read
from sightline.app.roles import Role
from sightline.errors import EnvironmentProblem
from sightline.web.pages.problems import not_recorded
from sightline.web.permissions import PAGES, PUBLIC
from sightline.web.sessions import PURPOSE, RELEASE_HEADER, SIGNED_IN_WITH, HeldBack

_OUTCOMES = {403: "page_refused", 404: "page_not_there"}


class TurnsMiddleware:
    """Stands around all that reads the ledger: pages are made and their events written in turns, and not in each other's way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with page_under_way():
            return self.get_response(request)


class AuditMiddleware:
    """Stands around the permissions, so that refusals are written down as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Asked before the page runs: signing out is a page too.
        who = request.user if request.user.is_authenticated else None
        response = self.get_response(request)
        page = request.resolver_match.view_name if request.resolver_match else None
        if who is None or (page in PAGES and PAGES[page] is PUBLIC):
            return response
        detail = person(who) | {"page": page or "", "status": response.status_code}
        if chosen := request.session.get(PURPOSE):
            detail["purpose"] = chosen
        if release := response.headers.get(RELEASE_HEADER):
            detail["release"] = int(release)
        try:
            record_read(_action(request, response, page), request.path, by=who.get_username(), at=datetime.now(UTC), detail=detail)
        except EnvironmentProblem:
            return not_recorded(request)
        return response


def _action(request: HttpRequest, response: HttpResponseBase, page: str | None) -> str:
    if isinstance(response, HeldBack):
        return "page_held_back"
    if response.status_code in _OUTCOMES:
        return _OUTCOMES[response.status_code]
    if request.method not in ("GET", "HEAD"):
        return "form_sent"
    return "file_taken" if "attachment" in response.headers.get("Content-Disposition", "") else "page_read"


def person(user: Any) -> dict[str, Any]:
    """What an event keeps of who did it, besides the name."""
    return {"role": Role(user.role).label if user.role in Role.values else "", "agency": user.agency}


@receiver(user_logged_in, dispatch_uid="audit")
@receiver(user_logged_out, dispatch_uid="audit")
def _signed(sender: object, signal: object, request: HttpRequest | None, user: Any, **more: object) -> None:
    if user is not None:
        action = "signed_in" if signal is user_logged_in else "signed_out"
        through = request.session.get(SIGNED_IN_WITH) if request is not None else None
        detail = person(user) | ({"through": through} if through else {})
        record_read(action, "", by=user.get_username(), at=datetime.now(UTC), detail=detail)


@receiver(user_login_failed, dispatch_uid="audit")
def _refused(sender: object, credentials: Mapping[str, Any], **more: object) -> None:
    """A name that nobody has may be a password typed into the wrong field, so only names that somebody has are written down."""
    name = str(credentials.get("username", ""))
    known = get_user_model().objects.filter(username=name).exists()
    record_read("sign_in_failed", "", by=name if known else "", at=datetime.now(UTC), detail={"known": known})
