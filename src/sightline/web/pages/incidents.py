"""The incident log, for the data protection officer: what went wrong, the 72 hours, what was done, and whose data it concerns."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from sightline.app import incidents as log
from sightline.app.affected import Affected
from sightline.errors import InputRefused, NotFound, SightlineError
from sightline.model.incidents import INCIDENT_WORDS, STEP_WORDS
from sightline.web.page import home, page
from sightline.web.release_source import source

LOCAL = ZoneInfo("Europe/London")
WHOLE = "partnership"
"""In the form: the partnership as a whole."""
_PLACE = ("Incidents", "incidents")
_FIELDS = ("kind", "agency", "words", "happened_at", "noticed_at", "until", "whose")


def incidents(request: HttpRequest) -> HttpResponse:
    """The log, those whose clock runs first, and the form that writes one down."""
    problem, now, own = None, datetime.now(UTC), _own(request)
    given = {name: request.POST.get(name, "").strip() for name in _FIELDS}
    if request.method == "POST":
        workspace = source().workspace
        if workspace is None:
            raise Http404("There is no workspace here.")
        try:
            if not given["agency"]:
                raise InputRefused("Choose where it happened.", hint="At one agency, or in the partnership as a whole.")
            made = log.record_incident(
                workspace,
                kind=given["kind"],
                agency="" if given["agency"] == WHOLE else given["agency"],
                words=given["words"],
                happened_at=_moment(given["happened_at"] or given["noticed_at"]),
                noticed_at=_moment(given["noticed_at"]),
                until=_moment(given["until"]) if given["until"] else None,
                whose=given["whose"],
                by=request.user.get_username(),
                own_agency=own,
                at=now,
            )
            return redirect("incident", number=made.number)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    names = _names()
    whole = [] if own else [{"value": WHOLE, "text": "The partnership as a whole"}]
    return page(
        request,
        "pages/incidents.html",
        title=_PLACE[0],
        release=None,
        crumbs=[home()],
        section="incidents",
        status=409 if problem else 200,
        problem=problem,
        lines=log.list_incidents(own, at=now),
        names=names,
        given=given,
        kinds=[{"value": kind.value, "text": words} for kind, words in INCIDENT_WORDS.items()],
        agencies=[{"value": "", "text": "Choose"}] + [{"value": id, "text": name} for id, name in names.items() if own in ("", id)] + whole,
        local=_local,
    )


def incident(request: HttpRequest, number: int) -> HttpResponse:
    """One incident: what was done, what can be written down next, and, once asked for, whose data it concerns."""
    problem, now, own, found = None, datetime.now(UTC), _own(request), None
    workspace = source().workspace
    if workspace is None:
        raise Http404("There is no workspace here.")
    given = {name: request.POST.get(name, "").strip() for name in ("step", "words", "happened_at")}
    try:
        if request.method == "POST" and request.POST.get("do") == "affected":
            found = log.affected_by(workspace, number, own, by=request.user.get_username(), at=now)
        elif request.method == "POST":
            when = _moment(given["happened_at"]) if given["happened_at"] else None
            by = request.user.get_username()
            log.take_incident_step(number, step=given["step"], words=given["words"], happened_at=when, by=by, own_agency=own, at=now)
            return redirect("incident", number=number)
        line = log.show_incident(number, own, at=now)
    except NotFound as missing:
        raise Http404("There is no such incident.") from missing
    except SightlineError as refused:
        problem = f"{refused.message} {refused.hint}"
        line = log.show_incident(number, own, at=now)
    return _incident(request, line, problem, given, found)


def _incident(
    request: HttpRequest, line: log.IncidentLine, problem: str | None, given: dict[str, str], found: Affected | None
) -> HttpResponse:
    return page(
        request,
        "pages/incident.html",
        title=f"Incident {line.number}",
        release=None,
        crumbs=[home(), (_PLACE[0], reverse("incidents"))],
        section="incidents",
        status=409 if problem else 200,
        problem=problem,
        line=line,
        names=_names(),
        given=given,
        steps=[{"value": step.value, "text": words} for step, words in STEP_WORDS.items()],
        found=found,
        local=_local,
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text.strip().replace("T", " "), "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)
    except ValueError as wrong:
        raise InputRefused("Give day and time as 2026-05-15 09:30.", hint="By the clock here.") from wrong


def _local(at: datetime) -> str:
    """An instant by the clock here."""
    there = at.astimezone(LOCAL)
    return f"{there.day} {there:%B %Y at %H:%M}"


def _names() -> dict[str, str]:
    workspace = source().workspace
    return {each.id: each.name for each in workspace.partnership.agencies} if workspace else {}


def _own(request: HttpRequest) -> str:
    return str(getattr(request.user, "agency", ""))
