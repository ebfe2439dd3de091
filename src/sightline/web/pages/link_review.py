"""Clerical review of links: the list of sets, and one pair after another to decide on.

The one page that shows who people are. It is for reviewers only, each look is in the audit, nothing of it is cached or printed, and neither
the address nor the title says anything about anybody.
"""

from __future__ import annotations

import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from sightline.app.accept_reviews import accept_reviews
from sightline.app.review_links import MATTER_MOST, PAIRS, ReviewSet, list_reviews, open_review, review_set
from sightline.app.review_pairs import decide, last_decision, next_pair, queue, undo_last
from sightline.app.roles import Role
from sightline.app.workspace import Workspace
from sightline.errors import NotFound, Refused, SightlineError
from sightline.model.reviews import DECISIONS, REASON_WORDS, ReviewDecision, ReviewReason
from sightline.web.page import current_release, home, page
from sightline.web.permissions import may_see, role_of
from sightline.web.release_source import source

KEYS = {ReviewDecision.SAME: "S", ReviewDecision.DIFFERENT: "D", ReviewDecision.UNSURE: "N"}


def link_reviews(request: HttpRequest) -> HttpResponse:
    """The sets and how far they have come; for an analyst also to open one, and to make overrides of what reviewers agree on."""
    workspace, problem, accepted = source().workspace, None, None
    is_steward = role_of(request) == Role.ANALYST
    purpose = request.POST.get("purpose", "")
    if request.method == "POST" and workspace is not None and is_steward:
        try:
            if request.POST.get("do") == "accept":
                accepted = accept_reviews(workspace, _number(request.POST.get("set")), by=_name(request), at=timezone.now())
            else:
                open_review(workspace, purpose=purpose, by=_name(request), at=timezone.now(), seed=secrets.randbits(63))
                return redirect("link_reviews")
        except SightlineError as refused:
            problem = f"{refused} {refused.hint}"
    return page(
        request,
        "pages/link_reviews.html",
        title="Review of links",
        release=current_release(),
        crumbs=[home()],
        section="link_reviews",
        status=409 if problem else 200,
        problem=problem,
        sets=list_reviews(workspace) if workspace else (),
        accepted=accepted.sentences() if accepted else [],
        is_steward=is_steward,
        may_review=may_see(role_of(request), "link_review"),
        purpose=purpose,
        pairs=PAIRS,
        matter_most=MATTER_MOST,
    )


def link_review(request: HttpRequest, number: int) -> HttpResponse:
    """The next pair of a set for this reviewer, once they have said that they look for the set's purpose."""
    workspace = source().workspace
    if workspace is None:
        raise Http404("There is no review set here.")
    try:
        found = review_set(workspace, number)
    except NotFound as missing:
        raise Http404(str(missing)) from missing
    begun, problem = f"link_review_{number}", None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "begin":
                request.session[begun] = True
            elif request.session.get(begun):
                _act(request, workspace, number)
            return redirect("link_review", number=number)
        except SightlineError as refused:
            problem = f"{refused} {refused.hint}"
    return _pair_page(request, workspace, found, has_begun=bool(request.session.get(begun)), problem=problem)


def _act(request: HttpRequest, workspace: Workspace, number: int) -> None:
    if request.POST.get("do") == "undo":
        undo_last(number, by=_name(request), at=timezone.now())
        return
    try:
        decision = ReviewDecision(request.POST.get("decision", ""))
        reason = ReviewReason(request.POST.get("reason", ReviewReason.WHOLE))
    except ValueError as unknown:
        raise Http404("There is no such decision.") from unknown
    position = _number(request.POST.get("position"))
    decide(workspace, number, position, decision, reason, by=_name(request), at=timezone.now(), agency=_own_agency(request))


def _pair_page(request: HttpRequest, workspace: Workspace, found: ReviewSet, *, has_begun: bool, problem: str | None) -> HttpResponse:
    reviewer, agency = _name(request), _own_agency(request)
    pair = None
    try:
        pair = next_pair(workspace, found.number, by=reviewer, at=timezone.now(), agency=agency) if has_begun else None
    except Refused as refused:
        problem = f"{refused.message} {refused.hint}"
    return page(
        request,
        "pages/link_review.html",
        title=f"Review set {found.number}",
        release=current_release(),
        crumbs=[home(), ("Review of links", reverse("link_reviews"))],
        section="link_reviews",
        status=409 if problem else 200,
        problem=problem,
        set=found,
        has_begun=has_begun,
        pair=pair,
        is_one_agency=pair is not None and pair.agencies.left == pair.agencies.right,
        queue=queue(workspace, found.number, by=reviewer, agency=agency),
        last=last_decision(found.number, by=reviewer) if has_begun else None,
        buttons=[(decision.value, DECISIONS[decision], key) for decision, key in KEYS.items()],
        reasons=[{"value": reason.value, "text": f"{place}. {text}"} for place, (reason, text) in enumerate(REASON_WORDS.items(), 1)],
    )


def _name(request: HttpRequest) -> str:
    return request.user.get_username()


def _own_agency(request: HttpRequest) -> str | None:
    """A data officer sees pairs of the own agency's records only; one whose sign-in names no agency sees none."""
    if role_of(request) == Role.AGENCY_DATA_OFFICER and request.user.is_authenticated:
        return request.user.agency
    return None


def _number(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404("There is no such set or pair.")
    return int(text)
