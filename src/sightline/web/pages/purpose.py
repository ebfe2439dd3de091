"""What somebody reads for: the page after signing in, and whenever they turn to something else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from sightline.app.purposes import choices, choose, is_operational
from sightline.errors import InputRefused
from sightline.web.page import current_release, home, page
from sightline.web.permissions import is_of_records
from sightline.web.sessions import PURPOSE, PURPOSE_RELEASE


def purpose(request: HttpRequest) -> HttpResponse:
    """Choose among the purposes that the role may have and that every return shown was shared for.

    Whoever was led here on the way to records of people is offered those purposes only that open them: another would lead here again.
    """
    problem, user = None, _user(request)
    if request.method == "POST":
        newest = current_release()  # before it is asked about: one made meanwhile is asked about anew
        try:
            wanted, reference = request.POST.get("purpose", ""), request.POST.get("reference", "")
            choose(user, wanted, reference=reference, at=datetime.now(UTC))
            request.session[PURPOSE], request.session[PURPOSE_RELEASE] = wanted, newest.number if newest else 0
            return redirect(_wanted(request, request.POST.get("next", "")))
        except InputRefused as refused:
            problem = refused.message
    next = _wanted(request, request.POST.get("next") or request.GET.get("next", ""))
    of_records = _is_of_records(next)
    chosen = request.POST.get("purpose") or request.session.get(PURPOSE)
    offered = [each for each in choices(user) if is_operational(each.id) or not of_records]
    return page(
        request,
        "pages/purpose.html",
        title="What do you read for?",
        release=None,
        crumbs=[home()],
        status=409 if problem else 200,
        problem=problem,
        choices=[
            {"value": each.id, "text": each.title, "hint": {"text": each.says}, "checked": each.id == chosen}
            for each in offered
            if not each.against
        ],
        closed=[each for each in offered if each.against],
        next=next,
        needs_reference=any(is_operational(each.id) for each in offered if not each.against),
        reference=request.POST.get("reference", ""),
        of_records=of_records,
    )


def _is_of_records(address: str) -> bool:
    """Whether an address within these pages is one that shows records of people."""
    try:
        return is_of_records(resolve(urlsplit(address).path).view_name)
    except Resolver404:
        return False


def _wanted(request: HttpRequest, next: str) -> str:
    return next if url_has_allowed_host_and_scheme(next, {request.get_host()}, request.is_secure()) else reverse("overview")


def _user(request: HttpRequest) -> Any:
    return request.user
