"""Quarantine: one switch for each agency, for whoever guards the partnership. Pulled once it was confirmed, with a reason."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from sightline.app.quarantine import agencies_and_quarantine, end_quarantine, put_in_quarantine
from sightline.errors import SightlineError
from sightline.web.page import current_release, home, page
from sightline.web.release_source import source

_STEPS = {"begin": put_in_quarantine, "end": end_quarantine}


def quarantine(request: HttpRequest) -> HttpResponse:
    """How every agency stands, and the switch of the one that was chosen."""
    workspace, problem = source().workspace, None
    if request.method == "POST":
        step = _STEPS.get(request.POST.get("do", ""))
        if workspace is None or step is None:
            raise Http404("There is no such step.")
        try:
            reason = request.POST.get("reason", "")
            step(workspace, request.POST.get("agency", ""), reason=reason, by=request.user.get_username(), at=timezone.now())
            return redirect("quarantine")
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    lines = agencies_and_quarantine(workspace) if workspace else ()
    asked = request.POST.get("agency") or request.GET.get("agency", "")
    return page(
        request,
        "pages/quarantine.html",
        title="Quarantine",
        release=current_release(),
        crumbs=[home()],
        section="quarantine",
        status=409 if problem else 200,
        problem=problem,
        lines=lines,
        chosen=next((line for line in lines if line.id == asked), None),
        reason=request.POST.get("reason", ""),
    )
