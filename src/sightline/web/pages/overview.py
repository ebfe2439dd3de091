"""The overview: five key measures, what changed, what we don't know, and the questions waiting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from sightline.model.releases import Release, Statement
from sightline.web.cards import card_of
from sightline.web.page import current_release, release_page

MOST_STATEMENTS = 5
"""More sentences than this are a report, not an overview, and would not fit the sheet of paper."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the release, with the title of the indicator it speaks of."""

    text: str
    indicator: str | None
    title: str


def overview(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    release = current_release()
    content: dict[str, Any] = {}
    if release is not None:
        content = {
            "cards": [card_of(release, indicator) for indicator in release.indicators if indicator.key],
            "changes": _lines(release, release.changes),
            "unknowns": _lines(release, release.unknowns),
            "questions": _lines(release, release.questions),
        }
    title = "Overview" if release is None else f"Overview of {release.area}"
    return release_page(request, "pages/overview.html", title=title, release=release, section="overview", **content)


def _lines(release: Release, statements: Iterable[Statement]) -> list[Line]:
    titles = {indicator.id: indicator.title for indicator in release.indicators}
    lines = [
        Line(each.text, each.indicator if each.indicator in titles else None, titles.get(each.indicator or "", "")) for each in statements
    ]
    return lines[:MOST_STATEMENTS]
