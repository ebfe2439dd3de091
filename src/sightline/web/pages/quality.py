"""Quality over time: what was due and what came, how much of it can be used, and since when each series can be relied on.

Exact shares of rows would tell how many rows a small dataset has. An agency's own data officer sees them; everybody else reads each share
as the step of five that it reaches, and the change in rows as words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from markupsafe import Markup

from sightline.app.first_complete import ENOUGH
from sightline.app.quality import FEWEST_CONFORMING, FEWEST_KEPT, Quality, QualityPoint, Series, measure_quality, ordinal
from sightline.app.returns import ReturnLine, ReturnsOverview, Standing
from sightline.publish.quality_charts import Dot, Gap, Scale, Strip, quality_chart
from sightline.web.drawings import inline
from sightline.web.page import current_release, home, page
from sightline.web.pages.returns import ACCEPTED, LATEST, own_agency, visible_returns
from sightline.web.words import quarter

NOT_THERE = {Standing.LATE: "did not come", Standing.WITHDRAWN: "taken back", Standing.DUE: "may still come"}
NONE_DUE = "none due"
_CHANGES = ((0.5, "less than half"), (0.8, "fewer"), (1.25, "about as many"), (2.0, "more"))
"""Below each ratio, what is said of it; from the last on, twice as many or more."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One quarter of one dataset in a table: a number as a number, a word as a word, and what belongs beside it."""

    text: str
    is_number: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure as the page shows it: its chart where it has one, beside the table of the same numbers."""

    id: str
    title: str
    meaning: str
    caption: str
    chart: Markup | None
    rows: list[tuple[Series, list[Cell]]]


Reading = Callable[[QualityPoint], tuple[float | None, Cell]]
"""What a measure says of one return: where it stands on the chart, and its cell."""


def quality(request: HttpRequest) -> HttpResponse:
    """The page. A data officer sees the own agency, with exact numbers."""
    overview = visible_returns(request)
    is_officer = own_agency(request) is not None
    context: dict[str, Any] = {}
    if overview is not None and overview.periods:
        until = request.GET.get("until", overview.periods[-1])
        if until not in overview.periods:
            raise Http404("There is no return for that quarter.")
        context = _context(overview, until, exact=is_officer)
    return page(
        request,
        "pages/quality.html",
        title="Quality over time",
        release=current_release(),
        crumbs=[home(), ("Returns and quality", reverse("returns"))],
        section="quality",
        is_officer=is_officer,
        **context,
    )


def _context(overview: ReturnsOverview, until: str, *, exact: bool) -> dict[str, Any]:
    measured = measure_quality(overview)
    upto = overview.periods[: overview.periods.index(until) + 1]
    periods = upto[-LATEST:]
    return {
        "as_of": overview.as_of.isoformat(),
        "sentences": measured.sentences,
        "complete": measured.first_complete,
        "enough": f"{ENOUGH * 100:.0f}",
        "series": [(each, *_standing_of(each)) for each in measured.series],
        "periods": periods,
        "came": [_came(overview.returns, period) for period in reversed(periods)],
        "awaited": [line for line in overview.returns if line.state not in ACCEPTED and line.period in overview.periods[-LATEST:]],
        "measures": _measures(measured, overview, periods, exact=exact),
        "choices": [{"value": each, "text": quarter(each)} for each in reversed(overview.periods)],
        "until": until,
        "fewest_kept": f"{FEWEST_KEPT * 100:.0f}",
        "fewest_conforming": f"{FEWEST_CONFORMING * 100:.0f}",
    }


def _standing_of(series: Series) -> tuple[str, str]:
    """Since when a series can be relied on, and what is to be said of its latest return."""
    if series.latest is None:
        return "nothing can be said yet", "its first return may still come in time"
    if series.since is None or series.place is None:
        return "not yet", f"{quarter(series.latest)}: {series.in_the_way}"
    return f"{quarter(series.since)}, its {ordinal(series.place)} return", f"{quarter(series.latest)}: accepted, complete and conforming"


def _came(lines: Sequence[ReturnLine], period: str) -> dict[str, object]:
    """How many returns of a quarter were expected, and what became of them. These are numbers of returns, not of children."""
    of = [line for line in lines if line.period == period]
    accepted = [line for line in of if line.state in ACCEPTED]
    return {
        "period": period,
        "expected": len(of),
        "in_time": sum(not line.was_late for line in accepted),
        "late": sum(line.was_late for line in accepted),
        "missing": sum(line.state is Standing.LATE for line in of),
        "withdrawn": sum(line.state is Standing.WITHDRAWN for line in of),
        "may_come": sum(line.state is Standing.DUE for line in of),
    }


def _measures(measured: Quality, overview: ReturnsOverview, periods: Sequence[str], *, exact: bool) -> list[Measure]:
    corrected = {(line.agency, line.dataset, line.period) for line in overview.returns if line.earlier_versions}

    def days(point: QualityPoint) -> tuple[float | None, Cell]:
        note = "corrected since" if (point.agency, point.dataset, point.period) in corrected else ""
        return (None, _absent(point)) if point.days_late is None else (float(point.days_late), Cell(_days(point.days_late), note=note))

    def kept(point: QualityPoint) -> tuple[float | None, Cell]:
        return (None, _absent(point)) if point.kept is None else _share(point.kept, exact=exact)

    def conforming(point: QualityPoint) -> tuple[float | None, Cell]:
        if point.conforming is None:
            return None, _absent(point)
        value, cell = _share(point.conforming, exact=exact, at_least=True)
        return value, Cell(cell.text, note=f"{point.not_checked} not checked" if point.not_checked else "")

    points = {(point.agency, point.dataset, point.period): point for point in measured.points}

    def measure(
        id: str, title: str, meaning: str, reading: Reading, *, heading: str = "", scale: Callable[[list[float]], Scale] | None = None
    ) -> Measure:
        rows = [(each, [_read(points.get((each.agency, each.dataset, period)), reading) for period in periods]) for each in measured.series]
        chart = None
        if scale is not None:
            strips = [
                Strip(
                    f"{each.agency_name}: {each.dataset_title}", tuple(_dot(*one, period) for one, period in zip(row, periods, strict=True))
                )
                for each, row in rows
            ]
            values = [value for _, row in rows for value, _, _ in row if value is not None]
            chart = inline(
                quality_chart(name=id, title=f"{title} by dataset and quarter", heading=heading, strips=strips, scale=scale(values))
            )
        caption = f"{title}, {quarter(periods[0])} to {quarter(periods[-1])}"
        return Measure(id, title, meaning, caption, chart, [(each, [cell for _, cell, _ in row]) for each, row in rows])

    return [
        measure(
            "timeliness",
            "Timeliness",
            "Days between the day a return was due and the day its first version came",
            days,
            heading="Days late (above the line) or early (below it)",
            scale=_day_scale,
        ),
        measure(
            "completeness",
            "Completeness",
            "Of the rows that came, the share that could be kept and counted",
            kept,
            heading="Rows kept, per cent",
            scale=_share_scale(FEWEST_KEPT),
        ),
        measure(
            "conformity",
            "Conformity",
            "Of the rows that came, the share that no error or query speaks of",
            conforming,
            heading="Rows that no error or query speaks of, per cent, at least",
            scale=_share_scale(FEWEST_CONFORMING),
        ),
        measure("change", "Rows beside the return before", "How many rows came, beside the same dataset’s return before", _change(exact)),
    ]


def _read(point: QualityPoint | None, reading: Reading) -> tuple[float | None, Cell, Gap | None]:
    if point is None:
        return None, Cell(NONE_DUE, is_number=False), Gap.NONE_EXPECTED
    value, cell = reading(point)
    gap = None if value is not None else Gap.MAY_STILL_COME if point.may_still_come else Gap.NOT_THERE
    return value, cell, gap


def _dot(value: float | None, cell: Cell, gap: Gap | None, period: str) -> Dot:
    return Dot(period, value, f"{cell.text}, {cell.note}" if cell.note else cell.text, gap)


def _absent(point: QualityPoint) -> Cell:
    return Cell(NOT_THERE.get(point.state, "no rows"), is_number=False)


def _days(late: int) -> str:
    if late == 0:
        return "on the day"
    return f"{abs(late)} day{'' if abs(late) == 1 else 's'} {'late' if late > 0 else 'early'}"


def _share(share: float, *, exact: bool, at_least: bool = False) -> tuple[float, Cell]:
    """A share of rows as this reader may see it; never rounded up, so that nothing looks more complete than it is."""
    if exact:
        tenths = math.floor(share * 1000 + 1e-9) / 10
        return tenths / 100, Cell(f"at least {tenths:.1f}%" if at_least and tenths < 100 else f"{tenths:.1f}%")
    step = min(95, math.floor(share * 100 + 1e-9) // 5 * 5)
    return step / 100, Cell(f"at least {step}%" if step else "under 5%")


def _change(exact: bool) -> Reading:
    def reading(point: QualityPoint) -> tuple[float | None, Cell]:
        if point.rows is None or (point.rows == 0 and not exact):
            return None, _absent(point)
        ratio = point.against_last
        if exact:
            return None, Cell(f"{point.rows:,} rows", note="first that came" if ratio is None else f"{ratio:.2f} times")
        return None, Cell("first that came" if ratio is None else _said(ratio), is_number=False)

    return reading


def _said(ratio: float) -> str:
    return next((words for below, words in _CHANGES if ratio < below), "twice as many or more")


def _day_scale(values: list[float]) -> Scale:
    late = 7 * math.ceil(max(7.0, *values) / 7) if values else 7
    early = 7 * math.ceil(max(7.0, *(-value for value in values)) / 7) if values else 7
    return Scale(-early, late, 0, f"{early} days early", f"{late} days late", "the day it was due")


def _share_scale(threshold: float) -> Callable[[list[float]], Scale]:
    def scale(values: list[float]) -> Scale:
        low = min(0.8, math.floor(min(values, default=1.0) * 10) / 10)
        return Scale(
            low, 1, threshold, f"{low * 100:.0f}%", "100%", f"{threshold * 100:.0f} rows in 100: the least that counts as reliable"
        )

    return scale
