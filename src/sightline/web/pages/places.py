"""Places: one indicator by ward, as a map and as a table with the same numbers; wards that are too small are put together to areas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from sightline.app.area_figures import AREA, Mapped, mapped
from sightline.app.report_bytes import outlines_of, why_together
from sightline.model.releases import IndicatorText, Release
from sightline.publish.attachments import AREAS, WARDS
from sightline.publish.gaps import gaps_of_figure
from sightline.publish.maps import class_starts, only_outlines, read_wards, shade_of, ward_map
from sightline.publish.series import Mark, breakdown_marks, measured_in
from sightline.publish.svg import SHADES
from sightline.web import words
from sightline.web.drawings import inline
from sightline.web.page import current_release, home, release_page
from sightline.web.pages.indicator import column_names, columns_of
from sightline.web.release_source import source
from sightline.web.sessions import RELEASE_HEADER


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the map's legend; without a colour it is the hatching."""

    colour: str | None
    words: str


def places(request: HttpRequest) -> HttpResponse:
    """The map of the indicator that ``?indicator=`` chooses; the first that is broken down by ward without it."""
    return release_page(
        request,
        "pages/places.html",
        title="Places",
        release=current_release(),
        crumbs=[home()],
        section="places",
        content=partial(_content, request),
    )


def _content(request: HttpRequest, release: Release) -> dict[str, Any]:
    shown = _by_ward(release)
    chosen = _chosen(request, shown)
    shapes = _mapped(release, chosen)
    outlines = _outlines(release, shapes)
    figures = {figure.category: figure for figure in shapes.release.breakdown(chosen.id, shapes.by)}
    codes = [code for code, _ in shapes.release.categories.get(shapes.by, ())] or list(figures)
    return {
        "indicator": chosen,
        "choices": [{"value": each.id, "text": each.title} for each in shown],
        "measured_in": measured_in(chosen),
        "coverage": words.coverage(release, chosen),
        "has_boundaries": outlines is not None,
        "chart": inline(ward_map(shapes.release, chosen.id, outlines, by=shapes.by) if outlines else None),
        "legend": _legend(list(_on_map(shapes, chosen, outlines).values()), chosen.per),
        "head": ["Area" if shapes.by == AREA else "Ward", *column_names(chosen)],
        "rows": [[shapes.release.label(shapes.by, code), *columns_of(figures.get(code), chosen)] for code in codes],
        "by": shapes.by,
        "together": why_together(shapes),
    }


def _by_ward(release: Release) -> list[IndicatorText]:
    return [each for each in release.indicators if "ward" in each.breakdowns]


def _chosen(request: HttpRequest, shown: list[IndicatorText]) -> IndicatorText:
    asked = request.GET.get("indicator")
    for each in shown:
        if asked in (None, each.id):
            return each
    raise Http404("This release has no such indicator by ward.")


def _legend(marks: list[Mark], per: int | None) -> list[Step]:
    """The classes of the map in words: the same ones as on the still picture, since both ask `publish.maps` where they begin."""
    values = [each.value for each in marks if each.value is not None]
    starts = class_starts(values)
    ends = [*starts[1:], *([max(values)] if values else [])]
    steps = []
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        under = "" if place == len(starts) - 1 else "under "
        text = _edge(start, per) if len(starts) == 1 else f"{_edge(start, per)} to {under}{_edge(end, per)}"
        steps.append(Step(shade_of(start, starts), text))
    missing = sorted({each.text for each in marks if each.value is None})
    return [*steps, Step(None, "; ".join(missing))] if missing else steps


def _edge(value: float, per: int | None) -> str:
    if per == 100:
        return f"{value:.1f}%"
    return f"{value:,.1f}" if per else f"{value:,.0f}"


def _mapped(release: Release, indicator: IndicatorText) -> Mapped:
    return mapped(release, indicator, source().attachment(release, AREAS))


def _outlines(release: Release, shapes: Mapped) -> bytes | None:
    return outlines_of(shapes, source().attachment(release, WARDS))


def ward_boundaries(request: HttpRequest) -> HttpResponse:
    """The outlines that the indicator of ``?indicator=`` is mapped by; those of the wards without one."""
    release = current_release()
    content = source().attachment(release, WARDS) if release else None
    if release is not None and content is not None and "indicator" in request.GET:
        content = _outlines(release, _mapped(release, _chosen(request, _by_ward(release))))
    if content is None:
        raise Http404("There are no ward boundaries.")
    return HttpResponse(only_outlines(content), content_type="application/geo+json", headers=_of(release))


def ward_figures(request: HttpRequest) -> JsonResponse:
    """What the map says of each ward, in the words and colours of the page, and whose records it lacks: nothing beyond the page."""
    release = current_release()
    if release is None:
        raise Http404("There is no release.")
    chosen = _chosen(request, _by_ward(release))
    shapes = _mapped(release, chosen)
    gaps = gaps_of_figure(release, chosen.id, release.period)
    return JsonResponse({"wards": _ward_marks(shapes, chosen, _outlines(release, shapes)), "gaps": gaps}, headers=_of(release))


def _of(release: Release | None) -> dict[str, str]:
    return {RELEASE_HEADER: str(release.number)} if release else {}


def _on_map(shapes: Mapped, indicator: IndicatorText, boundaries: bytes | None) -> dict[str, Mark]:
    """What is said of each ward or area that has an outline; children whose ward is not known are in the table and on no map."""
    release, by = shapes.release, shapes.by
    outlined = {ward.code for ward in read_wards(boundaries)} if boundaries else set()
    codes = [code for code, _ in release.categories.get(by, ())] or [f.category for f in release.breakdown(indicator.id, by)]
    marks = breakdown_marks(release, indicator, by)
    return {code: each for code, each in zip(codes, marks, strict=True) if code in outlined}


def _ward_marks(shapes: Mapped, indicator: IndicatorText, boundaries: bytes | None) -> dict[str, dict[str, object]]:
    marks = _on_map(shapes, indicator, boundaries)
    starts = class_starts([each.value for each in marks.values() if each.value is not None])
    colours = {code: None if each.value is None else shade_of(each.value, starts) for code, each in marks.items()}
    return {
        code: {"label": each.label, "words": each.text, "colour": colours[code], "dark": colours[code] in SHADES[3:]}
        for code, each in marks.items()
    }
