"""Who read and did what, for the data protection officer: each event in a sentence, and the events as a file for somebody who asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.audit_digest import digest, month_named
from sightline.app.audit_files import as_bytes
from sightline.app.audit_trail import CHANGES, Asked, events, export, last_signed
from sightline.app.daily_signing import is_due
from sightline.app.unusual import unusual
from sightline.errors import InputRefused, SightlineError
from sightline.publish.exports import CONTENT_TYPES
from sightline.web.page import home, page
from sightline.web.release_source import source

MOST = 100
_DIGITS = 19
"""More digits are no number that the ledger can hold."""
LOCAL = ZoneInfo("Europe/London")
KINDS = {"": "Everything", "reads": "Pages read", "refusals": "Refusals", "sign_ins": "Sign-ins", "keys": "Keys", CHANGES: "Changes"}
FIELDS = ("person", "agency", "subject", "kind", "since", "until")


def audit(request: HttpRequest) -> HttpResponse:
    """The newest events of those asked for."""
    given = {name: request.GET.get(name, "").strip() for name in FIELDS}
    asked, problems = _asked(given)
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdecimal() and len(before) < _DIGITS):
        raise Http404("There is no such event.")
    found = events(asked, before=int(before) if before else None, most=MOST + 1) if not problems else []
    older = reverse("audit") + "?" + urlencode({**given, "before": found[MOST - 1].seq}) if len(found) > MOST else ""
    return _page(request, given, problems, [(event, event.at.astimezone(LOCAL)) for event in found[:MOST]], older=older)


def audit_month(request: HttpRequest) -> HttpResponse:
    """A month on one sheet: of an agency's officer what the agency's people did, of the partnership's what anybody did."""
    problem, now, workspace = None, datetime.now(UTC), source().workspace
    text = request.GET.get("month", "")
    try:
        month = month_named(text, at=now)
    except InputRefused as refused:
        month, problem = month_named("", at=now), f"{refused.message} {refused.hint}"
    return page(
        request,
        "pages/audit_month.html",
        title="A month of the audit",
        release=None,
        crumbs=[home(), ("Who read and did what", reverse("audit"))],
        section="audit",
        status=400 if problem else 200,
        problem=problem,
        given=text,
        found=digest(month, agency=_own(request)),
        names={each.id: each.name for each in workspace.partnership.agencies} if workspace else {},
        local=LOCAL,
    )


def audit_file(request: HttpRequest, kind: str) -> HttpResponse:
    """Events as a file, for a reason that is written down; asked for with the page's own form."""
    given = {name: request.POST.get(name, "").strip() for name in FIELDS}
    if kind not in CONTENT_TYPES or request.method != "POST":
        raise Http404("There is no such file.")
    asked, problems = _asked(given)
    try:
        reason, by, now = request.POST.get("reason", ""), request.user.get_username(), datetime.now(UTC)
        found = [] if problems else export(asked, reason=reason, by=by, own_agency=_own(request), at=now)
    except SightlineError as problem:
        problems["reason"] = f"{problem.message} {problem.hint}"
    if problems:
        return _page(request, given, problems, [], status=400)
    response = HttpResponse(as_bytes(found, kind), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="audit.{kind}"'
    return response


def _page(
    request: HttpRequest,
    given: dict[str, str],
    problems: dict[str, str],
    found: list[tuple[object, datetime]],
    *,
    older: str = "",
    status: int = 200,
) -> HttpResponse:
    return page(
        request,
        "pages/audit.html",
        title="Who read and did what",
        release=None,
        crumbs=[home()],
        section="audit",
        status=status,
        given=given,
        problems=problems,
        found=found,
        older=older,
        signed=last_signed(),
        unusual=unusual(at=datetime.now(UTC)),
        is_due=is_due(datetime.now(UTC)),
        own_agency=_own(request),
        agencies=_agencies(given["agency"]),
        kinds=[{"value": value, "text": text, "selected": value == given["kind"]} for value, text in KINDS.items()],
        asked_for_something=any(given.values()),
    )


def _own(request: HttpRequest) -> str:
    return str(getattr(request.user, "agency", ""))


def _agencies(asked: str) -> list[dict[str, str]]:
    """The agencies to choose from; one that is asked about and is no more of the partnership stays asked about."""
    workspace = source().workspace
    names = {each.id: each.name for each in workspace.partnership.agencies} if workspace else {}
    named = {"": "Any, or none", **({asked: asked} if asked not in names and asked else {}), **names}
    return [{"value": id, "text": name} for id, name in named.items()]


def _asked(given: dict[str, str]) -> tuple[Asked, dict[str, str]]:
    """What is asked for, with days as the person's own days; and what is wrong with it, by field."""
    problems = {}
    days: dict[str, datetime | None] = {}
    for name, words in (("since", "From"), ("until", "To")):
        try:
            day = date.fromisoformat(given[name]) + timedelta(days=name == "until") if given[name] else None
            days[name] = datetime.combine(day, time(), LOCAL) if day else None
        except (ValueError, OverflowError):
            problems[name] = f"{words}: write the day as 2026-05-15."
    if given["kind"] not in KINDS:
        problems["kind"] = "Choose one of the kinds of event."
    return Asked(given["person"], given["agency"], given["kind"], days.get("since"), days.get("until"), given["subject"]), problems
