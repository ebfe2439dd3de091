"""Two sets of categories crossed: each cell in one of five steps of one blue with its number in it. No colour says good or bad."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sightline.publish.maps import class_starts, shade_of
from sightline.publish.series import Mark
from sightline.publish.svg import INK, PAPER, QUIET, SHADES, Drawing, plain, width_of, wrap

_WIDTH, _LABELS, _ROW = 760.0, 190.0, 38.0
_MOST_LINES = 5
"""Over a column; words that need more stand upright."""
_DARK = SHADES[3:]


def heat_map(
    *,
    name: str,
    title: str,
    heading: str,
    rows: Sequence[tuple[str, str]],
    columns: Sequence[tuple[str, str]],
    cells: Mapping[tuple[str, str], Mark],
    rows_are: str = "",
    columns_are: str = "",
) -> bytes:
    """Draw the crossing.

    Args:
        name: Of the drawing.
        title: Of the drawing.
        heading: What the numbers are.
        rows: Code and words of each row, in their own order.
        columns: Code and words of each column, in their own order.
        cells: What is known of (row, column); a crossing that is not in it stays empty.
        rows_are: What a row is, for the description.
        columns_are: What a column is, written above the columns.
    """
    axes = f"Rows: {rows_are}. Columns: {columns_are}. " if rows_are and columns_are else ""
    drawing = Drawing(name=name, width=_WIDTH, title=title, description=f"{heading}. {axes}{_describe(rows, columns, cells)}")
    drawing.heading(heading)
    step = min((_WIDTH - _LABELS - 8) / max(len(columns), 1), 120.0)
    top = _column_words(drawing, columns, step, columns_are)
    starts = class_starts([mark.value for mark in cells.values() if mark.value is not None])
    for down, (row, words) in enumerate(rows):
        y = top + _ROW * down
        drawing.label(_LABELS - 10, y + _ROW / 2, words, width=_LABELS - 14, height=_ROW)
        for across, (column, _) in enumerate(columns):
            here = cells.get((row, column))
            if here is not None:
                _cell(drawing, here, (_LABELS + step * across, y), step, starts)
    return drawing.to_bytes(_legend(drawing, list(cells.values()), top + _ROW * len(rows) + 26))


def _describe(rows: Sequence[tuple[str, str]], columns: Sequence[tuple[str, str]], cells: Mapping[tuple[str, str], Mark]) -> str:
    said = []
    for row, words in rows:
        known = [f"{name} {mark.text}" for code, name in columns if (mark := cells.get((row, code))) is not None and mark.value is not None]
        said.append(f"{words}: {', '.join(known) if known else 'no number is shown'}.")
    return " ".join(said)


def _column_words(drawing: Drawing, columns: Sequence[tuple[str, str]], step: float, columns_are: str) -> float:
    """Write the columns' words: level where all fit, smaller if need be, and upright where one does not; return where the cells begin."""
    top = 36.0
    if columns_are:
        drawing.text(_LABELS, top + 8, columns_are, size=15, fill=QUIET)
        top += 22
    for size in (15.0, 13.0):
        lines = [wrap(words, size, step - 8) for _, words in columns]
        if all(len(each) <= _MOST_LINES and max(width_of(line, size) for line in each) <= step - 4 for each in lines):
            height = size * 1.2 * max((len(each) for each in lines), default=0)
            for place, each in enumerate(lines):
                drawing.lines_of_text(_LABELS + step * (place + 0.5), top + height / 2, each, size=size, anchor="middle")
            return top + height + 8
    tallest = max((width_of(words, 15) for _, words in columns), default=0.0)
    foot = top + tallest
    for place, (_, words) in enumerate(columns):
        x = _LABELS + step * (place + 0.5) + 5
        drawing.add("text", plain(words), x=x, y=foot, font_size=15, fill=INK, transform=f"rotate(-90 {x:.1f} {foot:.1f})")
    return foot + 8


def _cell(drawing: Drawing, here: Mark, corner: tuple[float, float], step: float, starts: Sequence[float]) -> None:
    x, y = corner
    if here.value is None:
        drawing.rect(x + 1, y + 1, step - 2, _ROW - 2, fill=drawing.hatch() if here.withheld else drawing.dots())
        return
    shade = shade_of(here.value, starts)
    drawing.rect(x + 1, y + 1, step - 2, _ROW - 2, fill=shade)
    if width_of(here.text, 15) <= step - 4:
        drawing.text(x + step / 2, y + _ROW / 2 + 5, here.text, size=15, anchor="middle", fill=PAPER if shade in _DARK else INK)


def _legend(drawing: Drawing, marks: Sequence[Mark], y: float) -> float:
    """What hatching and dots mean, where they occur; the numbers stand in the cells."""
    swatches: list[tuple[Callable[[], str], str]] = []
    if any(each.value is None and each.withheld for each in marks):
        swatches.append((drawing.hatch, "withheld: too few stand behind it, or it would tell of so few"))
    reasons = sorted({each.text for each in marks if each.value is None and not each.withheld})
    if reasons:
        swatches.append((drawing.dots, "; ".join(reasons)))
    for fill, words in swatches:
        drawing.rect(4, y - 9, 24, 18, fill=fill())
        drawing.text(38, y + 5, words, size=15, fill=QUIET)
        y += 26
    return y - 12
