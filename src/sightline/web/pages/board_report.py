"""The board report of a release, as a file to take along."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse

from sightline.app.report_bytes import report_bytes
from sightline.web.downloads import release_of
from sightline.web.release_source import source

KINDS = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}


def board_report_file(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """The same bytes as `sightline report board` writes."""
    if kind not in KINDS:
        raise Http404("There is no such file.")
    release = release_of(number)
    content = report_bytes(release, kind, attachment=partial(source().attachment, release))
    response = HttpResponse(content, content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="board-report-{release.period}-release-{number}.{kind}"'
    return response
