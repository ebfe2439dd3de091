"""How a release was attacked before it was written: in plain words for a board, with a table beside them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.publish.attack_report import ATTACK, lines_of, read_attack, summary_of
from sightline.web.page import current_release, home, page
from sightline.web.release_source import source


def release_attacked(request: HttpRequest, number: int) -> HttpResponse:
    """What was tried on one release, and what came of it."""
    this = source().numbered(number)
    if this is None:
        raise Http404("There is no such release.")
    kept = source().attachment(this, ATTACK)
    report = read_attack(kept) if kept is not None else None
    return page(
        request,
        "pages/release_attacked.html",
        title=f"How release {number} was attacked",
        release=current_release(),
        crumbs=[home(), ("Releases", reverse("releases")), (f"Release {number}", reverse("release", kwargs={"number": number}))],
        section="releases",
        this=this,
        summary=summary_of(report) if report else "",
        beside=report["beside"] if report else [],
        rows=[[line.title, line.does, line.tried, line.came_of_it] for line in lines_of(report)] if report else [],
    )
