"""Columns that a mapping works out from others of the same row: ``derive: {duration_h: hours(end - start)}``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sightline.definitions.expressions import (
    MEASURES_OF_TIME,
    PERIOD_NAMES,
    ExpressionError,
    Literal,
    Name,
    Node,
    OneOf,
    kind_of,
    names_in,
    parse,
    walk,
)
from sightline.model.codes import NOT_RECORDED

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WORD_OR_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z_]\w*")
_WORDS = frozenset({"and", "or", "not", "is", "in", "given", "missing", "true", "false", *MEASURES_OF_TIME, *PERIOD_NAMES})


def kinds_of_derived(derive: Mapping[str, str], known: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What each derived column holds (``number`` or ``truth``), and why those that cannot be worked out cannot.

    Each may use the columns of its table and the derived columns above it. One that is wrong counts as a number, so that a single mistake
    is told once and not again wherever its name is used.

    Args:
        derive: The expressions by name, in the order in which they are written.
        known: Kind of each column that the table has anyway.
    """
    kinds: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name, text in derive.items():
        kinds[name] = "number"
        problem = _name_problem(name, known)
        if problem is None:
            try:
                kinds[name] = _kind(text, {**known, **kinds}, below=set(derive) - set(kinds) | {name})
            except ExpressionError as error:
                problem = str(error)
        if problem is not None:
            problems[name] = problem
    return kinds, problems


def _name_problem(name: str, known: Mapping[str, str]) -> str | None:
    if name in known:
        return "the table has a column of that name already"
    if not _NAME.fullmatch(name) or "__" in name or name in _WORDS:
        return "that is no name a condition could use; take letters, digits and single underscores, and no word of the language"
    return None


def _kind(text: str, known: Mapping[str, str], *, below: set[str]) -> str:
    node = parse(text)
    names = names_in(node)
    if later := sorted(names & below):
        raise ExpressionError(f'"{later[0]}" is worked out only here or below; a derived column uses those above it')
    kind = kind_of(node, {**known, **dict.fromkeys(PERIOD_NAMES, "date")})
    if isinstance(node, Name):
        raise ExpressionError(f'it is only another name for "{node.id}"; use that')
    if not names - set(PERIOD_NAMES):
        raise ExpressionError("it uses no column of the row")
    if any(_asks_for_not_recorded(part) for part in walk(node)):
        raise ExpressionError(f"“{NOT_RECORDED}” counts as missing here; write “is missing”")
    return kind


def _asks_for_not_recorded(node: Node) -> bool:
    match node:
        case Literal(value):
            return value == NOT_RECORDED
        case OneOf(_, values):
            return NOT_RECORDED in values
        case _:
            return False


def names_asked(derive: Mapping[str, str], names: Iterable[str]) -> set[str]:
    """Names, and every name that the derived ones among them ask for in turn."""
    found: set[str] = set()
    ahead = set(names)
    while ahead:
        name = ahead.pop()
        found.add(name)
        if name in derive:
            ahead |= names_in(parse(derive[name])) - found
    return found


def inputs_of(derive: Mapping[str, str], names: Iterable[str]) -> set[str]:
    """The columns of the file that names stand for: those behind a derived one, and every other name itself."""
    return names_asked(derive, names) - set(derive) - set(PERIOD_NAMES)


def written_out(derive: Mapping[str, str], expression: str) -> str:
    """An expression with what its derived columns are, as a reader of the file can follow it.

    >>> written_out({"hours_away": "hours(end - start)"}, "hours_away > 24")
    '(hours(end - start)) > 24'
    """
    return _WORD_OR_TEXT.sub(lambda word: f"({derive[word[0]]})" if word[0] in derive else word[0], expression)
