"""Subject access as protection officers meet it: requests and their days, what is held about one person, decisions, the answer.

A person's number is sent in the body of a form and never shown. Texts stay closed until one is opened, which is written down before; a
file is made of the request at that moment, its hash is written down, and nothing of it stays here.
"""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from sightline.app.access_records import Record
from sightline.app.subject_access import (
    KINDS,
    RequestLine,
    decide_record,
    exemptions,
    list_requests,
    make_answer,
    missing,
    read_text,
    record_request,
    records,
    show_request,
    take_step,
)
from sightline.app.subjects import ByNumber
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, NotFound, SightlineError
from sightline.model.access import BECOMES_WORDS, REQUESTER_WORDS, Becomes, Step
from sightline.publish.subject_answer import CONTENT_TYPES
from sightline.web.page import home, page
from sightline.web.release_source import source

STEP_WORDS = {
    Step.IDENTITY_CHECKED: "Who asks was checked",
    Step.CLOCK_STOPPED: "Something was asked of the person: the clock stands still",
    Step.CLOCK_STARTED: "The person answered: the clock goes on",
    Step.EXTENDED: "Two further months are taken, and the person was told why",
    Step.HARM_CONSIDERED: "It was considered whether the answer could do serious harm",
    Step.INTERESTS_CONSIDERED: "The best interests of the child were considered",
    Step.ANSWERED: "An answer was made",
    Step.REFUSED: "The request was refused",
}
KEPT = ("agency", "reference", "received_on", "asked_by", "step", "day", "words")


def requests(request: HttpRequest) -> HttpResponse:
    """Every request that this officer answers, and the form that writes one down."""
    workspace, problem = source().workspace, None
    if request.method == "POST":
        workspace = _workspace()
        try:
            made = record_request(
                workspace,
                ByNumber(request.POST.get("agency", ""), request.POST.get("number", "")),
                reference=request.POST.get("reference", ""),
                asked_by=request.POST.get("asked_by", ""),
                received_on=_day(request.POST.get("received_on", "")),
                own_agency=_own(request),
                by=_name(request),
                at=timezone.now(),
            )
            return redirect("subject_access_request", number=made.number)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    own = _own(request)
    agencies = workspace.partnership.agencies if workspace else ()
    return page(
        request,
        "pages/subject_access.html",
        title="Subject access requests",
        release=None,
        crumbs=[home()],
        section="subject_access",
        status=409 if problem else 200,
        problem=problem,
        lines=list_requests(own, at=timezone.now()),
        names={each.id: each.name for each in agencies},
        agencies=[{"value": each.id, "text": each.name} for each in agencies if own in ("", each.id)],
        requesters=[{"value": each.value, "text": words} for each, words in REQUESTER_WORDS.items()],
        given=_given(request),
        has_workspace=workspace is not None,
    )


def request_page(request: HttpRequest, number: int) -> HttpResponse:
    """One request: where it stands, what is missing, its records; one of them open where it was asked for."""
    workspace, problem, opened = _workspace(), None, None
    line = _line(request, number)
    if request.method == "POST":
        try:
            opened = _act(request, workspace, number)
            if opened is None:
                return redirect("subject_access_request", number=number)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    now, own = timezone.now(), _own(request)
    found = records(workspace, number, own, at=now)
    return page(
        request,
        "pages/subject_access_request.html",
        title=f"Subject access request {number}",
        release=None,
        crumbs=[home(), ("Subject access requests", reverse("subject_access"))],
        section="subject_access",
        status=409 if problem else 200,
        problem=problem,
        line=line if not problem else _line(request, number),
        names={each.id: each.name for each in workspace.partnership.agencies},
        happened=[(STEP_WORDS[each.kind], each) for each in line.happened],
        missing=missing(workspace, number, own, at=now),
        records=found,
        waiting=[each for each in found if each.waits],
        opened=opened,
        becomes_words={each.value: words for each, words in BECOMES_WORDS.items()},
        choices=[{"value": each.value, "text": words} for each, words in BECOMES_WORDS.items()],
        exemptions=[{"value": id, "text": each.title} for id, each in exemptions(now).items()],
        steps=[{"value": each.value, "text": words} for each, words in STEP_WORDS.items() if each is not Step.ANSWERED],
        kinds=KINDS,
        given=_given(request),
    )


def answer_file(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """The answer as a file, asked for with a form: making it is written down with its hash."""
    if request.method != "POST":
        raise Http404("There is no such file.")
    workspace = _workspace()
    _line(request, number)
    try:
        name, content = make_answer(workspace, number, kind, _own(request), by=_name(request), at=timezone.now())
    except NotFound as unknown:
        raise Http404("There is no such file.") from unknown
    except SightlineError:
        return redirect("subject_access_request", number=number)
    response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _act(request: HttpRequest, workspace: Workspace, number: int) -> Record | None:
    """What a form asks for; the record that it opens, if it opens one."""
    form, now, by, own = request.POST, timezone.now(), _name(request), _own(request)
    do, key = form.get("do", ""), form.get("record", "")
    if do == "read":
        return read_text(workspace, number, key, own, by=by, at=now)
    if do == "decide":
        becomes, words_out = form.get("becomes", ""), form.get("words_out", "").split(";")
        if becomes not in tuple(Becomes):
            raise InputRefused("Choose what becomes of the record.", hint="It is given, given without some words, or left out.")
        exemption = form.get("exemption", "")
        decide_record(workspace, number, key, Becomes(becomes), exemption=exemption, words_out=words_out, own_agency=own, by=by, at=now)
        return None
    step = form.get("step", "")
    if do != "step" or step not in tuple(Step):
        raise InputRefused("Choose what happened.", hint="One of the list.")
    day = _day(form.get("day", "")) if form.get("day") else timezone.localdate(now)
    take_step(number, Step(step), day=day, words=form.get("words", ""), own_agency=own, by=by, at=now)
    return None


def _line(request: HttpRequest, number: int) -> RequestLine:
    try:
        return show_request(number, _own(request), at=timezone.now())
    except NotFound as missing_one:
        raise Http404("There is no such request.") from missing_one


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as problem:
        raise InputRefused("This is not a day.", hint="Write it as 2026-05-15.") from problem


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in KEPT}


def _own(request: HttpRequest) -> str:
    return str(getattr(request.user, "agency", ""))


def _name(request: HttpRequest) -> str:
    return request.user.get_username()


def _workspace() -> Workspace:
    workspace = source().workspace
    if workspace is None:
        raise Http404("There is no workspace here.")
    return workspace
