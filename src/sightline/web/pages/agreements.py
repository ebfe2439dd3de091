"""What agencies agreed to share: the list, one agreement with its suspension, and “can I share this, and why?”."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from sightline.app.agreements import STATUS_WORDS, bodies_named, check_agreements, list_agreements, show_agreement, take_step
from sightline.app.can_share import Answer, Question, can_share
from sightline.app.roles import Role
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import load_terms
from sightline.errors import NotFound, SightlineError
from sightline.model.agreements import Mode, Status, Step, Tier
from sightline.web.page import current_release, home, page
from sightline.web.permissions import role_of
from sightline.web.release_source import source
from sightline.web.words import spaced

MODES = {Mode.AGGREGATE_ONLY: "Counts only", Mode.PSEUDONYMISED: "Records without names", Mode.RECORD_LEVEL: "Records"}
OTHER = "other"
"""Among the bodies that a form offers: one that no agreement names."""
_STEPS = {Status.IN_FORCE: Step.SUSPEND, Status.SUSPENDED: Step.RESUME}
"""What the button does: suspending, and taking that back."""


def agreements(request: HttpRequest) -> HttpResponse:
    """How every agreement stands, what ends soon, and which datasets nothing covers."""
    workspace, now = source().workspace, timezone.now()
    return page(
        request,
        "pages/agreements.html",
        title="Agreements",
        release=current_release(),
        crumbs=[home()],
        section="agreements",
        lines=list_agreements(workspace, at=now) if workspace else (),
        names=names_of(workspace),
        found=check_agreements(workspace, at=now) if workspace else (),
    )


def agreement(request: HttpRequest, id: str) -> HttpResponse:
    """One agreement. The data protection officer, and whoever signed for a party, may suspend it and take that back."""
    workspace, problem = source().workspace, None
    if workspace is None:
        raise Http404("There is no agreement here.")
    try:
        found = show_agreement(workspace, id, at=timezone.now())
    except NotFound as missing:
        raise Http404(str(missing)) from missing
    may_stop = _may_stop(request, found.standing.terms.parties)
    step = _STEPS.get(found.line.status) if may_stop else None
    if request.method == "POST":
        if not may_stop:
            raise PermissionDenied("agreement")
        try:
            _take(request, workspace, id)
            return redirect("agreement", id=id)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    return page(
        request,
        "pages/agreement.html",
        title=found.standing.terms.title,
        release=current_release(),
        crumbs=[home(), ("Agreements", reverse("agreements"))],
        section="agreements",
        status=409 if problem else 200,
        problem=problem,
        detail=found,
        names=names_of(workspace),
        titles={(agency.id, each.id): each.title for agency in workspace.partnership.agencies for each in agency.datasets},
        step=step.value if step else None,
        is_confirming=step is not None and request.GET.get("do") == step.value,
        reason=request.POST.get("reason", ""),
        modes={mode.value: words for mode, words in MODES.items()},
        status_words={status.value: words for status, words in STATUS_WORDS.items()},
    )


def _take(request: HttpRequest, workspace: Workspace, id: str) -> None:
    """Suspend or resume, once it was confirmed; a withdrawal is no button, because nothing takes it back."""
    steps = {step.value: step for step in _STEPS.values()}
    step = steps.get(request.POST.get("do", ""))
    if step is None:
        raise Http404("There is no such step.")
    take_step(workspace, id, step, reason=request.POST.get("reason", ""), by=request.user.get_username(), at=timezone.now())


def _may_stop(request: HttpRequest, parties: tuple[str, ...]) -> bool:
    """The data protection officer, or a party's own data officer."""
    role = role_of(request)
    own = getattr(request.user, "agency", "")
    return role == Role.DATA_PROTECTION_OFFICER or (role == Role.AGENCY_DATA_OFFICER and own in parties)


def can_share_page(request: HttpRequest) -> HttpResponse:
    """The form of one question, and its answer from the decision that every use is put to."""
    workspace, answer, problem = source().workspace, None, None
    asked = {name: request.GET.get(name, "") for name in ("what", "to", "other", "purpose", "tier", "mode", "fields")}
    bodies = bodies_to_name(workspace)
    if asked["to"] and asked["to"] not in {each["value"] for each in bodies}:
        asked["to"], asked["other"] = OTHER, asked["to"]
    if workspace is not None and asked["what"]:
        try:
            answer = _answer(workspace, asked)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    agencies = workspace.partnership.agencies if workspace else ()
    return page(
        request,
        "pages/can_share.html",
        title="Can I share this, and why?",
        release=current_release(),
        crumbs=[home(), ("Agreements", reverse("agreements"))],
        section="can_share",
        status=400 if problem else 200,
        problem=problem,
        answer=answer,
        asked=asked,
        bodies=bodies,
        datasets=[
            {"value": f"{agency.id}/{dataset.id}", "text": f"{agency.name}: {dataset.title}"}
            for agency in agencies
            for dataset in agency.datasets
        ],
        purposes=[{"value": id, "text": each.title} for id, each in load_terms().purposes.items()],
        tiers=[{"value": tier.name.lower(), "text": tier.name.capitalize()} for tier in (Tier.STRATEGIC, Tier.COMMUNITY, Tier.OPERATIONAL)],
        modes=[{"value": mode.value, "text": words} for mode, words in MODES.items()],
    )


def names_of(workspace: Workspace | None) -> dict[str, str]:
    """The names of the agencies by their ids."""
    return {each.id: each.name for each in workspace.partnership.agencies} if workspace else {}


def bodies_to_name(workspace: Workspace | None) -> list[dict[str, str]]:
    """Whom a form offers as the one to share with: the agencies, what agreements name beside them, and somebody else."""
    named = {**names_of(workspace), **{id: spaced(id).capitalize() for id in bodies_named()}}
    return [*({"value": id, "text": name} for id, name in named.items()), {"value": OTHER, "text": "Another body"}]


def _answer(workspace: Workspace, asked: dict[str, str]) -> Answer:
    agency, _, dataset = asked["what"].partition("/")
    try:
        tier, mode = Tier[asked["tier"].upper() or "STRATEGIC"], Mode(asked["mode"] or Mode.AGGREGATE_ONLY)
    except (KeyError, ValueError) as unknown:
        raise NotFound("There is no such tier or mode.", hint="Choose one of the list.") from unknown
    fields = tuple(asked["fields"].replace(",", " ").split())
    to = asked["other"].strip() if asked["to"] == OTHER else asked["to"]
    question = Question(agency, dataset, to, asked["purpose"], tier, mode, fields)
    return can_share(workspace, question, at=timezone.now())
