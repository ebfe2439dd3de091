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


class _Node:
    """An element with what its rows need: the texts of its leaves (the first of each name), its first children by name, its parent."""

    __slots__ = ("children", "line", "parent", "text", "texts")

    def __init__(self, parent: _Node | None, line: int, text: str | None) -> None:
        self.parent = parent
        self.line = line
        self.text = text
        self.texts: dict[str, str] = {}
        self.children: dict[str, _Node] = {}


@dataclass(frozen=True)
class _Source:
    """Where a column's text stands, seen from a row's element: from the record or so many parents up, then down, then a leaf or itself."""

    from_record: bool
    up: int
    down: tuple[str, ...]
    leaf: str | None

    @classmethod
    def of(cls, text: str) -> _Source:
        if text == ".":
            return cls(from_record=False, up=0, down=(), leaf=None)
        steps = text.removeprefix("/").split("/")
        up = sum(1 for step in steps if step == "..")
        return cls(from_record=text.startswith("/"), up=up, down=tuple(steps[up:-1]), leaf=steps[-1])

    def text(self, node: _Node, record: _Node) -> str | None:
        here: _Node | None = record if self.from_record else node
        for _ in range(self.up):
            here = here.parent if here is not None else None
        for name in self.down:
            here = here.children.get(name) if here is not None else None
        if here is None:
            return None
        return here.text if self.leaf is None else here.texts.get(self.leaf)


class _Cutter:
    """Cuts records into rows of the tables a format declares, walking each record once."""

    def __init__(self, format: Format) -> None:
        self.record = format.read.xml.record if format.read.xml else ""
        self.tables = {name: table for name, table in format.tables.items() if table.find.path is not None}
        self.out = XmlTables(
            rows={name: {column: [] for column in table.columns} for name, table in self.tables.items()},
            lines={name: [] for name in self.tables},
        )
        self.once = {path[1:]: name for name, table in self.tables.items() if (path := table.find.path or "").startswith("/")}
        self.paths = {name: table.find.path or "." for name, table in self.tables.items() if name not in self.once.values()}
        self.wanted = set(self.paths.values())
        self.known = {path for name in self.paths for path in _paths_named(self.tables[name])}
        self.sources = {
            name: [(column_name, [_Source.of(text) for text in column.headers]) for column_name, column in table.columns.items()]
            for name, table in self.tables.items()
        }
        self.names: dict[str, str] = {}

    def cut(self, element: Any) -> None:
        found: dict[str, list[_Node]] = {}
        record = self._walk(element, None, "", found)
        found["."] = [record]
        for name, path in self.paths.items():
            for node in found.get(path, ()):
                self._take(name, node, record)

    def cut_once(self, element: Any) -> None:
        """A header: nothing is said about elements of it that no column names."""
        unknown, loose, self.out.unknown, self.out.loose = self.out.unknown, self.out.loose, defaultdict(list), []
        node = self._walk(element, None, "", {})
        self.out.unknown, self.out.loose = unknown, loose
        self._take(self.once[local_name(element)], node, node)

    def _take(self, name: str, node: _Node, record: _Node) -> None:
        self.out.lines[name].append(node.line)
        rows = self.out.rows[name]
        for column, sources in self.sources[name]:
            text = sources[0].text(node, record)
            for source in sources[1:]:
                if text is not None:
                    break
                text = source.text(node, record)
            rows[column].append(text)

    def _walk(self, element: Any, parent: _Node | None, path: str, found: dict[str, list[_Node]]) -> _Node:
        node = _Node(parent, element.sourceline or 0, element.text)
        names = self.names
        for child in element:
            tag = child.tag
            name = names.get(tag) or names.setdefault(tag, local_name(child))
            here = f"{path}/{name}" if path else name
            if len(child):
                inner = self._walk(child, node, here, found)
                node.children.setdefault(name, inner)
                if here in self.wanted:
                    found.setdefault(here, []).append(inner)
                if inner.text and inner.text.strip():
                    self.out.loose.append(inner.line)
            else:
                self._leaf(child, name, here, node, found)
            if child.tail and child.tail.strip():
                self.out.loose.append(child.sourceline or 0)
        return node

    def _leaf(self, child: Any, name: str, here: str, node: _Node, found: dict[str, list[_Node]]) -> None:
        text = child.text
        if here in self.wanted:
            found.setdefault(here, []).append(_Node(node, child.sourceline or 0, text))
        if text:
            node.texts.setdefault(name, text)
            if here not in self.known and text.strip():
                self.out.unknown[here].append(child.sourceline or 0)


def _paths_named(table: Table) -> Iterator[str]:
    """The paths, from the record, of the elements that a table's columns name."""
    base = [] if table.find.path in {None, "."} else str(table.find.path).split("/")
    for column in table.columns.values():
        for text in column.headers:
            source = _Source.of(text)
            start = [] if source.from_record else base[: len(base) - source.up]
            yield "/".join([*start, *source.down, *([source.leaf] if source.leaf else [])])


def read_xml(content: bytes, format: Format, file: str, report: Report) -> XmlTables | None:
    """Cut a file into tables; None (and one finding with its line) when it cannot be read to its end."""
    cutter = _Cutter(format)
    expected = format.read.xml.root if format.read.xml else ""
    wanted = [f"{{*}}{name}" for name in (cutter.record, *cutter.once)]
    try:
        _, root = next(iter(etree.iterparse(BytesIO(content), events=("start",), **_SAFE)))
        if not _root_is_right(root, expected, format, file, report):
            return None
        for _, element in etree.iterparse(BytesIO(content), events=("end",), tag=wanted, **_SAFE):
            if local_name(element) == cutter.record:
                cutter.cut(element)
                _forget(element)
            elif _stands_at_the_top(element):
                cutter.cut_once(element)
    except etree.XMLSyntaxError as error:
        report.add("SL-INT-005", Place(file=file, line=error.lineno or None), why=_plain(error))
        return None
    return cutter.out


def _stands_at_the_top(element: Any) -> bool:
    parent = element.getparent()
    return parent is not None and parent.getparent() is None


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
