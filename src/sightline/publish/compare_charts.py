"""Charts that put one place beside others: points with their ranges, and lines over years. Order is never by size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.publish.charts import axis_ticks, label_places
from sightline.publish.series import Mark
from sightline.publish.svg import GRID, INK, MAIN, PAPER, QUIET, Drawing, width_of, wrap

ENGLAND_COLOUR, REGION_COLOUR = INK, "#8a6d1d"
"""Dark grey and ochre: told apart from the blue of the area by anyone, and by their shapes in print."""
_WIDTH, _LABELS, _REASONS, _ROW = 680.0, 212.0, 116.0, 40.0


@dataclass(frozen=True, slots=True)
class Beside:
    """One row: the area's value with its range, the region's and England's values; a value of None is said in ``text``."""

    label: str
    value: float | None
    lower: float
    upper: float
    text: str
    region: float | None
    england: float | None


def beside_chart(*, name: str, title: str, heading: str, area: str, region: str, rows: Sequence[Beside], unit: str = "") -> bytes:
    """The area as a point with its 95% range, the region as a diamond, England as an upright stroke, one row for each measure."""
    drawing = Drawing(name=name, width=_WIDTH, title=title, description=_describe(heading, area, region, rows))
    drawing.heading(heading)
    y = 40.0
    y = _key(drawing, area, region, y)
    values = [v for r in rows for v in (r.upper if r.value is not None else None, r.region, r.england) if v is not None]
    ticks = axis_ticks(max(values, default=0.0))
    left, right = _LABELS, _WIDTH - _REASONS
    bottom = y + _ROW * len(rows)

    def at(value: float) -> float:
        return left + (right - left) * value / ticks[-1]

    for tick in ticks:
        drawing.line(at(tick), y, at(tick), bottom, stroke=GRID if tick else INK)
        drawing.text(at(tick), bottom + 20, f"{tick:,.10g}{unit}", size=15, anchor="middle", fill=QUIET)
    for place, row in enumerate(rows):
        middle = y + _ROW * (place + 0.5)
        drawing.label(_LABELS - 12, middle, row.label, width=_LABELS - 18, height=_ROW)
        if row.england is not None:
            drawing.line(at(row.england), middle - 12, at(row.england), middle + 12, stroke=ENGLAND_COLOUR, width=3)
        if row.region is not None:
            _diamond(drawing, at(row.region), middle)
        if row.value is None:
            drawing.label(_WIDTH - 4, middle, row.text, width=_REASONS - 10, height=_ROW, size=14, fill=QUIET)
            continue
        drawing.line(at(row.lower), middle, at(row.upper), middle, stroke=MAIN, width=3)
        drawing.circle(at(row.value), middle, 6, fill=MAIN)
        drawing.text(_WIDTH - 4, middle + 5, row.text, size=16, anchor="end")
    return drawing.to_bytes(bottom + 30)


def _describe(heading: str, area: str, region: str, rows: Sequence[Beside]) -> str:
    def said(value: float | None) -> str:
        return "no figure" if value is None else f"{value:.1f}"

    words = []
    for row in rows:
        own = row.text if row.value is None else f"{row.value:.1f} (range {row.lower:.1f} to {row.upper:.1f})"
        words.append(f"{row.label}: {area} {own}, {region} {said(row.region)}, England {said(row.england)}")
    return f"{heading}. {'. '.join(words)}."


def _diamond(drawing: Drawing, x: float, y: float) -> None:
    drawing.add("path", d=f"M{x:.1f},{y - 7:.1f}l7,7l-7,7l-7,-7Z", fill=PAPER, stroke=REGION_COLOUR, stroke_width=2.5)


