"""What came of what an agency sent: releases, figures, reports and readers. A data officer sees the own agency."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.uses import ACTIONS_NOT_KEPT, uses_of
from sightline.web.page import current_release, home, page
from sightline.web.pages.returns import own_agency
from sightline.web.release_source import source


def uses(request: HttpRequest) -> HttpResponse:
    """The page."""
    release, own = current_release(), own_agency(request)
    names = {each.agency: each.name for each in release.agencies} if release else {}
    if own is not None:
        names = {own: names[own]} if own in names else {}
    agency = request.GET.get("agency", next(iter(names), ""))
    if agency and agency not in names:
        raise Http404("There is no such agency, or it is not yours.")
    return page(
        request,
        "pages/uses.html",
        title="What came of returns",
        release=release,
        crumbs=[home(), ("Returns and quality", reverse("returns"))],
        section="uses",
        names=names,
        agency=agency,
        choices=[{"value": id, "text": name, "selected": id == agency} for id, name in names.items()],
        uses=uses_of(agency, source().all(), source().numbered) if agency else [],
        not_kept=ACTIONS_NOT_KEPT,
    )
