"""Children moving from stage to stage, as bands whose thickness is their number (a Sankey diagram).

Only flows that the release shows as more than a few are drawn, so the bands of a stage do not add up to all its children, and no
stage is given a sum. Stages keep the categories' own order. Peers optimise the order to avoid crossings; ours stays the same in every
release, so that two releases can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.publish.svg import INK, MAIN, PAPER, QUIET, Drawing, element, plain, width_of, wrap

_WIDTH, _BOX, _ROOM = 760.0, 14.0, 340.0
_FLOW = "#86aed0"
_LEAST_GAP, _LINE = 16.0, 17.0


@dataclass(frozen=True, slots=True)
class Flow:
    """So many children between a category of stage ``stage`` and one of the next stage, by their codes."""

    stage: int
    source: str
    target: str
    children: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One column: what it is, and the codes and words of its categories in their own order."""

    title: str
    categories: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Box:
    """Where one category stands, and how much of it has been used by bands at either side."""

    words: str
    x: float
    top: float
    height: float
    used_left: float = 0.0
    used_right: float = 0.0


def sankey(*, name: str, title: str, heading: str, stages: Sequence[Stage], flows: Sequence[Flow], unit: str = "children") -> bytes:
    """Draw the flows; a category that no flow touches is left out."""
    drawing = Drawing(name=name, width=_WIDTH, title=title, description=_describe(heading, stages, flows, unit))
    drawing.heading(heading)
    top = _stage_titles(drawing, stages)
    if not flows:
        drawing.text(4, top + 20, "No flow is drawn: each is of few or none.", size=16, fill=QUIET)
        return drawing.to_bytes(top + 40)
    boxes, height = _place(stages, flows, top + 6)
    scale = _scale(stages, flows)
    order = {(at, code): place for at, stage in enumerate(stages) for place, (code, _) in enumerate(stage.categories)}
    in_order = sorted(flows, key=lambda f: (f.stage, order[f.stage, f.source], order[f.stage + 1, f.target]))
    numbers = [_band(drawing, boxes[f.stage, f.source], boxes[f.stage + 1, f.target], f.children, scale) for f in in_order]
    for (stage, _), box in boxes.items():
        drawing.rect(box.x, box.top, _BOX, max(box.height, 2.0), fill=MAIN)
        _name(drawing, box, last=stage == len(stages) - 1, room=_column_step(stages) - _BOX - 20)
    for x, y, words in numbers:
        if words:
            drawing.text(x, y, words, size=14, anchor="end")
    return drawing.to_bytes(height + 12)


def _describe(heading: str, stages: Sequence[Stage], flows: Sequence[Flow], unit: str) -> str:
    words = [dict(stage.categories) for stage in stages]
    said = [f"{words[f.stage][f.source]} to {words[f.stage + 1][f.target]}: {f.children:,}" for f in flows]
    return f"{heading}. {'; '.join(said) if said else 'No flow is drawn'}. Flows of few {unit} or none are not drawn."


def _column_step(stages: Sequence[Stage]) -> float:
    return (_WIDTH - _BOX - 8) / max(len(stages) - 1, 1)


def _stage_titles(drawing: Drawing, stages: Sequence[Stage]) -> float:
    step = _column_step(stages)
    lines = [wrap(stage.title, 15, step - 20 if len(stages) > 2 else step / 2 - 10) for stage in stages]
    for place, each in enumerate(lines):
        last = place == len(stages) - 1
        x = 4 + step * place + (_BOX if last else 0)
        for row, line in enumerate(each):
            drawing.text(x, 48 + 18 * row, line, size=15, anchor="end" if last else "start", weight="bold")
    return 40 + 18.0 * max(map(len, lines), default=0)


def _sizes(stages: Sequence[Stage], flows: Sequence[Flow]) -> list[dict[str, int]]:
    """For each stage, its categories that a flow touches, with the larger of what comes in and what goes out."""
    into: list[dict[str, int]] = [{} for _ in stages]
    out: list[dict[str, int]] = [{} for _ in stages]
    for flow in flows:
        out[flow.stage][flow.source] = out[flow.stage].get(flow.source, 0) + flow.children
        into[flow.stage + 1][flow.target] = into[flow.stage + 1].get(flow.target, 0) + flow.children
    return [
        {
            code: max(into[place].get(code, 0), out[place].get(code, 0))
            for code, _ in stage.categories
            if code in into[place] or code in out[place]
        }
        for place, stage in enumerate(stages)
    ]


def _scale(stages: Sequence[Stage], flows: Sequence[Flow]) -> float:
    return _ROOM / max(sum(sizes.values()) for sizes in _sizes(stages, flows))


def _place(stages: Sequence[Stage], flows: Sequence[Flow], top: float) -> tuple[dict[tuple[int, str], _Box], float]:
    """Boxes one under another, far enough apart for their names; and where the lowest ends."""
    scale, step = _scale(stages, flows), _column_step(stages)
    boxes: dict[tuple[int, str], _Box] = {}
    lowest = top
    for place, (stage, sizes) in enumerate(zip(stages, _sizes(stages, flows), strict=True)):
        y = top
        for code, words in stage.categories:
            if code not in sizes:
                continue
            height = sizes[code] * scale
            needed = _LINE * len(wrap(words, 15, step - _BOX - 20)[:2])
            boxes[place, code] = _Box(words, 4 + step * place, y + max(needed - height, 0) / 2, height)
            y += max(height, needed) + _LEAST_GAP
        lowest = max(lowest, y - _LEAST_GAP)
    return boxes, lowest


def _band(drawing: Drawing, source: _Box, target: _Box, children: int, scale: float) -> tuple[float, float, str]:
    """One band between two boxes; where its number stands, and the number where the band is thick enough to hold it."""
    thick = children * scale
    x1, x2 = source.x + _BOX, target.x
    y1, y2 = source.top + source.used_right, target.top + target.used_left
    source.used_right += thick
    target.used_left += thick
    middle = (x1 + x2) / 2
    path = (
        f"M{x1:.1f},{y1:.1f}C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f}L{x2:.1f},{y2 + thick:.1f}"
        f"C{middle:.1f},{y2 + thick:.1f} {middle:.1f},{y1 + thick:.1f} {x1:.1f},{y1 + thick:.1f}Z"
    )
    tip = element("title", plain(f"{source.words} to {target.words}: {children:,}"))
    drawing.add("path", tip, d=path, fill=_FLOW, fill_opacity=0.5, stroke=PAPER, stroke_width=0.8)
    return x2 - 6, y2 + thick / 2 + 5, f"{children:,}" if thick >= 15 else ""


def _name(drawing: Drawing, box: _Box, *, last: bool, room: float) -> None:
    """The words of a box, inside the drawing: to the right of it, to the left in the last column; with a halo over the bands."""
    lines = wrap(box.words, 15, room)[:2]
    x = box.x - 44 if last else box.x + _BOX + 6
    first = box.top + box.height / 2 - (len(lines) - 1) * _LINE / 2 + 5
    for row, line in enumerate(lines):
        fits = min(x, _WIDTH - 4) if last or x + width_of(line, 15) <= _WIDTH else _WIDTH - width_of(line, 15)
        drawing.add(
            "text",
            plain(line),
            x=fits,
            y=first + _LINE * row,
            font_size=15,
            fill=INK,
            text_anchor="end" if last else None,
            stroke=PAPER,
            stroke_width=4,
            stroke_linejoin="round",
            paint_order="stroke",
        )
