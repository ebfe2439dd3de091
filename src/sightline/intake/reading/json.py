"""Read JSON of nested records as if it were XML, so that formats name their tables by paths in one way.

Every record becomes an element on a line of its own, every key an element in it, and a list as many elements as it has items. The line of a
row is then the number of its record in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from sightline.errors import Place
from sightline.intake.causes import Report

DEEPEST = 12
"""Levels of nesting that a payload may have; the deepest known has six."""

_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _NotNested(ValueError):
    """The content is JSON and not what a format can be."""


def json_as_xml(content: bytes, *, root: str, record: str, file: str, report: Report) -> bytes | None:
    """The records of a JSON file as XML; None, with a finding, when it cannot be read.

    Args:
        content: A list of records, one record, or an object with one list of records in it.
        root: The name to give the element around them.
        record: The name to give each.
        file: The file's name, for messages.
        report: Collects the finding.
    """
    try:
        records = _records(json.loads(content))
        lines = [f"<{record}>{''.join(_elements(each, 1))}</{record}>" for each in records]
    except RecursionError:
        report.add("SL-INT-072", Place(file=file), why="it is nested too deep")
        return None
    except _NotNested as problem:
        report.add("SL-INT-072", Place(file=file), why=str(problem))
        return None
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        line = getattr(problem, "lineno", None)
        report.add("SL-INT-072", Place(file=file, line=line), why="it breaks off or is not well formed")
        return None
    return f"<{root}>{chr(10).join(lines)}\n</{root}>".encode()


def _records(whole: Any) -> list[Any]:
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        nested = len(whole) == 1 and len(lists) == 1
        whole = lists[0] if nested else [whole]
    if not isinstance(whole, list) or not all(isinstance(each, dict) for each in whole):
        raise _NotNested("it holds no records")
    return whole


def _elements(value: dict[str, Any], depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise _NotNested("it is nested too deep")
    for key, item in value.items():
        if not _NAME.fullmatch(key):
            raise _NotNested("a key is no name")
        for one in item if isinstance(item, list) else (item,):
            yield from _element(key, one, depth)


def _element(key: str, value: Any, depth: int) -> Iterable[str]:
    if isinstance(value, dict):
        return (f"<{key}>", *_elements(value, depth + 1), f"</{key}>")
    if isinstance(value, list):
        raise _NotNested("a list stands directly in a list")
    if value is None or value == "":
        return ()
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return (f"<{key}>{escape(_NOT_IN_XML.sub(' ', text).replace(chr(10), ' '))}</{key}>",)
