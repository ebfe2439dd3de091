"""Read YAML so that every scalar stays a string and every value knows its line.

``Yes``, ``No``, ``On``, ``1e3`` and ``007`` are codes that agencies use; a reader that turns them into booleans and numbers loses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import yaml

from sightline.errors import Place, Problem


class LineMap(dict[str, Any]):
    """A mapping that knows the line of itself and of each of its keys (counted from 1)."""

    line: int = 0
    key_lines: dict[str, int]

    def line_of(self, key: str) -> int:
        # One made by laying a file over another may know no lines of its own.
        lines: dict[str, int] = getattr(self, "key_lines", {})
        return lines.get(key, self.line)


class LineList(list[Any]):
    """A sequence that knows its line."""

    line: int = 0


class _TooMuch(Exception):
    """The document stands for more than any mapping needs: an anchor that repeats itself, or nesting without end."""


_LONGEST = 4_000_000
_DEEPEST = 60
_MOST_NODES = 500_000
_BRACKET = re.compile(r"[\[\]{}]")
_NESTING = re.compile(r"^(?:[ ]|[-?:][ ])*", re.MULTILINE)


def _may_be_deep(text: str) -> bool:
    """Whether brackets or indentation could go so deep that libyaml, which calls itself for each level, would end the process."""
    depth = deepest = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest + max((len(start[0]) for start in _NESTING.finditer(text)), default=0) > _DEEPEST


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Reader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _TooMuch


class _Builder:
    """Builds the values of one document, counting them: a node behind an anchor is built again wherever it is named."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.nodes = 0
        self.depth = 0

    def build(self, node: yaml.Node) -> Any:
        self.nodes += 1
        self.depth += 1
        if self.nodes > _MOST_NODES or self.depth > _DEEPEST:
            raise _TooMuch
        made = _build(node, self.file, self.problems, self.build)
        self.depth -= 1
        return made


def _build(node: yaml.Node, file: str, problems: list[Problem], build: Callable[[yaml.Node], Any]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        is_null = node.tag == "tag:yaml.org,2002:null" and node.value in {"", "~", "null"} and not node.style
        return None if is_null else node.value
    if isinstance(node, yaml.SequenceNode):
        items = LineList(build(child) for child in node.value)
        items.line = node.start_mark.line + 1
        return items
    mapping = LineMap()
    mapping.line, mapping.key_lines = node.start_mark.line + 1, {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in mapping:
            problems.append(Problem(Place(file=file, line=line), f'"{key}" is given twice.', "Keep one of the two."))
        mapping[key] = build(value_node)
        mapping.key_lines[key] = line
    return mapping


# libyaml reads a mapping ten times faster than the Python reader and says the same; wheels carry it, a source build may not.
_Reader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StringLoader(_Reader):  # type: ignore[misc]
    """A safe loader that resolves nothing but null: booleans, numbers and dates stay as written."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read_yaml(text: str, *, file: str, problems: list[Problem]) -> Any:
    """Parse one YAML document; on a syntax error, add a problem with its line and return None.

    Args:
        text: The document.
        file: Its name, for messages.
        problems: Collects what is wrong.
    """
    try:
        if len(text) > _LONGEST:
            raise _TooMuch
        if _may_be_deep(text):
            _check_depth(text)
        node = yaml.compose(text, Loader=_StringLoader)
        return None if node is None else _Builder(file, problems).build(node)
    except _TooMuch:
        problems.append(
            Problem(
                Place(file=file), "is longer, or nested deeper, than any mapping needs.", "Write out what its anchors (&, *) stand for."
            )
        )
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        problems.append(
            Problem(Place(file=file, line=line), "holds a character that YAML does not allow.", "Remove it, or save as UTF-8 text.")
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.append(
            Problem(
                Place(file=file, line=mark.line + 1 if mark else None),
                f"not valid YAML: {error.problem or error.context}.",
                "Check indentation, colons and quotes on that line.",
            )
        )
    return None


def read_yaml_file(path: Path, problems: list[Problem]) -> Any:
    """Read and parse one YAML file; unreadable files and syntax errors become problems."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(Place(file=str(path)), f"cannot be read: {error.__class__.__name__}.", "Save it as UTF-8 text."))
        return None
    return read_yaml(text, file=str(path), problems=problems)
