"""Read XML as a stream of records: one child at a time, memory flat, nothing outside the file ever fetched or expanded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import polars as pl
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


RECORDS_AT_ONCE = 2_000
"""Records whose rows are held as Python texts before they are packed into columns, which take a quarter of the memory."""
LINE = "__line"


@dataclass
class XmlTables:
    """What a file held: for each table the texts of its columns and the ``__line`` of each row; unknown element paths with their lines."""

    rows: dict[str, pl.DataFrame] = field(default_factory=dict)
    unknown: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    loose: list[int] = field(default_factory=list)


class _Columns:
    """The columns of one table while it grows: a few rows as texts, the rest packed."""

    def __init__(self, names: Iterable[str]) -> None:
        self.texts: list[list[str | None]] = [[] for _ in names]
        self.lines: list[int] = []
        self._schema = {**dict.fromkeys(names, pl.String), LINE: pl.Int64}
        self._packed: list[pl.DataFrame] = []

    def pack(self) -> None:
        if self.lines:
            columns = dict(zip(self._schema, (*self.texts, self.lines), strict=True))
            self._packed.append(pl.DataFrame(columns, schema=self._schema))
            self.texts, self.lines = [[] for _ in self.texts], []

    def frame(self) -> pl.DataFrame:
        self.pack()
        return pl.concat(self._packed) if self._packed else pl.DataFrame(schema=self._schema)


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


def _sources(headers: Sequence[str]) -> tuple[str | None, list[_Source]]:
    """Where a column's text may stand; first the name alone, where it can only be a leaf of the row's own element."""
    sources = [_Source.of(text) for text in headers]
    first = sources[0]
    is_own = len(sources) == 1 and not (first.from_record or first.up or first.down)
    return first.leaf if is_own else None, sources


class _Cutter:
    """Cuts records into rows of the tables a format declares, walking each record once."""

    def __init__(self, format: Format, records_at_once: int) -> None:
        self.records_at_once = records_at_once
        self.held = 0
        self.record = format.read.xml.record if format.read.xml else ""
        self.tables = {name: table for name, table in format.tables.items() if table.find.path is not None}
        self.out = XmlTables()
        self.columns = {name: _Columns(list(table.columns)) for name, table in self.tables.items()}
        self.once = {path[1:]: name for name, table in self.tables.items() if (path := table.find.path or "").startswith("/")}
        self.paths = {name: table.find.path or "." for name, table in self.tables.items() if name not in self.once.values()}
        self.wanted = set(self.paths.values())
        self.known = {path for name in self.paths for path in _paths_named(self.tables[name])}
        self.sources = {name: [_sources(column.headers) for column in table.columns.values()] for name, table in self.tables.items()}
        self.names: dict[str, str] = {}

    def cut(self, element: Any) -> None:
        found: dict[str, list[_Node]] = {}
        record = self._walk(element, None, "", found)
        found["."] = [record]
        for name, path in self.paths.items():
            for node in found.get(path, ()):
                self._take(name, node, record)
        self.held += 1
        if self.held >= self.records_at_once:
            self.held = 0
            for columns in self.columns.values():
                columns.pack()

    def tables_found(self) -> XmlTables:
        """Everything cut so far."""
        self.out.rows = {name: columns.frame() for name, columns in self.columns.items()}
        return self.out

    def cut_once(self, element: Any) -> None:
        """A header: nothing is said about elements of it that no column names."""
        unknown, loose, self.out.unknown, self.out.loose = self.out.unknown, self.out.loose, defaultdict(list), []
        node = self._walk(element, None, "", {})
        self.out.unknown, self.out.loose = unknown, loose
        self._take(self.once[local_name(element)], node, node)

    def _take(self, name: str, node: _Node, record: _Node) -> None:
        table = self.columns[name]
        table.lines.append(node.line)
        own = node.texts
        for texts, (leaf, sources) in zip(table.texts, self.sources[name], strict=True):
            if leaf is not None:  # most columns: a leaf of the row's own element
                texts.append(own.get(leaf))
                continue
            text = sources[0].text(node, record)
            for source in sources[1:]:
                if text is not None:
                    break
                text = source.text(node, record)
            texts.append(text)

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


def read_xml(content: bytes, format: Format, file: str, report: Report, *, records_at_once: int = RECORDS_AT_ONCE) -> XmlTables | None:
    """Cut a file into tables; None (and one finding with its line) when it cannot be read to its end.

    ``records_at_once`` bounds the memory and changes nothing of the result.
    """
    cutter = _Cutter(format, records_at_once)
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
        code = "SL-INT-069" if getattr(error, "code", None) in _BEYOND_REASON else "SL-INT-005"
        report.add(code, Place(file=file, line=error.lineno or None), why=_plain(error))
        return None
    return cutter.tables_found()


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


_BEYOND_REASON = {etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG}
"""What the parser refuses for its size: depth beyond 256, a text or an attribute beyond 10 MB, a name beyond 50 KB."""
_SYNTAX_WORDS = {
    etree.ErrorTypes.ERR_RESOURCE_LIMIT: "elements stand within each other beyond all reason, or one text is longer than 10 MB",
    etree.ErrorTypes.ERR_NAME_TOO_LONG: "a name is longer than 50 KB",
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING: "it names an encoding that is not read here; use UTF-8",
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING: "it names an encoding that is not read here; use UTF-8",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "it is not in the encoding it names; use UTF-8",
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
