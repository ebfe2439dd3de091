"""Which agencies know the same children: the combinations as rows of dots (an UpSet chart, turned on its side so that words fit)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.model.figures import Released, Shown
from sightline.model.releases import Combination, Release
from sightline.publish.series import mark
from sightline.publish.svg import GRID, INK, MAIN, PAPER, QUIET, Drawing, plain, width_of

MOST_ROWS = 24
"""More rows than this cannot be read; the table beside the chart has them all."""
_WIDTH, _COLUMN, _ROW, _LEFT = 760.0, 40.0, 32.0, 12.0


@dataclass(frozen=True, slots=True)
class Sets:
    """Members by code and words, each member's own number, and the number in exactly each combination, with what the numbers are of."""

    members: Sequence[tuple[str, str]]
    alone: Sequence[Combination]
    together: Sequence[Combination]
    alone_words: str
    together_words: str


def size_of(shown: Shown) -> int:
    """For sorting only: nothing shown sorts last."""
    return shown.value if isinstance(shown, Released) else -1


def largest_first(together: Sequence[Combination]) -> list[Combination]:
    """The combinations with most children first, those without a number last."""
    return sorted(together, key=lambda c: (-size_of(c.children), len(c.agencies), c.agencies))


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
    sets = Sets(
        [(agency.agency, agency.name) for agency in release.agencies],
        release.agency_sets,
        release.combinations,
        "Children known to each agency, whoever else knows them",
        "Children known to exactly the agencies marked, and to no other",
    )
    return upset(name="agencies", title="Which agencies know the same children", sets=sets)


def upset(*, name: str, title: str, sets: Sets) -> bytes:
    """Each member's own number as a bar, then the combinations, largest first, at most `MOST_ROWS` of them."""
    used = {code for c in (*sets.alone, *sets.together) for code in c.agencies}
    names = {code: words for code, words in sets.members if code in used} | {
        code: code for code in sorted(used - dict(sets.members).keys())
    }
    rows = largest_first(sets.together)[:MOST_ROWS]
    drawing = Drawing(name=name, width=_WIDTH, title=title, description=_describe(sets, rows, names))
    y = _rows_alone(drawing, sets, names)
    if rows:
        y = _rows_together(drawing, sets, rows, names, y + 26)
    notes = ["A bar with two slanting gaps is cut short: its number tells its size."] if _has_cut_bar(sets, rows) else []
    left_out = len(sets.together) - len(rows)
    if left_out:
        notes.append(f"{left_out} further combinations are in the table.")
    for note in notes:
        drawing.text(4, y + 22, note, size=15, fill=QUIET)
        y += 24
    return drawing.to_bytes(y + 10)


def _has_cut_bar(sets: Sets, rows: Sequence[Combination]) -> bool:
    sizes = [[size_of(c.children) for c in part] for part in (sets.alone, rows)]
    return any(max(part, default=0) > cut_for([s for s in part if s > 0]) for part in sizes)


def _describe(sets: Sets, rows: Sequence[Combination], names: dict[str, str]) -> str:
    alone = "; ".join(f"{names[c.agencies[0]]}: {c.children}" for c in sets.alone)
    together = "; ".join(f"{' and '.join(names[code] for code in c.agencies)} only: {c.children}" for c in rows)
    return f"{sets.alone_words}. {alone}. {sets.together_words}. {together}."


def _rows_alone(drawing: Drawing, sets: Sets, names: dict[str, str]) -> float:
    drawing.text(4, 20, sets.alone_words, size=16, fill=QUIET)
    largest = cut_for([m for c in sets.alone if (m := size_of(c.children)) > 0])
    y = 34.0
    for each in sets.alone:
        drawing.label(218, y + _ROW / 2, names[each.agencies[0]], width=206, height=_ROW)
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


def _rows_together(drawing: Drawing, sets: Sets, rows: Sequence[Combination], names: dict[str, str], y: float) -> float:
    codes = list(names)
    drawing.text(4, y + 4, sets.together_words, size=16, fill=QUIET)
    tallest = max((width_of(words, 15) for words in names.values()), default=0.0)
    top = y + 26 + tallest
    for place, words in enumerate(names.values()):
        x = _LEFT + _COLUMN * (place + 0.5)
        drawing.add("text", plain(words), x=x + 5, y=top - 8, font_size=15, fill=INK, transform=f"rotate(-90 {x + 5:.0f} {top - 8:.0f})")
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
