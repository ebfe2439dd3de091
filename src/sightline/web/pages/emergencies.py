"""One person's records in an emergency, as a practitioner meets them: asking, looking, ending; and what officers say of it afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from sightline.app import break_glass as emergencies
from sightline.app.break_glass import NoLongerOpen, Reader, Shown
from sightline.app.subjects import ByNumber, ByPair
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, NotFound, SightlineError
from sightline.model.agreements import Mode
from sightline.model.subjects import AT_MOST, EMERGENCY_WORDS, OPEN_FOR, REVIEW_WITHIN, SHORTEST_WORDS
from sightline.web.page import home, page
from sightline.web.release_source import source
from sightline.web.sessions import FRESH, SECOND_FACTOR, is_fresh

LOCAL = ZoneInfo("Europe/London")
OPENED = "texts_opened"
"""In the session: the day, and how many texts its reader opened on it. It is kept nowhere else and shown to nobody else."""
BREAK_AFTER = 10
"""After so many texts the page suggests a break."""
_PLACE = ("In an emergency", "break_glass")


def break_glass(request: HttpRequest) -> HttpResponse:
    """What the reader opened so far, and the form with which one person's records are opened."""
    problem, now, fresh = None, datetime.now(UTC), _has_fresh_factor(request)
    if request.method == "POST":
        try:
            number = emergencies.open_records(
                _workspace(),
                _reader(request),
                _named(request),
                emergency=request.POST.get("emergency", ""),
                words=request.POST.get("words", ""),
                is_fresh=fresh,
                at=now,
            )
            return redirect("break_glass_subject", number=number)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    workspace = source().workspace
    agencies = workspace.partnership.agencies if workspace else ()
    return page(
        request,
        "pages/emergency_ask.html",
        title=_PLACE[0],
        release=None,
        crumbs=[home()],
        section="break_glass",
        status=409 if problem else 200,
        problem=problem,
        lines=emergencies.own_emergencies(_reader(request), at=now),
        agencies=[{"value": "", "text": "Choose"}]
        + [{"value": each.id, "text": each.name} for each in agencies if each.mode is not Mode.AGGREGATE_ONLY],
        kinds=[{"value": kind.value, "text": words} for kind, words in EMERGENCY_WORDS.items()],
        # What was said is given back; whom it was about is not.
        given={name: request.POST.get(name, "") for name in ("emergency", "words", "agency")},
        is_fresh=fresh,
        fresh_minutes=int(FRESH.total_seconds() // 60),
        minutes=int(OPEN_FOR.total_seconds() // 60),
        shortest=SHORTEST_WORDS,
        most=AT_MOST,
        review_within=REVIEW_WITHIN,
        local=_local,
    )


def break_glass_subject(request: HttpRequest, number: int) -> HttpResponse:
    """One person's records, looked at once with each request; a text opens by a form, so that each opening is asked for."""
    workspace, reader, now, opened, problem = _workspace(), _reader(request), datetime.now(UTC), "", None
    try:
        if request.method == "POST" and request.POST.get("do") == "end":
            emergencies.end(reader, number, at=now)
            return redirect("break_glass")
        if request.method == "POST":
            opened = request.POST.get("text", "") or "none"
        shown = emergencies.look(workspace, reader, number, at=now, opened=opened)
    except NotFound as missing:
        raise Http404("There is no such emergency of yours.") from missing
    except (NoLongerOpen, InputRefused) as refused:
        problem = f"{refused.message} {refused.hint}"
        return page(
            request,
            "pages/emergency_closed.html",
            title="These records are closed",
            release=None,
            crumbs=[home(), (_PLACE[0], reverse("break_glass"))],
            section="break_glass",
            status=409,
            problem=problem,
            number=number,
            is_open=isinstance(refused, InputRefused),
        )
    return _records(request, shown, number)


def _records(request: HttpRequest, shown: Shown, number: int) -> HttpResponse:
    if shown.opened:
        _count_one(request)
    return page(
        request,
        "pages/emergency_records.html",
        title=f"Emergency {number}",
        release=None,
        crumbs=[home(), (_PLACE[0], reverse("break_glass"))],
        section="break_glass",
        shown=shown,
        names={each.id: each.name for each in _workspace().partnership.agencies},
        texts_opened=_opened_today(request),
        break_after=BREAK_AFTER,
        local=_local,
    )


def break_glass_reviews(request: HttpRequest) -> HttpResponse:
    """What a protection officer was told of, those that wait first, and the form to say what they think of one."""
    problem, agency, now = None, _agency(request), datetime.now(UTC)
    if request.method == "POST":
        try:
            emergencies.review(
                _number(request.POST.get("number")),
                justified=_justified(request.POST.get("justified", "")),
                words=request.POST.get("words", ""),
                by=request.user.get_username(),
                agency=agency,
                at=now,
            )
            return redirect("break_glass_reviews")
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    lines = emergencies.emergencies_told(agency, at=now)
    workspace = source().workspace
    return page(
        request,
        "pages/emergency_reviews.html",
        title="Emergencies to review",
        release=None,
        crumbs=[home()],
        section="break_glass_reviews",
        status=409 if problem else 200,
        problem=problem,
        waiting=[line for line in lines if emergencies.waits_for(line, agency)],
        others=[line for line in lines if not emergencies.waits_for(line, agency)],
        refused=emergencies.refused_asks(agency),
        names={each.id: each.name for each in workspace.partnership.agencies} if workspace else {},
        now=now,
        review_within=REVIEW_WITHIN,
        local=_local,
    )


def _named(request: HttpRequest) -> ByNumber | ByPair:
    """Whom the form is about: a number, or, where that is left empty, a pair of the review of links."""
    agency = request.POST.get("agency", "")
    if not agency:
        raise InputRefused("Choose the agency whose number or record you have.", hint="Each agency has its own numbers.")
    review, pair = request.POST.get("review", "").strip(), request.POST.get("pair", "").strip()
    if review or pair:
        if request.POST.get("number", "").strip():
            raise InputRefused("Give either a number or a pair of the review of links.", hint="Not both.")
        return ByPair(_number(review), _number(pair), agency)
    return ByNumber(agency, request.POST.get("number", ""))


def _justified(text: str) -> bool:
    if text not in ("yes", "no"):
        raise InputRefused("Say whether it was justified.", hint="Choose yes or no.")
    return text == "yes"


def _has_fresh_factor(request: HttpRequest) -> bool:
    return bool(request.session.get(SECOND_FACTOR)) and is_fresh(request.session, datetime.now(UTC))


def _today() -> str:
    return datetime.now(UTC).astimezone(LOCAL).date().isoformat()


def _opened_today(request: HttpRequest) -> int:
    day, count = request.session.get(OPENED, ("", 0))
    return int(count) if day == _today() else 0


def _count_one(request: HttpRequest) -> None:
    request.session[OPENED] = (_today(), _opened_today(request) + 1)


def _local(at: datetime) -> str:
    """An instant by the clock here."""
    there = at.astimezone(LOCAL)
    return f"{there.day} {there:%B %Y at %H:%M}"


def _reader(request: HttpRequest) -> Reader:
    return Reader(request.user.get_username(), _agency(request))


def _agency(request: HttpRequest) -> str:
    return str(getattr(request.user, "agency", ""))


def _number(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputRefused("This is no number of a set, a pair or an emergency.", hint="Give the number alone.")
    return int(text)


def _workspace() -> Workspace:
    workspace = source().workspace
    if workspace is None:
        raise Http404("There is no workspace here.")
    return workspace
