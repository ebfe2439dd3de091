"""The list of indicators, and each indicator's own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.model.figures import Figure
from sightline.model.releases import IndicatorText, Release
from sightline.publish.attachments import breakdown_name, trend_name
from sightline.publish.series import LINKING, measured_in
from sightline.web import words
from sightline.web.cards import Card, card_of
from sightline.web.drawings import inline
from sightline.web.page import current_release, home, release_page
from sightline.web.release_source import source

LONGEST_SEARCH = 80
TABS = {
    "all": "Over time",
    "ward": "Ward",
    "age_band": "Age",
    "sex": "Sex",
    "ethnicity": "Ethnicity",
    "agency": "Agency",
    "referral_source": "Referral source",
}
"""Ways to look at an indicator, in the order of the tabs."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the list."""

    title: str
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to look at an indicator, as a link."""

    name: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Look:
    """The words over a table of figures."""

    heading: str
    caption: str
    head: list[str]


@dataclass(frozen=True, slots=True)
class Named:
    """A figure with its name."""

    name: str
    value: words.AnyShown


def indicators(request: HttpRequest) -> HttpResponse:
    """All indicators, the key ones first; ``?q=`` keeps those that mention every word asked for."""
    release = current_release()
    content: dict[str, Any] = {}
    if release is not None:
        search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
        found = [indicator for indicator in release.indicators if _mentions(indicator, search)]
        by_kind = (("Five key measures", [i for i in found if i.key]), ("Behind them", [i for i in found if not i.key]))
        groups = [Group(title, [card_of(release, each) for each in chosen]) for title, chosen in by_kind if chosen]
        content = {"search": search, "found": len(found), "groups": groups}
    return release_page(
        request, "pages/indicators.html", title="Indicators", release=release, crumbs=[home()], section="indicators", **content
    )


def _mentions(indicator: IndicatorText, search: str) -> bool:
    text = " ".join((indicator.title, indicator.question, indicator.purpose, indicator.unit, indicator.numerator)).casefold()
    return all(word in text for word in search.casefold().split())


def indicator(request: HttpRequest, id: str) -> HttpResponse:
    """One indicator: ``?by=`` chooses how to look at it, ``?period=`` the quarter."""
    release = current_release()
    crumbs = [home(), ("Indicators", reverse("indicators"))]
    if release is None:
        return release_page(request, "", title="Indicator", release=None, crumbs=crumbs, section="indicators")
    try:
        chosen = release.indicator(id)
    except KeyError:
        raise Http404("This release has no such indicator.") from None
    by = _one_of(request.GET.get("by", "all"), ["all", *chosen.breakdowns], "It is not broken down in that way.")
    period = _one_of(request.GET.get("period", release.period), release.periods, "This release has no such quarter.")
    series = dict(zip(release.periods, release.series(id), strict=True))
    now, before = series[period], series.get(_period_before(release, period))
    return release_page(
        request,
        "pages/indicator.html",
        title=chosen.title,
        release=release,
        crumbs=crumbs,
        section="indicators",
        indicator=chosen,
        by=by,
        period=period,
        now=_now(now, chosen),
        change=words.change(now, before, chosen),
        linking=words.linking(now.count if now else None, now.range if now else None),
        coverage=words.coverage(release, chosen),
        tabs=_tabs(release, chosen, by, period),
        tab=_look(chosen, by, period),
        period_choices=[{"value": each, "text": words.quarter(each)} for each in reversed(release.periods)],
        chart=_chart(release, chosen, by, period),
        rows=_rows(release, chosen, by, period),
        definition=_definition(release, chosen),
        agencies=words.needed_agencies(release, chosen),
        methods=release.methods,
        columns=sorted(chosen.lineage),
    )


def _one_of(asked: str, allowed: list[str] | tuple[str, ...], problem: str) -> str:
    if asked not in allowed:
        raise Http404(problem)
    return asked


def _period_before(release: Release, period: str) -> str:
    place = release.periods.index(period)
    return release.periods[place - 1] if place else ""


def _now(figure: Figure | None, indicator: IndicatorText) -> list[Named]:
    """The figures that stand at the top: the leading one, then the count and what it is out of where the first is a percentage."""
    leading = Named(measured_in(indicator), words.headline(figure, indicator))
    if figure is None or indicator.per is None:
        return [leading]
    rest = [Named(indicator.unit.capitalize(), figure.count)]
    if indicator.denominator:
        rest.append(Named(indicator.denominator, words.or_no_figure(figure.out_of)))
    return [leading, *rest]


def _tabs(release: Release, indicator: IndicatorText, by: str, period: str) -> list[Tab]:
    ways = [way for way in TABS if way == "all" or way in indicator.breakdowns]
    ways += [way for way in indicator.breakdowns if way not in TABS]
    here = reverse("indicator", kwargs={"id": indicator.id})
    tabs = []
    for way in ways:
        query = {name: value for name, value in (("by", way), ("period", period)) if value not in ("all", release.period)}
        address = f"{here}?{urlencode(query)}" if query else here
        tabs.append(Tab(TABS.get(way, words.spaced(way).capitalize()), f"{address}#figures", way == by))
    return tabs


def _look(indicator: IndicatorText, by: str, period: str) -> Look:
    columns = [indicator.unit.capitalize()]
    if indicator.per is not None:
        columns = [_measure(indicator), indicator.unit.capitalize(), "Out of"]
    if by == "all":
        return Look("Over time", f"{indicator.title}, by quarter", ["Quarter", *columns, LINKING])
    way = TABS.get(by, words.spaced(by)).lower()
    return Look(f"By {way}", f"{indicator.title} by {way}, {words.quarter(period)}", [way.capitalize(), *columns, LINKING])


def _measure(indicator: IndicatorText) -> str:
    return "Per cent" if indicator.per == 100 else f"Per {indicator.per:,}"


def _rows(release: Release, indicator: IndicatorText, by: str, period: str) -> list[list[object]]:
    """The same numbers as the chart: newest quarter first, or categories in their own order. Empty when there is no figure at all."""
    if by == "all":
        series = list(zip(release.periods, release.series(indicator.id), strict=True))
        named = [(words.quarter(each), figure) for each, figure in reversed(series)]
    else:
        figures = {figure.category: figure for figure in release.breakdown(indicator.id, by, period)}
        codes = [code for code, _ in release.categories.get(by, ())] or list(figures)
        named = [(release.label(by, code), figures.get(code)) for code in codes]
    if all(figure is None for _, figure in named):
        return []
    return [[name, *columns_of(figure, indicator), words.linking_column(figure)] for name, figure in named]


def columns_of(figure: Figure | None, indicator: IndicatorText) -> list[object]:
    """The cells of one row of a table of figures, after its name."""
    if indicator.per is None:
        return [words.headline(figure, indicator)]
    parts = (figure.count, figure.out_of) if figure else (None, None)
    return [words.in_column(words.headline(figure, indicator)), *map(words.or_no_figure, parts)]


def _chart(release: Release, indicator: IndicatorText, by: str, period: str) -> object:
    """The drawing that goes with the table; a breakdown is drawn for the headline quarter only, since a release holds no other."""
    if by != "all" and period != release.period:
        return None
    name = trend_name(indicator.id) if by == "all" else breakdown_name(indicator.id, by)
    return inline(source().attachment(release, name))


def _definition(release: Release, indicator: IndicatorText) -> list[dict[str, dict[str, str]]]:
    sources = [agency.name for agency in words.needed_agencies(release, indicator)]
    rows = (
        ("What is counted", indicator.numerator),
        ("Out of", indicator.denominator or "Nothing: this is a count"),
        ("Shown as", measured_in(indicator)),
        ("Sources", words.listed(sources)),
        ("Caveat", indicator.caveat),
        ("Version", indicator.version),
    )
    return [{"key": {"text": key}, "value": {"text": value}} for key, value in rows]
