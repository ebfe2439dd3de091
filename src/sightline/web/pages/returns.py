"""Returns and quality: what has arrived from whom, and what the checks asked about.

What the checks found holds true numbers of rows. An agency's own data officer sees it so; everybody else sees what the release says of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.returns import DatasetLine, ReturnsOverview, Standing
from sightline.app.roles import Role
from sightline.model.figures import Released, Shown
from sightline.model.findings import Severity
from sightline.model.releases import Release
from sightline.web.page import current_release, home, page
from sightline.web.permissions import role_of
from sightline.web.release_source import source

LATEST = 6
"""Quarters shown in the calendar; the page of a dataset has them all."""
ACCEPTED = (Standing.ACCEPTED, Standing.ACCEPTED_WITH_QUERIES)


@dataclass(frozen=True, slots=True)
class Label:
    """How a standing is said: its word, the style of its label, and what it means."""

    word: str
    style: str
    meaning: str


LABELS = {
    Standing.ACCEPTED: Label("accepted", "here", "a return was accepted"),
    Standing.ACCEPTED_WITH_QUERIES: Label(
        "queries", "part", "a return was accepted, and the checks found something that somebody should look at"
    ),
    Standing.DUE: Label("due", "", "the quarter has ended and the return may still come in time"),
    Standing.LATE: Label("not arrived", "gone", "the day it was due has passed and nothing was accepted"),
    Standing.WITHDRAWN: Label("withdrawn", "gone", "the agency took its return back"),
}
ASKS_FOR = {Severity.BLOCK: "mending", Severity.ERROR: "mending", Severity.QUERY: "a look", Severity.NOTE: "nothing"}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding in one return, with its rows as this reader may see them."""

    severity: str
    code: str
    text: str
    hint: str
    period: str
    rows: Shown


@dataclass(frozen=True, slots=True)
class GroupedFinding:
    """A finding over all the returns of a dataset that have it; ``rows`` are those of the latest."""

    text: str
    hint: str
    code: str
    asks_for: str
    rows: Shown
    periods: list[str]


def returns(request: HttpRequest) -> HttpResponse:
    """The calendar: agencies and datasets down, quarters across. A data officer sees the own agency."""
    overview = visible_returns(request)
    periods = overview.periods[-LATEST:] if overview else ()
    return page(
        request,
        "pages/returns.html",
        title="Returns and quality",
        release=current_release(),
        crumbs=[home()],
        section="returns",
        as_of=overview.as_of.isoformat() if overview else None,
        rows=[_row(dataset, periods) for dataset in overview.datasets] if overview else [],
        periods=periods,
        labels=LABELS,
        is_officer=own_agency(request) is not None,
    )


def _row(dataset: DatasetLine, periods: tuple[str, ...]) -> dict[str, object]:
    lines = {line.period: line for line in dataset.returns}
    return {
        "dataset": dataset,
        "accepted": _accepted(dataset),
        "expected": _expected(dataset),
        "lines": [lines.get(each) for each in periods],
    }


def _accepted(dataset: DatasetLine) -> int:
    return sum(line.state in ACCEPTED for line in dataset.returns)


def _expected(dataset: DatasetLine) -> int:
    """Returns that have come or should have; one that is merely due is not held against anybody."""
    return sum(line.state is not Standing.DUE for line in dataset.returns)


def return_detail(request: HttpRequest, agency: str, dataset: str) -> HttpResponse:
    """One dataset of one agency: every quarter, and the findings grouped by cause."""
    overview = visible_returns(request)
    chosen = [each for each in overview.datasets if (each.agency, each.dataset) == (agency, dataset)] if overview else []
    if overview is None or not chosen:
        raise Http404("There is no such dataset, or it is another agency’s.")
    release = current_release()
    is_own = own_agency(request) == agency
    return page(
        request,
        "pages/return_detail.html",
        title=f"{chosen[0].agency_name}: {chosen[0].dataset_title}",
        release=release,
        crumbs=[home(), ("Returns and quality", reverse("returns"))],
        section="returns",
        dataset=chosen[0],
        accepted=_accepted(chosen[0]),
        expected=_expected(chosen[0]),
        lines=list(reversed(chosen[0].returns)),
        labels=LABELS,
        is_own=is_own,
        findings=group_findings(exact_findings(overview, agency, dataset) if is_own else released_findings(release, agency, dataset)),
    )


def exact_findings(overview: ReturnsOverview, agency: str, dataset: str) -> list[Found]:
    """The findings of one dataset's accepted returns, for the agency's own data officer."""
    return [
        Found(each.severity, each.code, each.text, each.hint, each.period, Released(each.rows))
        for each in overview.findings
        if (each.agency, each.dataset) == (agency, dataset)
    ]


def released_findings(release: Release | None, agency: str, dataset: str) -> list[Found]:
    """What the release says the checks found in one dataset, for everybody else: numbers in it have passed the gate."""
    return [
        Found(each.severity, each.code, each.text, "", each.period, each.rows)
        for each in (release.quality if release else ())
        if (each.agency, each.dataset) == (agency, dataset)
    ]


def group_findings(findings: list[Found]) -> list[GroupedFinding]:
    """Findings with each cause once and the quarters it occurs in, newest first; what asks for something comes first."""
    grouped: dict[tuple[str, str, str], GroupedFinding] = {}
    for each in sorted(findings, key=lambda finding: finding.period, reverse=True):
        fresh = GroupedFinding(each.text, each.hint, each.code, ASKS_FOR[Severity(each.severity)], each.rows, [])
        grouped.setdefault((each.severity, each.code, each.text), fresh).periods.append(each.period)
    order = list(Severity)
    return [grouped[key] for key in sorted(grouped, key=lambda key: (order.index(Severity(key[0])), key[1], key[2]))]


def own_agency(request: HttpRequest) -> str | None:
    """The agency a data officer is limited to; None for everybody else."""
    if role_of(request) == Role.AGENCY_DATA_OFFICER and request.user.is_authenticated:
        return request.user.agency
    return None


def visible_returns(request: HttpRequest) -> ReturnsOverview | None:
    """What this reader may see of the calendar."""
    overview, own = source().returns(), own_agency(request)
    if overview is None or own is None:
        return overview
    return replace(
        overview,
        returns=tuple(line for line in overview.returns if line.agency == own),
        findings=tuple(finding for finding in overview.findings if finding.agency == own),
    )
