"""Ends sessions that are over, and says so in the audit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase

from sightline.app.audit_trail import record_read
from sightline.errors import EnvironmentProblem
from sightline.web.audit_reads import person
from sightline.web.pages.problems import not_recorded
from sightline.web.sessions import ENDED, SEEN_AT, ended

_NOTED_EVERY = timedelta(minutes=1)
"""When a session was last used is kept no more exactly than this, so that not every page writes it."""


class SessionLimitMiddleware:
    """Ends a session that is over before anything asks who it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = datetime.now(UTC)
            if why := ended(request.session, now):
                try:
                    record_read("session_ended", "", by=request.user.get_username(), at=now, detail=person(request.user) | {"why": why})
                except EnvironmentProblem:
                    return not_recorded(request)
                request.session.flush()
                request.session[ENDED] = why
                request.user = AnonymousUser()
            elif now.timestamp() - request.session.get(SEEN_AT, 0) > _NOTED_EVERY.total_seconds():
                request.session[SEEN_AT] = now.timestamp()
        return self.get_response(request)
