"""The texts of a file: cells, values, words of a page and what lies behind them, each with the place where it stands."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree, html
from python_calamine import CalamineError, CalamineWorkbook

from sightline.errors import InputRefused

Placed = tuple[str, str]
"""Where a text stands, and the text."""


def placed_texts(kind: str, content: bytes) -> list[Placed]:
    """The texts of a file of a kind.

    Raises:
        InputRefused: If it is not what its kind says.
    """
    try:
        return list(_READERS[kind](content))
    except (ValueError, csv.Error, etree.LxmlError, CalamineError, RecursionError) as problem:
        raise InputRefused(f"This is no readable {kind.upper()} file.") from problem


def _of_csv(content: bytes) -> Iterator[Placed]:
    for number, row in enumerate(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")), 1):
        for place, cell in enumerate(row, 1):
            yield f"row {number}, column {place}", cell


def _of_json(content: bytes) -> Iterator[Placed]:
    yield from _within("", json.loads(content.decode("utf-8-sig")))


def _within(where: str, value: Any) -> Iterator[Placed]:
    if isinstance(value, dict):
        for place, (name, inner) in enumerate(value.items(), 1):
            yield f"{where}/name {place}", str(name)
            yield from _within(f"{where}/{place}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value, 1):
            yield from _within(f"{where}/{place}", inner)
    elif value is not None and not isinstance(value, bool):
        yield where or "/", str(value)


def _of_html(content: bytes) -> Iterator[Placed]:
    page = html.document_fromstring(content.decode("utf-8-sig"), parser=html.HTMLParser(huge_tree=False, no_network=True))
    yield from _of_tree(page)


def _of_svg(content: bytes) -> Iterator[Placed]:
    yield from _of_tree(etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)))


_BLOCKS = frozenset(
    {"p", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "h4", "caption", "title", "desc", "text", "summary", "figcaption"}
)
_DRAWING = frozenset({"d", "points", "transform", "viewBox", "class", "style", "id", "href", "xmlns", "fill", "x", "y", "width", "height"})


def _of_tree(tree: Any) -> Iterator[Placed]:
    """Each block of words as one text, comments, and every attribute that is not a drawing's own."""
    for number, element in enumerate(tree.iter(), 1):
        if not isinstance(element.tag, str):
            yield f"comment {number}", element.text or ""
            continue
        name = etree.QName(element).localname
        if name in _BLOCKS:
            yield f"{name} {number}", " ".join("".join(element.itertext()).split())
        elif name not in ("style", "script") and element.text and element.text.strip():
            yield f"{name} {number}", " ".join(element.text.split())
        if element.tail and element.tail.strip():
            yield f"after {name} {number}", " ".join(element.tail.split())
        for attribute, value in element.attrib.items():
            if attribute not in _DRAWING:
                yield f"{name} {number}, {attribute}", value


def _of_xlsx(content: bytes) -> Iterator[Placed]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for place, name in enumerate(book.sheet_names, 1):
        yield f"name of sheet {place}", name
        for number, row in enumerate(book.get_sheet_by_name(name).to_python(), 1):
            for column, cell in enumerate(row, 1):
                text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
                yield f"sheet {place}, row {number}, column {column}", text


_READERS: dict[str, Callable[[bytes], Iterator[Placed]]] = {
    "csv": _of_csv,
    "json": _of_json,
    "html": _of_html,
    "svg": _of_svg,
    "xlsx": _of_xlsx,
}
