"""Agencies together: how many children each combination of agencies knows."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from sightline.model.periods import Quarter
from sightline.model.releases import NOT_AGREED, Combination, Release
from sightline.publish import upset
from sightline.publish.gaps import COUNTS_TWICE, not_agreed_at_all, not_linked_at_all
from sightline.web import words
from sightline.web.drawings import inline
from sightline.web.page import current_release, home, release_page


def agencies(request: HttpRequest) -> HttpResponse:
    """The combinations as a chart and a table, each agency on its own, and the children flagged by none."""
    return release_page(
        request,
        "pages/agencies.html",
        title="Agencies together",
        release=current_release(),
        crumbs=[home()],
        section="agencies",
        content=_content,
    )


def _content(release: Release) -> dict[str, object]:
    names = {agency.agency: agency.name for agency in release.agencies}
    counted = {code for each in release.agency_sets for code in each.agencies}
    refused = {each.agency for each in release.gaps if each.kind == NOT_AGREED}
    return {
        "twelve_months": _twelve_months(release.period),
        "chart": inline(upset.agencies(release)),
        "combinations": [
            [_named(each, names), len(each.agencies), each.children, words.linking_column(each)] for each in _largest_first(release)
        ],
        "sets": [[_named(each, names), each.children, words.linking_column(each)] for each in release.agency_sets],
        "linking": words.linking(release.flagged_by_none, release.flagged_range),
        "not_linked": not_linked_at_all(release),
        "counts_twice": COUNTS_TWICE,
        "not_agreed": not_agreed_at_all(release),
        "absent": [agency.name for agency in release.agencies if agency.agency not in counted | refused],
    }


def _largest_first(release: Release) -> list[Combination]:
    return sorted(release.combinations, key=lambda each: (-upset.size_of(each.children), len(each.agencies), each.agencies))


def _named(combination: Combination, names: dict[str, str]) -> str:
    return words.listed([names.get(code, code) for code in combination.agencies])


def _twelve_months(period: str) -> str:
    last = Quarter.parse(period)
    first = last.plus(-3)
    return f"Twelve months, {words.day(first.start.isoformat())} to {words.day(last.end.isoformat())}"
