"""What a request may be at all, and what every answer tells a browser: asked before any page runs, so that no page has to.

No page takes a file, so a form is small; no text of a person holds control characters, which a database or a log could stumble over.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, QueryDict
from django.template.loader import render_to_string

METHODS = ("GET", "HEAD", "POST")
LONGEST_TEXT = 4_000
"""Characters of one field of a form or an address: a page of text, more than any reason needs."""
LONGEST = {"credential": 40_000}
"""What a security key answers is longer than a text: it may hold certificates."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class RequestLimitsMiddleware:
    """Refuses methods that no page has, and texts that none can be meant to take; keeps every answer out of caches and other sites."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # A shared computer must not show a page from its cache after somebody has signed out, and no other site may embed one.
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, arguments: object) -> HttpResponse | None:
        """Not asked earlier, so that what a person was refused stands in the audit under their name."""
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        problem = unfit(request.GET) or (unfit(request.POST) if request.method == "POST" else None)
        if problem is None:
            return None
        frame = {"title": "This could not be taken", "paragraphs": [problem, "Nothing was changed. Go back and send it again."]}
        return HttpResponse(render_to_string("pages/problem.html", frame), status=400)


def unfit(sent: QueryDict) -> str | None:
    """What is wrong with the fields of a form or an address, in words; None if nothing is."""
    for name, values in sent.lists():
        if any(_CONTROL.search(text) for text in (name, *values)):
            return "It holds control characters, which no text needs."
        longest = LONGEST.get(name, LONGEST_TEXT)
        if any(len(text) > longest for text in values):
            return f"A text is longer than {longest:,} characters."
    return None
