"""Pages for when a page cannot be given: each says why, in words, and what may help."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseServerError
from django.template.loader import render_to_string

from sightline.errors import SightlineError
from sightline.web.page import problem_page
from sightline.web.permissions import who_may_see
from sightline.web.words import listed


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """This role is not given this page: says which roles are, since the table is no secret."""
    roles = [name.lower() for name in who_may_see(str(exception))]
    reason = f"It is for these roles: {listed(roles)}." if roles else "No role is given it."
    return problem_page(
        request,
        title="Your role is not given this page",
        paragraphs=[reason, "If you need it for your work, ask the person in your partnership who looks after sign-ins."],
        status=403,
    )


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: an old page, or another site that tried to send it."""
    return problem_page(
        request,
        title="This page was open for too long",
        paragraphs=[
            "Nothing was sent. Go back, load the page again and repeat what you did.",
            "If it happens again, allow cookies for this site.",
        ],
        status=403,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is no such page, indicator, quarter or release."""
    detail = exception.args[0] if exception is not None and exception.args and isinstance(exception.args[0], str) else ""
    known = [detail] if detail.endswith(".") else []
    return problem_page(
        request,
        title="There is no such page",
        paragraphs=[
            *known,
            "If you typed the address, check it. If a link brought you here, what it pointed to is not in the current release.",
        ],
        status=404,
    )


def not_understood(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The request itself was malformed, or named a host that this service does not go by. Rendered without asking the request anything."""
    frame = {"title": "The request could not be understood", "paragraphs": ["Check the address. Nothing was changed."]}
    return HttpResponseBadRequest(render_to_string("pages/problem.html", frame))


def not_recorded(request: HttpRequest) -> HttpResponse:
    """What is read has to be written down first, and could not be: a full disk, mostly. Rendered without touching the ledger."""
    frame = {
        "title": "This page cannot be shown just now",
        "paragraphs": [
            "Every page that is read is written into the audit first, and that was not possible. So nothing is shown.",
            "Tell the person who runs the service: the disk may be full. Reading goes on as soon as there is space.",
        ],
    }
    return HttpResponse(render_to_string("pages/problem.html", frame), status=503)


def damaged(problem: SightlineError) -> HttpResponse:
    """What lies on the disk is not what was written. Rendered without touching the ledger, since that may be it."""
    frame = {
        "title": "What is kept is not what was written",
        "paragraphs": [
            f"{problem.message} Nothing is shown that rests on it.",
            f"Tell the person who runs the service: sightline doctor says more. {problem.hint}",
        ],
    }
    return HttpResponseServerError(render_to_string("pages/problem.html", frame))


def failed(request: HttpRequest) -> HttpResponse:
    """Something broke. Rendered without touching the ledger or the release, since either may be what broke."""
    frame = {
        "title": "Something went wrong",
        "paragraphs": [
            "It is a fault of the service, not of what you did. Nothing was changed.",
            "Try again in a moment. If it goes on, tell the person who runs the service what time it was.",
        ],
    }
    return HttpResponseServerError(render_to_string("pages/problem.html", frame))
