"""Read YAML so that every scalar stays a string and every value knows its line.

``Yes``, ``No``, ``On``, ``1e3`` and ``007`` are codes that agencies use; a reader that turns them into booleans and numbers loses them.
"""

from __future__ import annotations

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
        return getattr(self, "key_lines", {}).get(key, self.line)


class LineList(list[Any]):
    """A sequence that knows its line."""

    line: int = 0


def _build(node: yaml.Node, file: str, problems: list[Problem]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        is_null = node.tag == "tag:yaml.org,2002:null" and node.value in {"", "~", "null"} and not node.style
        return None if is_null else node.value
    if isinstance(node, yaml.SequenceNode):
        items = LineList(_build(child, file, problems) for child in node.value)
        items.line = node.start_mark.line + 1
        return items
    mapping = LineMap()
    mapping.line, mapping.key_lines = node.start_mark.line + 1, {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in mapping:
            problems.append(Problem(Place(file=file, line=line), f'"{key}" is given twice.', "Keep one of the two."))
        mapping[key] = _build(value_node, file, problems)
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
        node = yaml.compose(text, Loader=_StringLoader)
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
    return None if node is None else _build(node, file, problems)


def read_yaml_file(path: Path, problems: list[Problem]) -> Any:
    """Read and parse one YAML file; unreadable files and syntax errors become problems."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(Place(file=str(path)), f"cannot be read: {error.__class__.__name__}.", "Save it as UTF-8 text."))
        return None
    return read_yaml(text, file=str(path), problems=problems)
