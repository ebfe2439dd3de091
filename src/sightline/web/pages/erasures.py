"""Erasing as protection officers meet it: what would go, who asked, who agrees, how far it is. A person's number is sent and never shown.

No address holds anything of a person: what is typed comes in the body of a form, is compared, and is not written back into the page.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from sightline.app.erase import (
    CANNOT_BE_UNDONE,
    IN_THE_CLEAR,
    WAITS,
    Asked,
    Effects,
    agree_to_erase,
    ask_to_erase,
    ask_to_erase_person,
    asked_erasures,
    effects_of,
    effects_of_person,
    erasable_returns,
    refuse_to_erase,
    returns_of_agency,
    waits_for,
)
from sightline.app.retention import standing_holds
from sightline.app.roles import Role
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, SightlineError
from sightline.web.page import home, page
from sightline.web.permissions import role_of
from sightline.web.release_source import source

KEPT = ("agency", "reason", "returns")
"""What a form is filled with again when it is shown once more; the number of a person is not."""


def erasures(request: HttpRequest) -> HttpResponse:
    """Every erasure, and the two forms: of one person's rows, and of whole returns. Each shows its plan before it asks."""
    workspace, problem, plan = source().workspace, None, None
    if request.method == "POST":
        workspace = _workspace()
        try:
            done = _asked_for(request, workspace)
            if isinstance(done, Asked):
                return redirect("erasure", number=done.number)
            plan = done
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    is_officer = role_of(request) == Role.DATA_PROTECTION_OFFICER
    return page(
        request,
        "pages/erasures.html",
        title="Erasing",
        release=None,
        crumbs=[home()],
        section="erasures",
        status=409 if problem else 200,
        problem=problem,
        plan=plan,
        warning=_warning(plan) if plan else "",
        lines=[each for each in asked_erasures() if _may_know(request, each)],
        holds=standing_holds(at=timezone.now()) if is_officer else [],
        agencies=_agencies(request, workspace),
        erasable=[(_of(workspace, each.agency, each.dataset), each) for each in erasable_returns(None if is_officer else _agency(request))]
        if workspace
        else [],
        given={name: request.POST.get(name, "") for name in KEPT},
        has_workspace=workspace is not None,
    )


def erasure(request: HttpRequest, number: int) -> HttpResponse:
    """One erasure. A protection officer who did not ask for it agrees or refuses here, and carries on with one that waits."""
    workspace, problem = _workspace(), None
    found = _found(request, number)
    may_decide = role_of(request) == Role.DATA_PROTECTION_OFFICER
    if request.method == "POST":
        try:
            _decide(request, workspace, number)
            return redirect("erasure", number=number)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
            found = _found(request, number)
    # A ledger that an earlier version wrote may hold words that are no longer asked for.
    effects = Effects(**{name: told for name, told in found.effects.items() if name in Effects.__slots__})
    return page(
        request,
        "pages/erasure.html",
        title=f"Erasure {number}",
        release=None,
        crumbs=[home(), ("Erasing", reverse("erasures"))],
        section="erasures",
        status=409 if problem else 200,
        problem=problem,
        erasure=found,
        plan=effects,
        warning=_warning(effects),
        waits=waits_for(number),
        is_asked=found.state == "asked",
        waits_for_generation=found.state == WAITS,
        may_agree=may_decide and found.is_open and found.by != request.user.get_username(),
        may_refuse=may_decide and found.state == "asked",
        reason=request.POST.get("reason", ""),
    )


def _asked_for(request: HttpRequest, workspace: Workspace) -> Effects | Asked:
    """What a form of the page asks for: to see the plan, or to ask."""
    form, by, now = request.POST, request.user.get_username(), timezone.now()
    do, reason = form.get("do", ""), form.get("reason", "")
    if do in ("plan_person", "ask_person"):
        agency = form.get("agency", "")
        if agency not in {each["value"] for each in _agencies(request, workspace)}:
            raise InputRefused("Choose the agency whose person it is.", hint="A data officer asks for the own agency.")
        number = form.get("number", "")
        if do == "plan_person":
            return effects_of_person(workspace, agency, number, at=now)
        return ask_to_erase_person(workspace, agency, number, reason=reason, by=by, at=now)
    if do in ("plan", "ask"):
        returns = form.get("returns", "").split()
        if role_of(request) != Role.DATA_PROTECTION_OFFICER and not returns_of_agency(returns, _agency(request)):
            raise InputRefused("Name returns of your own agency, by their receipts.", hint="The page of returns shows them.")
        return effects_of(workspace, returns, at=now) if do == "plan" else ask_to_erase(workspace, returns, reason=reason, by=by, at=now)
    raise PermissionDenied("erasures")


def _decide(request: HttpRequest, workspace: Workspace, number: int) -> None:
    do, by, now = request.POST.get("do", ""), request.user.get_username(), timezone.now()
    if do == "agree":
        agree_to_erase(workspace, number, by=by, at=now)
    elif do == "refuse":
        refuse_to_erase(number, reason=request.POST.get("reason", ""), by=by, at=now)
    else:
        raise PermissionDenied("erasure")


def _found(request: HttpRequest, number: int) -> Asked:
    for each in asked_erasures():
        if each.number == number and _may_know(request, each):
            return each
    raise Http404("There is no such erasure.")


def _may_know(request: HttpRequest, each: Asked) -> bool:
    """A data officer knows of erasures at the own agency only."""
    return role_of(request) == Role.DATA_PROTECTION_OFFICER or returns_of_agency(each.return_ids, _agency(request))


def _agencies(request: HttpRequest, workspace: Workspace | None) -> list[dict[str, str]]:
    if workspace is None:
        return []
    own = None if role_of(request) == Role.DATA_PROTECTION_OFFICER else _agency(request)
    return [{"value": each.id, "text": each.name} for each in workspace.partnership.agencies if own in (None, each.id)]


def _of(workspace: Workspace, agency: str, dataset: str) -> str:
    """An agency and its dataset by their names, or by their ids where the partnership no longer has them."""
    names = {(of.id, each.id): f"{of.name}: {each.title}" for of in workspace.partnership.agencies for each in of.datasets}
    return names.get((agency, dataset), f"{agency}: {dataset}")


def _agency(request: HttpRequest) -> str:
    return str(getattr(request.user, "agency", ""))


def _warning(plan: Effects) -> str:
    return CANNOT_BE_UNDONE if plan.sealed else f"{CANNOT_BE_UNDONE} {IN_THE_CLEAR}"


def _workspace() -> Workspace:
    workspace = source().workspace
    if workspace is None:
        raise Http404("There is no workspace here.")
    return workspace
