"""Sentences of a release as a page lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sightline.model.releases import Release, Statement

MOST_STATEMENTS = 5
"""More sentences than this are a report, and on the overview would not fit the sheet of paper."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the release, with the title of the indicator it speaks of."""

    text: str
    indicator: str | None
    title: str


def changes_on(release: Release, page: str) -> list[Line]:
    """What changed since the last release, for one page: empty for the overview, ``indicator:<id>``, or a page of analyses."""
    return lines(release, (each for each in release.changes if each.page == page))


def lines(release: Release, statements: Iterable[Statement]) -> list[Line]:
    """At most five sentences; an indicator that the release does not hold is not linked."""
    titles = {indicator.id: indicator.title for indicator in release.indicators}
    found = [
        Line(each.text, each.indicator if each.indicator in titles else None, titles.get(each.indicator or "", "")) for each in statements
    ]
    return found[:MOST_STATEMENTS]
