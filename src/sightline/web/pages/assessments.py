"""The impact assessment of an agreement, which a protection officer signs, and the record of processing: pages and files."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from sightline.app.assessments import assessment_of, record_of_processing, sign_assessment
from sightline.app.roles import Role
from sightline.app.workspace import Workspace
from sightline.errors import NotFound, SightlineError
from sightline.publish.assessment_report import CONTENT_TYPES, Facts, assessment_document, assessment_file, record_document
from sightline.publish.document import Block, Bullets, DataTable, Document, Note, Paragraph
from sightline.web.page import current_release, home, page
from sightline.web.permissions import role_of
from sightline.web.release_source import source

_KINDS: dict[type, str] = {Paragraph: "paragraph", Bullets: "bullets", Note: "note", DataTable: "table"}


def assessment(request: HttpRequest, id: str) -> HttpResponse:
    """The assessment of the newest version; a data protection officer signs it here."""
    workspace, problem = _workspace(), None
    facts = _facts(workspace, id)
    may_sign = role_of(request) == Role.DATA_PROTECTION_OFFICER
    if request.method == "POST":
        if not may_sign:
            raise PermissionDenied("assessment")
        try:
            sign_assessment(
                workspace,
                id,
                version=facts["version"],
                note=request.POST.get("note", ""),
                by=request.user.get_username(),
                at=timezone.now(),
            )
            return redirect("assessment", id=id)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    files = [(kind.upper(), reverse("assessment_file", args=[id, kind])) for kind in CONTENT_TYPES]
    return _page(
        request,
        assessment_document(facts),
        files,
        crumbs=[("Agreements", reverse("agreements")), (facts["agreement"]["title"], reverse("agreement", args=[id]))],
        problem=problem,
        facts=facts,
        sign_at=reverse("assessment", args=[id]) if may_sign and (not facts["signed"] or facts["stale"]) else "",
    )


def record(request: HttpRequest) -> HttpResponse:
    """The record of processing."""
    workspace = source().workspace
    facts = record_of_processing(workspace, at=timezone.now()) if workspace else _nothing()
    files = [(kind.upper(), reverse("processing_file", args=[kind])) for kind in CONTENT_TYPES]
    return _page(request, record_document(facts), files, crumbs=[("Agreements", reverse("agreements"))], section="processing")


def assessment_file_page(request: HttpRequest, id: str, kind: str) -> HttpResponse:
    """The assessment as a file."""
    return _file(_facts(_workspace(), id), kind, f"impact-assessment-{id}")


def record_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The record of processing as a file."""
    workspace = source().workspace
    return _file(record_of_processing(workspace, at=timezone.now()) if workspace else _nothing(), kind, "record-of-processing")


def _nothing() -> Facts:
    return {
        "partnership": "No partnership",
        "agreements": [],
        "measures": [],
        "made_of": {},
        "digest": "",
        "made_at": timezone.now().isoformat(),
    }


def _file(facts: Facts, kind: str, name: str) -> HttpResponse:
    if kind not in CONTENT_TYPES:
        raise Http404("There is no such file.")
    response = HttpResponse(assessment_file(facts, kind), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _page(
    request: HttpRequest,
    document: Document,
    files: list[tuple[str, str]],
    *,
    crumbs: list[tuple[str, str]],
    section: str = "agreements",
    problem: str | None = None,
    facts: Facts | None = None,
    sign_at: str = "",
) -> HttpResponse:
    return page(
        request,
        "pages/assessment.html",
        title=document.title,
        release=current_release(),
        crumbs=[home(), *crumbs],
        section=section,
        status=409 if problem else 200,
        problem=problem,
        document=document,
        files=files,
        sections=[(each, [(_kind(block), block) for block in each.blocks]) for each in document.sections],
        facts=facts,
        sign_at=sign_at,
    )


def _facts(workspace: Workspace, id: str) -> Facts:
    try:
        return assessment_of(workspace, id, at=timezone.now())
    except NotFound as missing:
        raise Http404(str(missing)) from missing


def _workspace() -> Workspace:
    workspace = source().workspace
    if workspace is None:
        raise Http404("There is no agreement here.")
    return workspace


def _kind(block: Block) -> str:
    return _KINDS[type(block)]
