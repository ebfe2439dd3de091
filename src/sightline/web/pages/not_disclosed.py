"""Decisions not to disclose, for the data protection officer: record one, look at it again, end it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from sightline.app import not_disclosed as decisions
from sightline.app.subjects import ByNumber
from sightline.errors import InputRefused, SightlineError
from sightline.web.page import home, page
from sightline.web.release_source import source

LOCAL = ZoneInfo("Europe/London")
EVERYBODY = "partnership"
"""In the form: what every agency holds."""


def not_disclosed(request: HttpRequest) -> HttpResponse:
    """The decisions that this officer answers for, and the form of a new one."""
    problem, now, agency = None, datetime.now(UTC), str(getattr(request.user, "agency", ""))
    if request.method == "POST":
        try:
            _act(request, agency, now)
            return redirect("not_disclosed")
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    workspace = source().workspace
    names = {each.id: each.name for each in workspace.partnership.agencies} if workspace else {}
    holders = [{"value": id, "text": name} for id, name in names.items() if agency in ("", id)]
    everybody = [{"value": EVERYBODY, "text": "Every agency: nothing at all is disclosed"}] if not agency else []
    return page(
        request,
        "pages/not_disclosed.html",
        title="What is not disclosed",
        release=None,
        crumbs=[home()],
        section="not_disclosed",
        status=409 if problem else 200,
        problem=problem,
        lines=decisions.list_decisions(agency, at=now),
        names=names,
        agencies=[{"value": "", "text": "Choose"}] + [{"value": id, "text": name} for id, name in names.items()],
        holders=[{"value": "", "text": "Choose"}, *holders, *everybody],
        bases=[
            {"value": id, "text": each.title, "hint": {"text": f"{each.says} {each.source}."}} for id, each in decisions.bases(now).items()
        ],
        # What was said is given back; whom it is about is not.
        given={name: request.POST.get(name, "") for name in ("agency", "holder", "asked_by", "basis", "reason", "until", "review_by")},
    )


def _act(request: HttpRequest, agency: str, now: datetime) -> None:
    form, by = request.POST, request.user.get_username()
    do, number = form.get("do", ""), form.get("number", "")
    if do == "record":
        workspace = source().workspace
        if workspace is None:
            raise Http404("There is no workspace here.")
        if not form.get("agency") or not form.get("holder"):
            raise InputRefused("Choose whose number it is, and whose records are not disclosed.", hint="Both are agencies.")
        decisions.decide_not_to_disclose(
            workspace,
            ByNumber(form["agency"], number),
            holder="" if form["holder"] == EVERYBODY else form["holder"],
            asked_by=form.get("asked_by", ""),
            basis=form.get("basis", ""),
            reason=form.get("reason", ""),
            until=_day(form.get("until", ""), "the last day") if form.get("until") else None,
            review_by=_day(form.get("review_by", ""), "the day to look again"),
            by=by,
            agency=agency,
            at=now,
        )
    elif do == "review":
        review_by = _day(form.get("review_by", ""), "the day to look again")
        decisions.look_again(_number(number), words=form.get("words", ""), review_by=review_by, by=by, agency=agency, at=now)
    elif do == "end":
        decisions.end_decision(_number(number), reason=form.get("words", ""), by=by, agency=agency, at=now)
    else:
        raise InputRefused("Choose what to do with the decision.", hint="Look at it again, or end it.")


def _day(text: str, what: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as wrong:
        raise InputRefused(f"Give {what} as 2026-12-31.", hint="Year, month, day.") from wrong


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404("There is no such decision.")
    return int(text)
