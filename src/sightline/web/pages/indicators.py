"""The list of indicators: the key ones first, then by the part of the framework they answer, with those that wait for data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.http import HttpRequest, HttpResponse

from sightline.model.releases import IndicatorText, Release
from sightline.web.cards import Card, card_of
from sightline.web.page import current_release, home, release_page

LONGEST_SEARCH = 80
SHOWN = {"": "All questions", "counted": "Those with figures", "waiting": "Those that wait for data"}
"""Which questions a reader may ask for, by the value in the address."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the list: indicators with their figures, then the questions that wait."""

    id: str
    title: str
    cards: list[Card]
    waiting: list[IndicatorText]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked to see; an unknown choice asks for nothing special."""

    search: str
    domain: str
    agency: str
    show: str

    @property
    def is_anything(self) -> bool:
        return any((self.search, self.domain, self.agency, self.show))

    def wants(self, indicator: IndicatorText) -> bool:
        """Whether an indicator mentions every word, and is of the part and from the agency asked for."""
        text = " ".join(
            (indicator.framework, indicator.title, indicator.question, indicator.purpose, indicator.unit, indicator.numerator)
        ).casefold()
        return (
            all(word in text for word in self.search.casefold().split())
            and self.domain in ("", indicator.domain)
            and (not self.agency or self.agency in indicator.agencies_needed)
        )


def indicators(request: HttpRequest) -> HttpResponse:
    """All questions; ``?q=`` keeps those that mention every word, ``?part=``, ``?from=`` and ``?show=`` those of one kind."""
    return release_page(
        request,
        "pages/indicators.html",
        title="Indicators",
        release=current_release(),
        crumbs=[home()],
        section="indicators",
        content=partial(_content, request),
    )


def _content(request: HttpRequest, release: Release) -> dict[str, object]:
    asked = _asked(request, release)
    counted = [each for each in release.indicators if asked.show != "waiting" and asked.wants(each)]
    waiting = [each for each in release.waiting if asked.show != "counted" and asked.wants(each)]
    return {
        "asked": asked,
        "found": len(counted) + len(waiting),
        "of": len(release.indicators) + len(release.waiting),
        "groups": _groups(release, counted, waiting),
        "domains": _choices("Every part", release.domains),
        "agencies": _choices("Any agency", ((each.agency, each.name) for each in release.agencies)),
        "kinds": [{"value": value, "text": text} for value, text in SHOWN.items()],
    }


def _asked(request: HttpRequest, release: Release) -> Asked:
    def chosen(name: str, allowed: Iterable[str]) -> str:
        value = request.GET.get(name, "")
        return value if value in set(allowed) else ""

    return Asked(
        search=request.GET.get("q", "").strip()[:LONGEST_SEARCH],
        domain=chosen("part", (id for id, _ in release.domains)),
        agency=chosen("from", (each.agency for each in release.agencies)),
        show=chosen("show", SHOWN),
    )


def _choices(every: str, pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"value": "", "text": every}, *({"value": value, "text": text} for value, text in pairs)]


def _groups(release: Release, counted: list[IndicatorText], waiting: list[IndicatorText]) -> list[Group]:
    key, rest = [each for each in counted if each.key], [each for each in counted if not each.key]
    known = {id for id, _ in release.domains}
    parts = [*release.domains, ("", "Of this partnership" if known else "Behind them")]
    groups = [Group("key", "Key measures", [card_of(release, each) for each in key], [])]
    for id, title in parts:
        mine = [each for each in rest if (each.domain if each.domain in known else "") == id]
        waits = [each for each in waiting if (each.domain if each.domain in known else "") == id]
        groups.append(Group(id or "others", title, [card_of(release, each) for each in mine], waits))
    return [group for group in groups if group.cards or group.waiting]
