"""Output checking as people meet it: the list, one output with its checks and decisions, asking for one, the file itself."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from sightline.app.outputs import (
    Brought,
    NotToLeave,
    OutputDetail,
    ask_for_output,
    confirm_recall,
    decide_on_output,
    list_outputs,
    may_not_decide,
    read_output,
    recall_output,
    recalled_for,
    record_of_output,
    show_output,
    take_output,
    waiting_for,
    withdraw_output,
)
from sightline.app.roles import Role
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import load_terms
from sightline.errors import NotFound, SightlineError
from sightline.model.outputs import PUBLIC, OutputState, Verdict
from sightline.web.page import current_release, home, page
from sightline.web.pages.agreements import OTHER, bodies_to_name, names_of
from sightline.web.permissions import may_see, role_of
from sightline.web.release_source import source

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "svg": "image/svg+xml",
    "png": "image/png",
}
VERDICTS = {Verdict.RELEASE: "May leave", Verdict.RETURN: "Give it back"}
_NAMED = re.compile(r'filename="([^"]+)"')


def outputs(request: HttpRequest) -> HttpResponse:
    """Every request, those that wait for this reader first."""
    workspace, lines = source().workspace, list_outputs()
    is_checker = role_of(request) == Role.CHECKER
    waits = waiting_for(_name(request), _agency(request), at=timezone.now()) if is_checker else set()
    return page(
        request,
        "pages/outputs.html",
        title="Outputs",
        release=current_release(),
        crumbs=[home()],
        section="outputs",
        lines=sorted(lines, key=lambda line: (line.number not in waits, -line.number)),
        waits=waits,
        names=names_of(workspace),
        is_checker=is_checker,
    )


def output(request: HttpRequest, number: int) -> HttpResponse:
    """One output. A checker decides here, who asked takes it back, a protection officer recalls, and who took it confirms."""
    workspace, problem = _workspace(), None
    found = _detail(request, workspace, number)
    if request.method == "POST":
        try:
            _act(request, found)
            return redirect("output", number=number)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
            found = _detail(request, workspace, number)
    return _shown(request, workspace, found, problem)


def _shown(request: HttpRequest, workspace: Workspace, found: OutputDetail, problem: str | None) -> HttpResponse:
    number, role = found.line.number, role_of(request)
    reason = may_not_decide(number, by=_name(request), agency=_agency(request), at=timezone.now()) if role == Role.CHECKER else ""
    return page(
        request,
        "pages/output.html",
        title=f"Output {number}",
        release=current_release(),
        crumbs=[home(), ("Outputs", reverse("outputs"))],
        section="outputs",
        status=409 if problem else 200,
        problem=problem,
        detail=found,
        names=names_of(workspace),
        may_decide=role == Role.CHECKER and not reason,
        why_not=reason if found.is_open else "",
        may_recall=_may_recall(role) and found.line.state is OutputState.RELEASED,
        may_withdraw=found.is_requester and found.is_open,
        may_read=found.line.state is OutputState.RELEASED or _may_recall(role),
        to_confirm=any(each.number == number for each in recalled_for(_name(request))),
        verdicts=[{"value": verdict.value, "text": words} for verdict, words in VERDICTS.items()],
        verdict_words={verdict.value: words for verdict, words in VERDICTS.items()},
        given={name: request.POST.get(name, "") for name in ("verdict", "reasons", "reason", "note")},
    )


def _act(request: HttpRequest, found: OutputDetail) -> None:
    """What a form of the page asks for; each is refused again where it is written down."""
    number, by, now, do = found.line.number, _name(request), timezone.now(), request.POST.get("do", "")
    if do == "decide" and role_of(request) == Role.CHECKER:
        try:
            verdict = Verdict(request.POST.get("verdict", ""))
        except ValueError as unknown:
            raise NotFound("Choose one of the two.", hint="It may leave, or you give it back.") from unknown
        decide_on_output(_workspace(), number, verdict, reasons=request.POST.get("reasons", ""), by=by, agency=_agency(request), at=now)
    elif do == "withdraw" and found.is_requester:
        withdraw_output(number, reason=request.POST.get("reason", ""), by=by, at=now)
    elif do == "recall" and _may_recall(role_of(request)):
        recall_output(number, reason=request.POST.get("reason", ""), by=by, at=now)
    elif do == "confirm":
        confirm_recall(number, note=request.POST.get("note", ""), by=by, at=now)
    else:
        raise PermissionDenied("output")


def output_file(request: HttpRequest, number: int) -> HttpResponse:
    """The bytes: to everybody once released, which is written down as taken; before that to those who check them."""
    workspace = _workspace()
    found = _detail(request, workspace, number)
    if found.line.state is OutputState.RELEASED:
        try:
            name, kind, content = take_output(workspace, number, by=_name(request), at=timezone.now())
        except NotToLeave as refused:
            return _shown(request, workspace, found, f"{refused.message} {refused.hint}")
    elif _may_recall(role_of(request)):
        name, kind, content = read_output(workspace, number)
    else:
        raise Http404("There is no such file, or it is not released.")
    response = HttpResponse(content, content_type=CONTENT_TYPES.get(kind, "application/octet-stream"))
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def output_record(request: HttpRequest, number: int) -> HttpResponse:
    """How a released output was checked, for programs and for whoever gets the file."""
    try:
        content = record_of_output(_workspace(), number)
    except NotFound as missing:
        raise Http404("There is no such record, or the output is not released.") from missing
    response = HttpResponse(content, content_type=CONTENT_TYPES["json"])
    response["Content-Disposition"] = f'attachment; filename="output-{number}.record.json"'
    return response


def output_ask(request: HttpRequest) -> HttpResponse:
    """The form of a request: which file, for whom, why. A file is named by the address of its download within these pages."""
    workspace, problem, release = source().workspace, None, current_release()
    names = ("file", "title", "recipient", "other", "purpose", "why")
    given = {name: (request.POST if request.method == "POST" else request.GET).get(name, "") for name in names}
    if request.method == "POST":
        try:
            made = ask_for_output(
                _workspace(),
                _brought(request, given["file"]),
                title=given["title"],
                why=given["why"],
                purpose=given["purpose"],
                recipient=given["other"].strip() if given["recipient"] == OTHER else given["recipient"],
                by=_name(request),
                agency=_agency(request),
                at=timezone.now(),
            )
            return redirect("output", number=made.line.number)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    offered = _offered(release.number) if release else []
    if given["file"] and given["file"] not in {each["value"] for each in offered}:
        offered.insert(0, {"value": given["file"], "text": given["file"]})
    return page(
        request,
        "pages/output_ask.html",
        title="Ask that a file may leave",
        release=release,
        crumbs=[home(), ("Outputs", reverse("outputs"))],
        section="outputs",
        status=400 if problem else 200,
        problem=problem,
        given=given,
        files=offered,
        recipients=[
            *bodies_to_name(workspace),
            {"value": PUBLIC, "text": "Everybody: it is published"},
        ],
        purposes=[{"value": id, "text": each.title} for id, each in load_terms().purposes.items()],
    )


def _offered(number: int) -> list[dict[str, str]]:
    """What is asked for most; everything else has a link beside its download."""
    offers = [(reverse("board_report_file", args=[number, kind]), f"Board report, {kind.upper()}") for kind in ("pdf", "html")]
    offers += [(reverse("release_file", args=[number, kind]), f"All figures, {kind.upper()}") for kind in ("csv", "json")]
    return [{"value": address, "text": f"{words}, of release {number}"} for address, words in offers]


def _brought(request: HttpRequest, address: str) -> Brought:
    """The file that an address within these pages gives to this reader, and no other: the same page makes it, with the same permission.

    Raises:
        NotFound: If the address is no download of a release.
    """
    parts = urlsplit(address)
    wrong = NotFound("This is no file of a release.", hint="Follow “Ask that it may leave” beside a download.")
    try:
        match = resolve(parts.path)
    except Resolver404 as unknown:
        raise wrong from unknown
    kinds = match.kwargs
    is_download = match.url_name is not None and match.url_name.endswith("_file") and {"number", "kind"} <= kinds.keys()
    if parts.scheme or parts.netloc or not is_download or not may_see(role_of(request), str(match.url_name)):
        raise wrong
    name, content = _made_by(request, address)
    same = _made_by(request, reverse("board_report_file", args=[kinds["number"], "html"]))[1] if kinds["kind"] == "pdf" else None
    return Brought(name, content, address, kinds["number"], ("html", same) if same else None)


def _made_by(request: HttpRequest, address: str) -> tuple[str, bytes]:
    parts = urlsplit(address)
    match = resolve(parts.path)
    asked = HttpRequest()
    asked.method, asked.path, asked.user, asked.META, asked.session = "GET", parts.path, request.user, request.META, request.session
    asked.GET = QueryDict(parts.query)
    try:
        response = match.func(asked, *match.args, **match.kwargs)
    except Http404 as missing:
        raise NotFound("There is no such file.", hint="It may be of a release that was withdrawn.") from missing
    named = _NAMED.search(response.headers.get("Content-Disposition", ""))
    return named[1] if named else "output", bytes(response.content)


def _workspace() -> Workspace:
    workspace = source().workspace
    if workspace is None:
        raise Http404("There is no workspace here.")
    return workspace


def _detail(request: HttpRequest, workspace: Workspace, number: int) -> OutputDetail:
    try:
        return show_output(workspace, number, to=_name(request))
    except NotFound as missing:
        raise Http404(str(missing)) from missing


def _may_recall(role: str | None) -> bool:
    return role in (Role.DATA_PROTECTION_OFFICER, Role.CHECKER)


def _name(request: HttpRequest) -> str:
    return request.user.get_username()


def _agency(request: HttpRequest) -> str:
    return str(getattr(request.user, "agency", ""))
