"""The findings of one kept return, for the data officer of the agency that sent it: as a page, and to take along as a file.

The numbers of rows are exact, so nobody else sees them; everybody else sees what a release says (`pages.returns`).
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.findings_files import CONTENT_TYPES, findings_file
from sightline.publish.findings_report import GROUPS, FindingsReport, facts
from sightline.web.page import current_release, home, page
from sightline.web.release_source import source


def return_findings(request: HttpRequest, agency: str, dataset: str, period: str) -> HttpResponse:
    """Every cause found in one return, what was looked at and what was not."""
    report = _own(request, agency, dataset, period)
    steps = [("Returns and quality", reverse("returns")), (_plain_title(report), reverse("return_detail", args=[agency, dataset]))]
    files = [(kind.upper(), reverse("return_findings_file", args=[agency, dataset, period, kind])) for kind in CONTENT_TYPES]
    return page(
        request,
        "pages/findings.html",
        title=f"{report.title}, {report.period}",
        release=current_release(),
        crumbs=[home(), *steps],
        section="returns",
        report=report,
        groups=[(severity, *GROUPS[severity], [(finding, facts(finding)) for finding in found]) for severity, found in report.groups],
        files=files,
    )


def return_findings_file(request: HttpRequest, agency: str, dataset: str, period: str, kind: str) -> HttpResponse:
    """The same as a file."""
    if kind not in CONTENT_TYPES:
        raise Http404("There is no such kind of file.")
    content = findings_file(_own(request, agency, dataset, period), kind)
    response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="findings-{agency}-{dataset}-{period}.{kind}"'
    return response


def _plain_title(report: FindingsReport) -> str:
    return report.title.removeprefix("Findings: ")


def _own(request: HttpRequest, agency: str, dataset: str, period: str) -> FindingsReport:
    """The report, for the agency's own officer only; another agency's is not there for them."""
    own = request.user.agency if request.user.is_authenticated else ""
    report = source().findings(agency, dataset, period) if own and own == agency else None
    if report is None:
        raise Http404("There is no such return, or it is another agency’s.")
    return report
