"""Tells the database for whom each page is: a data officer's page sees rows of the own agency, and no page is for more than its role.

On PostgreSQL a page is one transaction that says so, and the database shows no other rows, whatever a page forgets to ask for. On SQLite
nothing changes. Pages that anybody may see are for nobody. Refusals and problems are pages too by the time they come here, so what they
wrote down stays.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

from sightline.app.agency_scope import EVERYTHING, NOTHING, has_scopes, page_of
from sightline.app.roles import Role
from sightline.web.permissions import PAGES, PUBLIC, role_of


class AgencyScopeMiddleware:
    """Stands nearest to the pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not has_scopes() or _is_public(request):
            # Signing in is written down while the page runs, in a transaction that others may share: it must not lie within another one.
            return self.get_response(request)
        with page_of(scope_of(request)):
            return self.get_response(request)


def scope_of(request: HttpRequest) -> str:
    """Whose rows a page may see: of a data officer the own agency's; of nobody, and of elected members, none."""
    role = role_of(request)
    if role == Role.AGENCY_DATA_OFFICER:
        return str(request.user.agency) if request.user.is_authenticated else NOTHING
    return NOTHING if role in (None, Role.ELECTED_MEMBER) else EVERYTHING


def _is_public(request: HttpRequest) -> bool:
    try:
        return PAGES.get(resolve(request.path_info).view_name) is PUBLIC
    except Resolver404:
        return False
