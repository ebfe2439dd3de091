"""One indicator: its figure and how far it can be relied on, its series, its breakdowns, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from markupsafe import Markup

from sightline.app.ask_table import tables_for
from sightline.model.figures import Figure, Median, Ratio, Released
from sightline.model.releases import Coverage, IndicatorText, Release
from sightline.model.units import in_several_rows
from sightline.publish.breakdown_chart import breakdown_chart
from sightline.publish.charts import trend
from sightline.publish.control_chart import control, control_chart, control_words, no_limits
from sightline.publish.exports import CONTENT_TYPES, indicator_file
from sightline.publish.funnel_chart import Funnel, funnel_chart, funnel_words, ward_funnel
from sightline.publish.gaps import COUNTS_TWICE, why_not_linked
from sightline.publish.intervals import INTERVAL, interval_words
from sightline.publish.series import (
    LINKING,
    breakdown_title,
    has_statistic,
    measured_in,
    number_heading,
    number_words,
    quarters_back,
    trend_marks,
)
from sightline.web import words
from sightline.web.downloads import download, downloads, release_of
from sightline.web.drawings import inline
from sightline.web.page import current_release, home, release_page
from sightline.web.permissions import may_see, role_of
from sightline.web.release_source import source
from sightline.web.statements import changes_on

MONTHS_OF_A_QUARTER = 3
BESIDE_ALL = "Beside all wards"


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to look at an indicator, as a link."""

    name: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Look:
    """The words over a table of figures, and the one under it."""

    heading: str
    caption: str
    head: list[str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A figure with its name, and its interval in words where it has one."""

    name: str
    value: object
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A chart that says which figures are more than chance, its sentences, and its numbers where no other table has them."""

    chart: Markup | None
    words: list[str]
    head: list[str]
    rows: list[list[object]]


def indicator(request: HttpRequest, id: str) -> HttpResponse:
    """The page: ``?by=`` chooses how to look at it, ``?period=`` the quarter."""
    release = current_release()
    crumbs = [home(), ("Indicators", reverse("indicators"))]
    if release is None:
        return release_page(request, "", title="Indicator", release=None, crumbs=crumbs, section="indicators")
    waiting = next((each for each in release.waiting if each.id == id), None)
    if waiting is not None:
        return _waiting(request, release, waiting, crumbs)
    try:
        chosen = release.indicator(id)
    except KeyError:
        raise Http404("This release has no such indicator.") from None
    by = _one_of(request.GET.get("by", "all"), ["all", *chosen.breakdowns], "It is not broken down in that way.")
    period = _one_of(request.GET.get("period", release.period), release.periods, "This release has no such quarter.")
    return release_page(
        request,
        "pages/indicator.html",
        title=chosen.title,
        release=release,
        crumbs=crumbs,
        section="indicators",
        content=partial(_content, chosen, by, period, role_of(request)),
    )


def _content(chosen: IndicatorText, by: str, period: str, role: str | None, release: Release) -> dict[str, object]:
    id = chosen.id
    series = dict(zip(release.periods, release.series(id), strict=True))
    now, before = series[period], series.get(_period_before(release, period, quarters_back(chosen)))
    funnel = ward_funnel(release, chosen, period) if by == "ward" else None
    return {
        "indicator": chosen,
        "domain": dict(release.domains).get(chosen.domain, ""),
        "by": by,
        "period": period,
        "now": _now(now, chosen),
        "change": words.change(now, before, chosen),
        "changes": changes_on(release, f"indicator:{id}") if period == release.period else [],
        "linking": words.linking(now.count if now else None, now.range if now else None),
        "coverage": words.coverage(release, chosen),
        "behind": _behind(release, chosen, period),
        "tabs": _tabs(release, chosen, by, period),
        "tab": _look(release, chosen, by, period, has_funnel=funnel is not None),
        "period_choices": [{"value": each, "text": words.quarter(each)} for each in reversed(release.periods)],
        "chart": _chart(release, chosen, by, period),
        "rows": _rows(release, chosen, by, period, funnel),
        "is_beside": not has_statistic(chosen),
        "control": _controlled(release, chosen) if by == "all" else None,
        "funnel": _funnelled(release, chosen, funnel, period) if funnel else None,
        "definition": _definition(release, chosen),
        "agencies": words.needed_agencies(release, chosen),
        "methods": release.methods,
        "columns": sorted(chosen.lineage),
        "may_see_made": may_see(role, "indicator_made"),
        "files": downloads("indicator_file", release, id),
        "has_tables": may_see(role, "ask_table") and bool(tables_for(source().tables(release), id)),
    }


def _waiting(request: HttpRequest, release: Release, indicator: IndicatorText, crumbs: list[tuple[str, str]]) -> HttpResponse:
    return release_page(
        request,
        "pages/indicator_waiting.html",
        title=indicator.title,
        release=release,
        crumbs=crumbs,
        section="indicators",
        indicator=indicator,
        domain=dict(release.domains).get(indicator.domain, ""),
    )


def indicator_figures_file(request: HttpRequest, number: int, id: str, kind: str) -> HttpResponse:
    """Every figure of one indicator of one release, as a file."""
    release = release_of(number)
    found = next((each for each in release.indicators if each.id == id), None)
    if found is None or kind not in CONTENT_TYPES:
        raise Http404("There is no such file.")
    return download(indicator_file(release, found, kind), kind, f"{id}-release-{number}")


def _one_of(asked: str, allowed: list[str] | tuple[str, ...], problem: str) -> str:
    if asked not in allowed:
        raise Http404(problem)
    return asked


def _period_before(release: Release, period: str, quarters: int) -> str:
    place = release.periods.index(period)
    return release.periods[place - quarters] if place >= quarters else ""


def _now(figure: Figure | None, indicator: IndicatorText) -> list[Named]:
    """The figures that stand at the top: the leading one with its interval, then the count and what it is out of."""
    leading = words.headline(figure, indicator)
    between = interval_words(leading) if isinstance(leading, Ratio | Median) else ""
    first = Named(measured_in(indicator), words.in_column(leading), between)
    if figure is None or not has_statistic(indicator):
        return [first]
    rest = [Named(indicator.unit.capitalize(), figure.count)]
    if indicator.denominator and not indicator.is_median:
        rest.append(Named(indicator.denominator, words.or_no_figure(figure.out_of)))
    return [first, *rest]


def _behind(release: Release, indicator: IndicatorText, period: str) -> list[tuple[str, list[str]]]:
    """What stands behind the figure of a quarter, as terms with their lines; terms that do not apply are left out, save who is missing."""
    names = {each.agency: each.name for each in release.agencies}
    found = release.coverage_of(indicator.id, period)
    if found is None:
        return []
    lines = [
        ("Agencies in", [words.listed([names.get(each, each) for each in found.agencies]) or "none"]),
        ("Agencies missing", [f"{names.get(agency, agency)}: {reason}" for agency, reason in found.missing] or ["none of those it needs"]),
        ("Agencies not linked", _not_linked(release, found)),
        ("May still change", [f"{names.get(agency, agency)}: late returns usually add to it" for agency in found.provisional]),
        ("Breaks in the series", _breaks(indicator, found)),
    ]
    return [(term, said) for term, said in lines if said]


def _not_linked(release: Release, coverage: Coverage) -> list[str]:
    return [*why_not_linked(release, coverage.not_linked), COUNTS_TWICE] if coverage.not_linked else []


def _breaks(indicator: IndicatorText, coverage: Coverage) -> list[str]:
    said = [f"from {words.quarter(since)}: {note}" for since, note in indicator.known_breaks]
    return [*said, coverage.starts_anew] if coverage.starts_anew else said


def _tabs(release: Release, indicator: IndicatorText, by: str, period: str) -> list[Tab]:
    here = reverse("indicator", kwargs={"id": indicator.id})
    tabs = []
    for way in ("all", *(way for way in indicator.breakdowns if way != "all")):
        query = {name: value for name, value in (("by", way), ("period", period)) if value not in ("all", release.period)}
        address = f"{here}?{urlencode(query)}" if query else here
        tabs.append(Tab("Over time" if way == "all" else breakdown_title(release, way), f"{address}#figures", way == by))
    return tabs


def _look(release: Release, indicator: IndicatorText, by: str, period: str, *, has_funnel: bool) -> Look:
    columns = column_names(indicator)
    if by == "all":
        return Look("Over time", f"{indicator.title}, by quarter", ["Quarter", *columns, LINKING])
    way = breakdown_title(release, by)
    beside = [BESIDE_ALL] if has_funnel else []
    caption = f"{indicator.title} by {way.lower()}, {words.quarter(period)}"
    note = in_several_rows(indicator.unit) if indicator.in_rows(by) == "several" else ""
    return Look(f"By {way.lower()}", caption, [way, *columns, LINKING, *beside], note)


def column_names(indicator: IndicatorText) -> list[str]:
    """The words over the columns of an indicator's figures, after the column of names."""
    if not has_statistic(indicator):
        return [indicator.unit.capitalize()]
    out_of = [] if indicator.is_median else ["Out of"]
    return [number_heading(indicator), INTERVAL, indicator.unit.capitalize(), *out_of]


def columns_of(figure: Figure | None, indicator: IndicatorText) -> list[object]:
    """The cells under `column_names`."""
    leading = words.headline(figure, indicator)
    if not has_statistic(indicator):
        return [leading]
    interval = words.interval_column(leading)
    parts = [figure.count if figure else None, *([] if indicator.is_median else [figure.out_of if figure else None])]
    return [words.in_column(leading), interval, *map(words.or_no_figure, parts)]


def _rows(release: Release, indicator: IndicatorText, by: str, period: str, funnel: Funnel | None) -> list[list[object]]:
    """The same numbers as the chart: newest quarter first, or categories in their own order. Empty when there is no figure at all."""
    if by == "all":
        series = list(zip(release.periods, release.series(indicator.id), strict=True))
        named = [("", words.quarter(each), figure) for each, figure in reversed(series)]
    else:
        figures = {figure.category: figure for figure in release.breakdown(indicator.id, by, period)}
        codes = [code for code, _ in release.categories.get(by, ())] or list(figures)
        named = [(code, release.label(by, code), figures.get(code)) for code in codes]
    if all(figure is None for _, _, figure in named):
        return []
    rows = [[name, *columns_of(figure, indicator), words.linking_column(figure)] for _, name, figure in named]
    if funnel:
        for (code, _, figure), row in zip(named, rows, strict=True):
            row.append(words.Bare(funnel.words.get(code, "not compared")) if figure and isinstance(figure.count, Released) else row[-1])
    return rows


def _chart(release: Release, indicator: IndicatorText, by: str, period: str) -> Markup | None:
    """The drawing that goes with the table."""
    if by == "all":
        return inline(trend(release, indicator.id))
    shown = [words.headline(figure, indicator) for figure in release.breakdown(indicator.id, by, period)]
    if not any(words.is_number(each) for each in shown):
        return None
    return inline(breakdown_chart(release, indicator, by, period))


def _controlled(release: Release, indicator: IndicatorText) -> Reckoned | None:
    """The control chart, or why there is none; None where the series never changes."""
    reason, reckoned = no_limits(trend_marks(release, indicator), indicator), control(release, indicator)
    if reckoned is None:
        return Reckoned(None, [reason], [], []) if reason else None
    if not reckoned.has_limits:
        return Reckoned(inline(control_chart(release, indicator, reckoned)), control_words(reckoned, indicator), [], [])
    rows: list[list[object]] = [
        [
            words.quarter(point.mark.label),
            words.as_shown(point.mark),
            words.Bare(number_words(point.centre, indicator)),
            words.Bare(f"{number_words(point.low, indicator)} to {number_words(point.high, indicator)}"),
            words.Bare(point.signal or ("within ordinary variation" if point.mark.value is not None else "no figure")),
        ]
        for point in reversed(reckoned.points)
    ]
    head = ["Quarter", number_heading(indicator), "Centre", "Limits", "What it is"]
    return Reckoned(inline(control_chart(release, indicator, reckoned)), control_words(reckoned, indicator), head, rows)


def _funnelled(release: Release, indicator: IndicatorText, reckoned: Funnel, period: str) -> Reckoned:
    """The funnel; its numbers and words are in the table of wards."""
    return Reckoned(inline(funnel_chart(release, indicator, reckoned, period)), funnel_words(reckoned, indicator), [], [])


def _months(indicator: IndicatorText) -> str:
    """How long a time a figure covers, where it is not the quarter alone."""
    if indicator.months == MONTHS_OF_A_QUARTER:
        return ""
    return f"the {indicator.months} months to the end of its quarter, so those of neighbouring quarters share most of what they count"


def _definition(release: Release, indicator: IndicatorText) -> list[dict[str, dict[str, str]]]:
    sources = indicator.sources or words.listed([agency.name for agency in words.needed_agencies(release, indicator)])
    rows = [
        ("What is counted", indicator.numerator),
        ("Out of", indicator.denominator or ("Nothing: this is a median" if indicator.is_median else "Nothing: this is a count")),
        ("Shown as", measured_in(indicator)),
        ("Each figure is about", _months(indicator)),
        ("Interval", indicator.interval),
        ("Sources", sources),
        ("What agencies must share for it", words.listed([words.spaced(mode) for mode in indicator.modes])),
        ("Chosen as a key measure because", indicator.key_reason if indicator.key else ""),
        ("Caveat", indicator.caveat),
        ("Version", indicator.version),
    ]
    return [{"key": {"text": key}, "value": {"text": value}} for key, value in rows if value]
