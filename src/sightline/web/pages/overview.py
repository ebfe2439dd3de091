"""The overview: five key measures, what changed, what we don't know, and the questions waiting."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from sightline.app.roles import Role
from sightline.app.users import list_users
from sightline.model.releases import Release
from sightline.web.cards import card_of
from sightline.web.page import current_release, page, release_page
from sightline.web.permissions import role_of
from sightline.web.release_source import source
from sightline.web.statements import changes_on, lines


def overview(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    if role_of(request) == Role.ADMINISTRATOR:
        return people(request)
    release = current_release()
    title = "Overview" if release is None else f"Overview of {release.area}"
    return release_page(request, "pages/overview.html", title=title, release=release, section="overview", content=_content)


def people(request: HttpRequest) -> HttpResponse:
    """The first page of an administrator: who may sign in, and who has a second factor. No figure of anybody's data."""
    everybody = list_users(at=datetime.now(UTC))
    workspace = source().workspace
    names = {each.id: each.name for each in workspace.partnership.agencies} if workspace else {}
    return page(
        request, "pages/people.html", title="People who may sign in", release=None, section="overview", people=everybody, names=names
    )


def _content(release: Release) -> dict[str, object]:
    return {
        "cards": [card_of(release, indicator) for indicator in release.indicators if indicator.key],
        "changes": changes_on(release, ""),
        "unknowns": lines(release, release.unknowns),
        "questions": lines(release, release.questions),
    }
