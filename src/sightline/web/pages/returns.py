"""Returns and quality: what has arrived from whom, how complete it is, and what the checks asked about."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.roles import Role
from sightline.web.page import current_release, home, page
from sightline.web.permissions import role_of
from sightline.web.release_source import source
from sightline.web.returns_calendar import DatasetCalendar, FindingLine, Standing

LATEST = 8
"""Quarters shown in the calendar; the page of a dataset has them all."""


@dataclass(frozen=True, slots=True)
class GroupedFinding:
    """A finding over all the returns of a dataset that have it."""

    finding: FindingLine
    periods: list[str]


def returns(request: HttpRequest) -> HttpResponse:
    """The calendar: agencies and datasets down, quarters across. A data officer sees the own agency."""
    calendars = _visible(request)
    periods = [each.period for each in calendars[0].places][-LATEST:] if calendars else []
    used = {place.standing for each in calendars for place in each.places[-LATEST:]}
    return page(
        request,
        "pages/returns.html",
        title="Returns and quality",
        release=current_release(),
        crumbs=[home()],
        section="returns",
        calendars=calendars,
        periods=periods,
        latest=LATEST,
        legend=[standing for standing in Standing if standing in used],
        own_agency=_own_agency(request),
    )


def return_detail(request: HttpRequest, agency: str, dataset: str) -> HttpResponse:
    """One dataset of one agency: every quarter, every version, and the findings grouped by cause."""
    for calendar in _visible(request):
        if (calendar.agency, calendar.dataset) == (agency, dataset):
            break
    else:
        raise Http404("There is no such dataset, or it is another agency’s.")
    return page(
        request,
        "pages/return_detail.html",
        title=f"{calendar.agency_name}: {calendar.title}",
        release=current_release(),
        crumbs=[home(), ("Returns and quality", reverse("returns"))],
        section="returns",
        calendar=calendar,
        places=list(reversed(calendar.places)),
        findings=group_findings(calendar),
        not_checked=sorted({line for place in calendar.places for line in place.not_checked}),
    )


def group_findings(calendar: DatasetCalendar) -> list[GroupedFinding]:
    """The findings of a dataset, each cause once with the quarters it occurs in; what asks for something comes first."""
    grouped: dict[tuple[str, str], GroupedFinding] = {}
    for place in reversed(calendar.places):
        for finding in place.findings:
            grouped.setdefault((finding.code, finding.text), GroupedFinding(finding, [])).periods.append(place.period)
    order = {"error": 0, "query": 1, "note": 2}
    return sorted(grouped.values(), key=lambda each: (order.get(each.finding.severity, 3), each.finding.code))


def _own_agency(request: HttpRequest) -> str | None:
    """The agency a data officer is limited to; None for everybody else."""
    return request.user.agency if role_of(request) == Role.AGENCY_DATA_OFFICER and request.user.is_authenticated else None


def _visible(request: HttpRequest) -> list[DatasetCalendar]:
    own = _own_agency(request)
    return [each for each in source().returns() if own is None or each.agency == own]
