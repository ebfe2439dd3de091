"""Drawings of a release, placed inside the page, so that their words reach a screen reader and no second request is made.

They are our own, but their words come from agencies and catalogues. So they are checked all the same: a drawing may hold shapes and text,
nothing that runs, nothing that loads.
"""

from __future__ import annotations

import re

from markupsafe import Markup

_SHAPES = frozenset(
    ["svg", "title", "desc", "defs", "pattern", "g", "path", "rect", "circle", "line", "polyline", "polygon", "text", "tspan"]
)
_TAG = re.compile(r"<\s*/?\s*([^\s/>]*)")
_FORBIDDEN = re.compile(r"[\s\"'/](?:on\w+|style|(?:xlink:)?href|src)\s*=|javascript:", re.IGNORECASE)


def is_harmless(drawing: str) -> bool:
    """Whether a drawing holds only shapes, text and plain attributes.

    >>> is_harmless('<svg><rect width="3"/></svg>'), is_harmless('<svg><script>1</script></svg>'), is_harmless('<svg onload="x"/>')
    (True, False, False)
    """
    return drawing.startswith("<svg") and set(_TAG.findall(drawing)) <= _SHAPES and not _FORBIDDEN.search(drawing)


def inline(content: bytes | None) -> Markup | None:
    """A drawing as part of a page; None where there is none, or where it holds anything but shapes and text."""
    if content is None:
        return None
    drawing = content.decode("utf-8", errors="replace")
    return Markup(drawing) if is_harmless(drawing) else None  # noqa: S704 - checked just before
