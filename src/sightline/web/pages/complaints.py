"""The complaints register, for the data protection officer: what somebody complains of, by when they are told, and what came of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from sightline.app import complaints as register
from sightline.errors import InputRefused, SightlineError
from sightline.model.complaints import ABOUT_WORDS, ACKNOWLEDGE_WITHIN, COMPLAINT_STEP_WORDS
from sightline.web.page import home, page
from sightline.web.release_source import source

WHOLE = "partnership"
"""In the form: the partnership as a whole."""


def complaints(request: HttpRequest) -> HttpResponse:
    """The register, those not answered first, with the form of each, and that of a new one."""
    problem, now, own = None, datetime.now(UTC), str(getattr(request.user, "agency", ""))
    if request.method == "POST":
        try:
            _act(request, own, now)
            return redirect("complaints")
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    workspace = source().workspace
    names = {each.id: each.name for each in workspace.partnership.agencies} if workspace else {}
    whole = [] if own else [{"value": WHOLE, "text": "The partnership as a whole"}]
    return page(
        request,
        "pages/complaints.html",
        title="Complaints",
        release=None,
        crumbs=[home()],
        section="complaints",
        status=409 if problem else 200,
        problem=problem,
        lines=register.list_complaints(own, at=now),
        names=names,
        given={name: request.POST.get(name, "") for name in ("reference", "agency", "about", "received_on")},
        abouts=[{"value": about.value, "text": words} for about, words in ABOUT_WORDS.items()],
        steps=[{"value": step.value, "text": words} for step, words in COMPLAINT_STEP_WORDS.items()],
        agencies=[{"value": "", "text": "Choose"}] + [{"value": id, "text": name} for id, name in names.items() if own in ("", id)] + whole,
        within=ACKNOWLEDGE_WITHIN,
    )


def _act(request: HttpRequest, own: str, now: datetime) -> None:
    form, by = request.POST, request.user.get_username()
    if form.get("do") == "step":
        number, day = form.get("number", ""), form.get("day", "").strip()
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise Http404("There is no such complaint.")
        on = _day(day) if day else None
        register.take_complaint_step(
            int(number), step=form.get("step", ""), words=form.get("words", ""), day=on, by=by, own_agency=own, at=now
        )
        return
    workspace, agency = source().workspace, form.get("agency", "")
    if workspace is None:
        raise Http404("There is no workspace here.")
    if not agency:
        raise InputRefused("Choose whom they complain to.", hint="An agency, or the partnership as a whole.")
    register.record_complaint(
        workspace,
        reference=form.get("reference", ""),
        agency="" if agency == WHOLE else agency,
        about=form.get("about", ""),
        received_on=_day(form.get("received_on", "")),
        by=by,
        own_agency=own,
        at=now,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as wrong:
        raise InputRefused("Give the day as 2026-12-31.", hint="Year, month, day.") from wrong
