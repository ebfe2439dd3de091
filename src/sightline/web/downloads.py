"""Files to take along: always of one release by its number, so that an address kept in a report leads to the same bytes for ever."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse

from sightline.model.releases import Release
from sightline.publish.exports import CONTENT_TYPES
from sightline.web.release_source import source


def downloads(page: str, release: Release, id: str) -> list[tuple[str, str]]:
    """The kinds of file there are of an indicator or an analysis, each with its address."""
    return [(kind.upper(), reverse(page, kwargs={"number": release.number, "id": id, "kind": kind})) for kind in CONTENT_TYPES]


def release_of(number: int) -> Release:
    """A release that may be taken along: one that was withdrawn may not.

    Raises:
        Http404: If there is none of that number, or it was withdrawn.
    """
    release = source().numbered(number)
    if release is None or any(each.number == number and each.withdrawn_at for each in source().all()):
        raise Http404("There is no such release, or it was withdrawn.")
    return release


def download(content: bytes, kind: str, name: str) -> HttpResponse:
    """The answer that a browser saves under a name."""
    response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
