"""The board report of a release, as a file to take along."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from sightline.publish.attachments import WARDS
from sightline.publish.board_report import board_report_html, board_report_pdf
from sightline.web.downloads import release_of
from sightline.web.release_source import source

KINDS = {"pdf": (board_report_pdf, "application/pdf"), "html": (board_report_html, "text/html; charset=utf-8")}


def board_report_file(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """The same bytes as `sightline report board` writes."""
    if kind not in KINDS:
        raise Http404("There is no such file.")
    release = release_of(number)
    write, content_type = KINDS[kind]
    response = HttpResponse(write(release, source().attachment(release, WARDS)), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="board-report-{release.period}-release-{number}.{kind}"'
    return response
