"""Which agencies know the same children: the combinations as rows of dots (an UpSet chart, turned on its side so that words fit)."""

from __future__ import annotations

from collections.abc import Sequence

from sightline.model.figures import Released, Shown
from sightline.model.releases import Combination, Release
from sightline.publish.series import mark
from sightline.publish.svg import GRID, INK, MAIN, PAPER, QUIET, Drawing, width_of, wrap

MOST_ROWS = 24
"""More rows than this cannot be read; the table beside the chart has them all."""
_WIDTH, _COLUMN, _ROW, _LEFT = 760.0, 40.0, 32.0, 12.0


def size_of(shown: Shown) -> int:
    """For sorting only: nothing shown sorts last."""
    return shown.value if isinstance(shown, Released) else -1


def combinations_to_draw(release: Release) -> list[Combination]:
    """The combinations with most children first, those without a number last, at most `MOST_ROWS`."""
    return sorted(release.combinations, key=lambda c: (-size_of(c.children), len(c.agencies), c.agencies))[:MOST_ROWS]


def cut_for(values: Sequence[float]) -> float:
    """Where bars are cut short so that one very large group does not flatten all others; the largest value where none is.

    >>> cut_for([21000, 900, 145])
    900
    """
    ordered = sorted(values, reverse=True)
    while len(ordered) > 1 and ordered[0] > 10 * ordered[1]:
        ordered.pop(0)
    return ordered[0] if ordered else 1.0


def agencies(release: Release) -> bytes:
    """Children known to each agency, then to exactly each combination of agencies and no other."""
    names = {agency.agency: agency.name for agency in release.agencies}
    used = {code for c in (*release.agency_sets, *release.combinations) for code in c.agencies}
    codes = [code for code in names if code in used] + sorted(used - set(names))
    rows = combinations_to_draw(release)
    drawing = Drawing(
        name="agencies", width=_WIDTH, title="Which agencies know the same children", description=_describe(release, rows, names)
    )
    y = _agency_rows(drawing, release, names)
    y = _combination_rows(drawing, rows, codes, names, y + 26)
    notes = ["A bar with two slanting gaps is cut short: its number tells its size."] if _has_cut_bar(release, rows) else []
    left_out = len(release.combinations) - len(rows)
    if left_out:
        notes.append(f"{left_out} further combinations are in the table.")
    for note in notes:
        drawing.text(4, y + 22, note, size=15, fill=QUIET)
        y += 24
    return drawing.to_bytes(y + 10)


def _has_cut_bar(release: Release, rows: Sequence[Combination]) -> bool:
    sizes = [[size_of(c.children) for c in part] for part in (release.agency_sets, rows)]
    return any(max(part, default=0) > cut_for([s for s in part if s > 0]) for part in sizes)


def _describe(release: Release, rows: Sequence[Combination], names: dict[str, str]) -> str:
    alone = "; ".join(f"{names.get(c.agencies[0], c.agencies[0])}: {c.children}" for c in release.agency_sets)
    together = "; ".join(f"{' and '.join(names.get(code, code) for code in c.agencies)} only: {c.children}" for c in rows)
    return f"Children known to each agency. {alone}. Children known to exactly these agencies. {together}."


def _agency_rows(drawing: Drawing, release: Release, names: dict[str, str]) -> float:
    drawing.text(4, 20, "Children known to each agency, whoever else knows them", size=16, fill=QUIET)
    largest = cut_for([m for c in release.agency_sets if (m := size_of(c.children)) > 0])
    y = 34.0
    for each in release.agency_sets:
        name = names.get(each.agencies[0], each.agencies[0])
        drawing.lines_of_text(218, y + _ROW / 2, wrap(name, 15, 206)[:2], size=15, anchor="end")
        _bar(drawing, each.children, x=228, middle=y + _ROW / 2, largest=largest)
        y += _ROW
    return y


def _bar(drawing: Drawing, shown: Shown, *, x: float, middle: float, largest: float) -> None:
    here = mark("", shown)
    if here.value is None:
        drawing.rect(x, middle - 9, 30, 18, fill=drawing.hatch() if here.withheld else drawing.dots())
        drawing.text(x + 38, middle + 5, here.text, size=16, fill=QUIET)
        return
    room = _WIDTH - x - 150
    length = room * min(here.value, largest * 1.15) / (largest * 1.15 or 1)
    drawing.rect(x, middle - 9, length, 18, fill=MAIN)
    cut = here.value > largest
    if cut:
        for shift in (26, 18):
            drawing.path([(x + length - shift - 5, middle + 11), (x + length - shift + 5, middle - 11)], stroke=PAPER, width=3)
    drawing.text(x + length + 6, middle + 6, here.text, size=16)


def _combination_rows(drawing: Drawing, rows: Sequence[Combination], codes: Sequence[str], names: dict[str, str], y: float) -> float:
    drawing.text(4, y + 4, "Children known to exactly the agencies marked, and to no other", size=16, fill=QUIET)
    tallest = max((width_of(names.get(code, code), 15) for code in codes), default=0.0)
    top = y + 26 + tallest
    for place, code in enumerate(codes):
        x = _LEFT + _COLUMN * (place + 0.5)
        drawing.add(
            "text", names.get(code, code), x=x + 5, y=top - 8, font_size=15, fill=INK, transform=f"rotate(-90 {x + 5:.0f} {top - 8:.0f})"
        )
    largest = cut_for([value for each in rows if (value := size_of(each.children)) > 0])
    bars_from = _LEFT + _COLUMN * len(codes) + 16
    for place, each in enumerate(rows):
        middle = top + _ROW * (place + 0.5)
        if place % 2 == 0:
            drawing.rect(0, middle - _ROW / 2, _WIDTH, _ROW, fill="#f5f7f9")
        at = [_LEFT + _COLUMN * (codes.index(code) + 0.5) for code in each.agencies]
        for column in range(len(codes)):
            drawing.circle(_LEFT + _COLUMN * (column + 0.5), middle, 6, fill=GRID)
        if len(at) > 1:
            drawing.line(min(at), middle, max(at), middle, stroke=MAIN, width=3)
        for x in at:
            drawing.circle(x, middle, 8, fill=MAIN)
        _bar(drawing, each.children, x=bars_from, middle=middle, largest=largest)
    return top + _ROW * len(rows)
