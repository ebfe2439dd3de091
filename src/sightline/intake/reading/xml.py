"""Read XML as a stream of records: one child at a time, memory flat, nothing outside the file ever fetched or expanded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from lxml import etree

from sightline.definitions.mappings import Format, Table
from sightline.errors import Place
from sightline.intake.causes import Report

_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
    "dtd_validation": False,
    "remove_comments": True,
    "remove_pis": True,
}


@dataclass
class XmlTables:
    """What a file held: for each table the texts of its columns and the line of each row; unknown element paths with their lines."""

    rows: dict[str, dict[str, list[str | None]]]
    lines: dict[str, list[int]]
    unknown: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    loose: list[int] = field(default_factory=list)


def local_name(element: Any) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def root_name(content: bytes) -> str | None:
    """The name of the root element; None when the file does not get that far."""
    try:
        for _, element in etree.iterparse(BytesIO(content), events=("start",), **_SAFE):
            return local_name(element)
    except etree.XMLSyntaxError:
        return None
    return None


class _Cutter:
    """Cuts records into rows of the tables a format declares."""

    def __init__(self, format: Format) -> None:
        self.record = format.read.xml.record if format.read.xml else ""
        self.tables = {name: table for name, table in format.tables.items() if table.find.path is not None}
        self.out = XmlTables(
            rows={name: {column: [] for column in table.columns} for name, table in self.tables.items()},
            lines={name: [] for name in self.tables},
        )
        self.once = {path[1:]: name for name, table in self.tables.items() if (path := table.find.path or "").startswith("/")}
        self.known = self._known_paths()

    def _known_paths(self) -> set[str]:
        known = set()
        for table in self.tables.values():
            if table.find.path == "." or not table.find.path:
                base: list[str] = []
            elif table.find.path.startswith("/"):
                continue
            else:
                base = table.find.path.split("/")
            for column in table.columns.values():
                for source in column.headers:
                    known.add("/".join(_resolve(base, source)))
        return known

    def cut(self, record: Any) -> None:
        texts: dict[Any, dict[str, str]] = {}
        for name, table in self.tables.items():
            path = table.find.path or "."
            if not path.startswith("/"):
                self._take(name, table, _elements_at(record, path), record, texts)
        self._notice(record, "")

    def cut_once(self, element: Any) -> None:
        name = self.once[local_name(element)]
        self._take(name, self.tables[name], iter([element]), element, {})

    def _take(self, name: str, table: Table, elements: Iterator[Any], record: Any, texts: dict[Any, dict[str, str]]) -> None:
        rows, lines = self.out.rows[name], self.out.lines[name]
        for element in elements:
            lines.append(element.sourceline or 0)
            for column_name, column in table.columns.items():
                rows[column_name].append(_first_text(element, column.headers, record, texts))

    def _notice(self, element: Any, path: str) -> None:
        """Walk the record for elements no column names, and for text where there should be none."""
        for child in element:
            here = f"{path}/{local_name(child)}" if path else local_name(child)
            if len(child):
                if child.text and child.text.strip():
                    self.out.loose.append(child.sourceline or 0)
                self._notice(child, here)
            elif here not in self.known and child.text and child.text.strip():
                self.out.unknown[here].append(child.sourceline or 0)
            if child.tail and child.tail.strip():
                self.out.loose.append(child.sourceline or 0)


def _resolve(base: list[str], source: str) -> list[str]:
    """The path of a column's element from the record."""
    if source == ".":
        return base
    if source.startswith("/"):
        return source[1:].split("/")
    steps = list(base)
    for step in source.split("/"):
        if step == "..":
            steps = steps[:-1]
        else:
            steps.append(step)
    return steps


def _elements_at(element: Any, path: str) -> Iterator[Any]:
    if path == ".":
        yield element
        return
    step, _, rest = path.partition("/")
    for child in element:
        if local_name(child) == step:
            yield from _elements_at(child, rest or ".")


def _texts_of(element: Any, texts: dict[Any, dict[str, str]]) -> dict[str, str]:
    """The texts of an element's leaves by name, the first of each, gathered once per element."""
    if element not in texts:
        gathered: dict[str, str] = {}
        for child in element:
            if child.text and not len(child):
                gathered.setdefault(local_name(child), child.text)
        texts[element] = gathered
    return texts[element]


def _first_text(element: Any, sources: tuple[str, ...], record: Any, texts: dict[Any, dict[str, str]]) -> str | None:
    for source in sources:
        found = _text_at(element, source, record, texts)
        if found is not None:
            return found
    return None


def _text_at(element: Any, source: str, record: Any, texts: dict[Any, dict[str, str]]) -> str | None:
    if source == ".":
        return str(element.text) if element.text else None
    here: Any = element
    if source.startswith("/"):
        here, source = record, source[1:]
    *steps, leaf = source.split("/")
    for step in steps:
        here = here.getparent() if step == ".." else next((child for child in here if local_name(child) == step), None)
        if here is None:
            return None
    return _texts_of(here, texts).get(leaf)


def read_xml(content: bytes, format: Format, file: str, report: Report) -> XmlTables | None:
    """Cut a file into tables; None (and one finding with its line) when it cannot be read to its end."""
    cutter = _Cutter(format)
    expected = format.read.xml.root if format.read.xml else ""
    depth, inside = 0, False
    try:
        for event, element in etree.iterparse(BytesIO(content), events=("start", "end"), **_SAFE):
            name = local_name(element)
            if event == "start":
                if depth == 0 and not _root_is_right(element, expected, format, file, report):
                    return None
                depth += 1
                inside = inside or name == cutter.record
                continue
            depth -= 1
            if name == cutter.record:
                cutter.cut(element)
                inside = False
                _forget(element)
            elif not inside and name in cutter.once:
                cutter.cut_once(element)
    except etree.XMLSyntaxError as error:
        report.add("SL-INT-005", Place(file=file, line=error.lineno or None), why=_plain(error))
        return None
    return cutter.out


def _root_is_right(element: Any, expected: str, format: Format, file: str, report: Report) -> bool:
    info = element.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        report.add("SL-INT-006", Place(file=file, line=1))
        return False
    if local_name(element) != expected:
        report.add(
            "SL-INT-016", Place(file=file, line=element.sourceline), root=local_name(element), expected=expected, format=format.title
        )
        return False
    return True


_SYNTAX_WORDS = {
    etree.ErrorTypes.ERR_DOCUMENT_END: "something follows its last element",
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: "it holds no element",
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: "it ends before its elements are closed",
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: "an element is closed by another's name",
    etree.ErrorTypes.ERR_GT_REQUIRED: "it ends in the middle of an element",
    etree.ErrorTypes.ERR_INVALID_CHAR: "it holds a character that XML does not allow",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "it uses an entity (&…;) that XML does not know",
    etree.ErrorTypes.ERR_NAME_REQUIRED: "it holds a bare “<” or “&”",
}


def _plain(error: etree.XMLSyntaxError) -> str:
    """The kind of the parser's error in words; never its own message, which may quote the file."""
    return _SYNTAX_WORDS.get(getattr(error, "code", None), "see the line named")


def _forget(element: Any) -> None:
    """Free a record that has been cut, and what stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