def _key(drawing: Drawing, area: str, region: str, y: float) -> float:
    """What each shape is, in a row or two."""
    x = 12.0
    for kind, words in (("area", f"{area} and its range"), ("region", region), ("england", "England")):
        if x + 28 + width_of(words, 15) > _WIDTH and x > 12:
            x, y = 12.0, y + 24
        if kind == "area":
            drawing.line(x - 6, y, x + 14, y, stroke=MAIN, width=3)
            drawing.circle(x + 4, y, 6, fill=MAIN)
        elif kind == "region":
            _diamond(drawing, x + 4, y)
        else:
            drawing.line(x + 4, y - 10, x + 4, y + 10, stroke=ENGLAND_COLOUR, width=3)
        drawing.text(x + 22, y + 5, words, size=15)
        x += 44 + width_of(words, 15)
    return y + 22


def years_chart(*, name: str, title: str, heading: str, years: Sequence[str], lines: Sequence[tuple[str, Sequence[Mark]]]) -> bytes:
    """Lines over years: the first is the area's own (thick, its gaps marked), then its region (dashed) and England (thin)."""
    words = "; ".join(f"{label}: " + ", ".join(f"{m.label} {m.text}" for m in marks) for label, marks in lines)
    drawing = Drawing(name=name, width=_WIDTH, title=title, description=f"{heading}. {words}.")
    left, right, top, bottom = 62.0, _WIDTH - 16, 74.0, 290.0
    ticks = axis_ticks(max((m.value for _, marks in lines for m in marks if m.value is not None), default=0.0))
    step = (right - left) / max(len(years), 1)
    drawing.heading(heading)
    x = 4.0
    looks = ((MAIN, 3.5, None), (REGION_COLOUR, 2.2, "7 5"), (ENGLAND_COLOUR, 2.0, None))
    for (label, _), (stroke, width, dash) in zip(lines, looks, strict=False):
        drawing.path([(x, 44), (x + 30, 44)], stroke=stroke, width=width, dash=dash)
        drawing.text(x + 38, 49, label, size=15)
        x += 62 + width_of(label, 15)
    for tick in ticks:
        y = bottom - (bottom - top) * tick / ticks[-1]
        drawing.line(left, y, right, y, stroke=GRID if tick else INK)
        drawing.text(left - 8, y + 5, f"{tick:,.10g}", size=15, anchor="end", fill=QUIET)
    reasons = _gaps(drawing, lines[0][1] if lines else (), left=left, top=top, bottom=bottom, step=step)
    for place in label_places(len(years), step, 44):
        drawing.text(left + step * (place + 0.5), bottom + 22, years[place], size=15, anchor="middle", fill=QUIET)
    for order, ((_, marks), (stroke, width, dash)) in reversed(list(enumerate(zip(lines, looks, strict=False)))):
        points = [
            (left + step * (p + 0.5), bottom - (bottom - top) * m.value / ticks[-1]) if m.value is not None else None
            for p, m in enumerate(marks)
        ]
        _joined(drawing, points, stroke=stroke, width=width, dash=dash, dots=order == 0)
    height = bottom + 34
    if reasons:
        drawing.rect(4, height + 2, 24, 18, fill=drawing.dots())
        for line in wrap("; ".join(reasons), 15, _WIDTH - 44):
            drawing.text(38, height + 16, line, size=15, fill=QUIET)
            height += 20
        height += 8
    return drawing.to_bytes(height)


def _gaps(drawing: Drawing, marks: Sequence[Mark], *, left: float, top: float, bottom: float, step: float) -> list[str]:
    for place, each in enumerate(marks):
        if each.value is None:
            drawing.rect(left + step * place + 2, top, step - 4, bottom - top, fill=drawing.dots())
    return sorted({each.text for each in marks if each.value is None})


def _joined(
    drawing: Drawing, points: Sequence[tuple[float, float] | None], *, stroke: str, width: float, dash: str | None, dots: bool
) -> None:
    """Draw each unbroken run of points as a line; a point that stands alone always gets a dot."""
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
            continue
        if len(run) > 1:
            drawing.path(run, stroke=stroke, width=width, dash=dash)
        for x, y in run if dots or len(run) == 1 else ():
            drawing.circle(x, y, 4.5, fill=stroke)
        run = []
