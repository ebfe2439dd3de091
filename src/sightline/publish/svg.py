"""A small writer of accessible SVG: the few shapes our charts and maps need, with a title, a description and no script.

Every chart is one `Drawing`. It has a ``viewBox`` and no fixed size, so that the page decides how wide it is; it uses attributes and
never ``style``, so that a strict content security policy lets it through; its ids begin with its own name, so that many charts can share
a page. Why not Altair: docs/adr/0003-write-charts-ourselves.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

INK = "#1f2a35"
QUIET = "#4f5d6b"
GRID = "#d5dbe1"
PAPER = "#ffffff"
MAIN = "#1f5a8c"
SOFT = "#b9d0e4"
FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"
SHADES = ("#e3ecf4", "#b9d0e4", "#86aed0", "#4d84b2", "#1f5a8c")
"""Five steps of one blue, light to dark: an order, and no judgement."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NARROW, _SLIM, _WIDE = frozenset("ijlI .,:;'|!"), frozenset("frt()-"), frozenset("mwMW%@—")


def plain(text: str) -> str:
    """Text safe to stand in XML or HTML, as content or as an attribute."""
    return escape(_UNPRINTABLE.sub("", text), quote=True)


def width_of(text: str, size: float) -> float:
    """About how wide a text is, in user units, in the wider of Arial and DejaVu Sans, which stands in for it where there is no Arial."""
    return sum(
        size * (0.34 if c in _NARROW else 0.42 if c in _SLIM else 0.98 if c in _WIDE else 0.76 if c.isupper() else 0.64) for c in text
    )


def wrap(text: str, size: float, width: float) -> list[str]:
    """Break a text between words into lines that fit; a word too long stands alone."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines or [""]


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, /, *children: str, **attributes: str | float | None) -> str:
    """One XML element; ``stroke_width`` becomes ``stroke-width``, None is left out, ``children`` are already XML."""
    words = []
    for key, value in attributes.items():
        if value is not None:
            text = value if isinstance(value, str) else _number(value)
            words.append(f' {key.rstrip("_").replace("_", "-")}="{plain(text)}"')
    return f"<{name}{''.join(words)}>{''.join(children)}</{name}>" if children else f"<{name}{''.join(words)}/>"


class Drawing:
    """An SVG image in the making.

    Args:
        name: Unique on a page; the ids inside begin with it.
        width: Of the drawing, in user units (also the size text is given in).
        title: Its short name, for assistive technology.
        description: What a person sees in it, in words.
    """

    def __init__(self, *, name: str, width: float, title: str, description: str) -> None:
        self.name = re.sub(r"[^A-Za-z0-9_-]", "-", name)
        self.width = width
        self._title, self._description = title, description
        self._definitions: dict[str, str] = {}
        self._parts: list[str] = []
        self._heading: list[str] = []
        self._moved_down = 0.0

    def add(self, name: str, /, *children: str, **attributes: str | float | None) -> None:
        """Add any element."""
        self._parts.append(element(name, *children, **attributes))

    def text(
        self, x: float, y: float, words: str, *, size: float = 16, anchor: str = "start", fill: str = INK, weight: str | None = None
    ) -> None:
        self.add(
            "text", plain(words), x=x, y=y, font_size=size, text_anchor=None if anchor == "start" else anchor, fill=fill, font_weight=weight
        )

    def heading(self, words: str, *, size: float = 16) -> None:
        """Say what is measured, above everything else; the rest moves down by each line more than one."""
        lines = wrap(words, size, self.width - 90)
        for place, line in enumerate(lines):
            self._heading.append(element("text", plain(line), x=4, y=20 + place * 19, font_size=size, fill=QUIET))
        self._moved_down = 19.0 * (len(lines) - 1)

    def lines_of_text(self, x: float, middle: float, lines: Sequence[str], *, size: float, anchor: str = "start", fill: str = INK) -> None:
        """Set lines one under another, centred on ``middle``."""
        first = middle - (len(lines) - 1) * size * 0.58 + size * 0.34
        for place, line in enumerate(lines):
            self.text(x, first + place * size * 1.16, line, size=size, anchor=anchor, fill=fill)

    def label(self, x: float, middle: float, words: str, *, width: float, height: float, size: float = 15, fill: str = INK) -> None:
        """Set words that end at ``x`` in the room of a row: smaller where they need more lines, and never without the last of them."""
        for smaller in (size, size * 0.9, size * 0.8):
            lines = wrap(words, smaller, width)
            if (len(lines) - 1) * smaller * 1.16 + smaller <= height:
                break
        self.lines_of_text(x, middle, lines, size=smaller, anchor="end", fill=fill)

    def line(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str = GRID, width: float = 1) -> None:
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width)

    def rect(self, x: float, y: float, width: float, height: float, *, fill: str, stroke: str | None = None) -> None:
        self.add("rect", x=x, y=y, width=max(width, 0), height=height, fill=fill, stroke=stroke)

    def circle(self, x: float, y: float, radius: float, *, fill: str, stroke: str | None = None, width: float | None = None) -> None:
        self.add("circle", cx=x, cy=y, r=radius, fill=fill, stroke=stroke, stroke_width=width)

    def path(self, points: Sequence[tuple[float, float]], *, stroke: str = MAIN, width: float = 3, dash: str | None = None) -> None:
        """An open line through points; nothing where there are not two."""
        if len(points) < 2:
            return
        d = "M" + "L".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self.add("path", d=d, fill="none", stroke=stroke, stroke_width=width, stroke_linejoin="round", stroke_dasharray=dash)

    def hatch(self) -> str:
        """A fill of slanted lines: a figure exists and is withheld."""
        return self._pattern("withheld", element("path", d="M-2,10L10,-2M-2,2L2,-2M6,10L10,6", stroke="#6b7885", stroke_width=1.4))

    def dots(self) -> str:
        """A fill of dots: no figure exists."""
        return self._pattern("unavailable", element("circle", cx=4, cy=4, r=1.3, fill="#6b7885"))

    def _pattern(self, kind: str, content: str) -> str:
        id = f"{self.name}-{kind}"
        paper = element("rect", width=8, height=8, fill="#f3f5f7")
        self._definitions[id] = element("pattern", paper, content, id=id, width=8, height=8, patternUnits="userSpaceOnUse")
        return f"url(#{id})"

    def to_bytes(self, height: float) -> bytes:
        """The finished image, ``height`` user units high."""
        moved = self._moved_down if self._parts else 0.0
        title, description = f"{self.name}-title", f"{self.name}-desc"
        head = [
            element("title", plain(self._title), id=title),
            element("desc", plain(self._description), id=description),
        ]
        if self._definitions:
            head.append(element("defs", *self._definitions.values()))
        return element(
            "svg",
            *head,
            *self._heading,
            *([element("g", *self._parts, transform=f"translate(0 {_number(moved)})")] if moved else self._parts),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {_number(self.width)} {_number(height + moved)}",
            role="img",
            aria_labelledby=f"{title} {description}",
            font_family=FONT,
        ).encode()
