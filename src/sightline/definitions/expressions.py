"""The small, safe grammar in which mappings write conditions: ``end < start``, ``days(end - start) > 60 and end is given``.

It is parsed into a tree of frozen nodes, never evaluated as code. There are names (columns of the table, ``period_start`` and
``period_end``), texts, numbers, dates (``2024-08-31``), ``true`` and ``false``, comparisons, ``and``, ``or``, ``not``, arithmetic
on numbers, ``days(a - b)`` and ``hours(a - b)`` on dates, ``is missing``, ``is given`` and ``in (…)``. A condition on a missing
value does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

PERIOD_NAMES = ("period_start", "period_end")
MEASURES_OF_TIME = ("days", "hours")
_DEEPEST = 40
_LONGEST = 300

_TOKEN = re.compile(
    r"\s*(?:(?P<day>\d{4}-\d{2}-\d{2})|(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|==|!=|[<>=()+\-*/,]))"
)


class ExpressionError(ValueError):
    """The condition does not follow the grammar; the message says where."""


@dataclass(frozen=True, slots=True)
class Name:
    """A column of the table, or a bound of the period."""

    id: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, date or truth value written in the condition."""

    value: str | float | date | bool


@dataclass(frozen=True, slots=True)
class Operation:
    """``left sign right``: a comparison, arithmetic, ``and`` or ``or``."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation:
    """``not …``."""

    of: Node


@dataclass(frozen=True, slots=True)
class Presence:
    """``… is given`` or ``… is missing``."""

    of: Node
    given: bool


@dataclass(frozen=True, slots=True)
class Elapsed:
    """``days(later - earlier)`` or ``hours(later - earlier)``."""

    unit: str
    later: Node
    earlier: Node


@dataclass(frozen=True, slots=True)
class OneOf:
    """``… in ('a', 'b')``."""

    of: Node
    values: tuple[str | float | date | bool, ...]


Node = Name | Literal | Operation | Negation | Presence | Elapsed | OneOf


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match:
            raise ExpressionError(f'cannot read "{text[at:].strip()[:12]}"')
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        if len(found) > _LONGEST:
            raise ExpressionError(f"has more than {_LONGEST} parts")
        at = match.end()
    return found


class _Parser:
    """Recursive descent; one method per level of precedence."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, *values: str) -> str | None:
        kind, value = self.peek()
        if kind in {"word", "sign"} and value in values:
            self.at += 1
            return value
        return None

    def need(self, value: str) -> None:
        if not self.take(value):
            raise ExpressionError(f'expected "{value}" {self.place()}')

    def place(self) -> str:
        kind, value = self.peek()
        return "at the end" if kind == "end" else f'before "{value}"'

    def whole(self) -> Node:
        node = self.either()
        if self.peek()[0] != "end":
            raise ExpressionError(f'did not expect "{self.peek()[1]}"')
        return node

    def either(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError(f"is nested more than {_DEEPEST} deep")
        node = self.both()
        while self.take("or"):
            node = Operation("or", node, self.both())
        self.depth -= 1
        return node

    def both(self) -> Node:
        node = self.negation()
        while self.take("and"):
            node = Operation("and", node, self.negation())
        return node

    def negation(self) -> Node:
        turns = 0
        while self.take("not"):
            turns += 1
        node = self.comparison()
        return Negation(node) if turns % 2 else node

    def comparison(self) -> Node:
        left = self.sum()
        if self.take("is"):
            word = self.take("missing", "given")
            if not word:
                raise ExpressionError(f'expected "missing" or "given" {self.place()}')
            return Presence(left, given=word == "given")
        if self.take("in"):
            return OneOf(left, self.values())
        sign = self.take("=", "==", "!=", "<", "<=", ">", ">=")
        return Operation("=" if sign == "==" else sign, left, self.sum()) if sign else left

    def values(self) -> tuple[str | float | date | bool, ...]:
        self.need("(")
        values = []
        while not self.take(")"):
            node = self.factor()
            if not isinstance(node, Literal):
                raise ExpressionError("a list after “in” holds texts, numbers or dates only")
            values.append(node.value)
            if not self.take(",") and self.peek()[1] != ")":
                raise ExpressionError(f'expected "," or ")" {self.place()}')
        return tuple(values)

    def sum(self) -> Node:
        node = self.product()
        while sign := self.take("+", "-"):
            node = Operation(sign, node, self.product())
        return node

    def product(self) -> Node:
        node = self.factor()
        while sign := self.take("*", "/"):
            node = Operation(sign, node, self.factor())
        return node

    def factor(self) -> Node:
        kind, value = self.peek()
        if self.take("("):
            node = self.either()
            self.need(")")
            return node
        if kind in {"end", "sign"}:
            raise ExpressionError(f"a name or value is missing {self.place()}")
        self.at += 1
        if kind == "day":
            return Literal(_day(value))
        if kind == "number":
            return Literal(float(value))
        if kind == "text":
            return Literal(value[1:-1])
        return self.word(value)

    def word(self, value: str) -> Node:
        if value in {"true", "false"}:
            return Literal(value == "true")
        if self.take("("):
            if value not in MEASURES_OF_TIME:
                raise ExpressionError(f'there is no function "{value}"; there are {" and ".join(MEASURES_OF_TIME)}')
            span = self.sum()
            self.need(")")
            if not (isinstance(span, Operation) and span.sign == "-"):
                raise ExpressionError(f'"{value}" measures one date minus another: {value}(end - start)')
            return Elapsed(value, span.left, span.right)
        return Name(value)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ExpressionError(f'"{text}" is not a day') from error


def parse(text: str) -> Node:
    """Read a condition.

    Raises:
        ExpressionError: If it does not follow the grammar.

    >>> parse("end < start")
    Operation(sign='<', left=Name(id='end'), right=Name(id='start'))
    """
    return _Parser(text).whole()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it."""
    yield node
    match node:
        case Operation(_, left, right) | Elapsed(_, left, right):
            yield from walk(left)
            yield from walk(right)
        case Negation(of) | Presence(of, _) | OneOf(of, _):
            yield from walk(of)


def names_in(node: Node) -> set[str]:
    """The columns (and bounds of the period) a condition needs."""
    return {part.id for part in walk(node) if isinstance(part, Name)}


_TRUTH_SIGNS = {"=", "!=", "<", "<=", ">", ">=", "and", "or"}


def kind_of(node: Node, types: Mapping[str, str]) -> str:
    """What a part yields: truth, number, date or text; raises for a part that makes no sense (a date times two).

    Args:
        node: The condition.
        types: Kind of each name.

    Raises:
        ExpressionError: For an unknown name or a mixture of kinds.
    """
    kind = "truth"
    match node:
        case Name(id):
            if id not in types:
                raise ExpressionError(f'there is no column "{id}" in this table')
            kind = types[id]
        case Literal(value):
            kind = "truth" if isinstance(value, bool) else {str: "text", float: "number", date: "date"}[type(value)]
        case Operation(sign, left, right):
            kind = _operation_kind(sign, kind_of(left, types), kind_of(right, types))
        case Negation(of):
            _must_be(kind_of(of, types), "truth", "not")
        case Presence(of, _):
            kind_of(of, types)
        case Elapsed(unit, later, earlier):
            _must_be(kind_of(later, types), "date", unit)
            _must_be(kind_of(earlier, types), "date", unit)
            kind = "number"
        case OneOf(of, values):
            for value in values:
                _must_be(kind_of(Literal(value), {}), kind_of(of, types), "in")
    return kind


def _operation_kind(sign: str, left: str, right: str) -> str:
    if sign in {"and", "or"}:
        _must_be(left, "truth", sign)
        _must_be(right, "truth", sign)
    elif sign in _TRUTH_SIGNS:
        if left != right:
            raise ExpressionError(f'"{sign}" compares a {left} with a {right}')
    else:
        _must_be(left, "number", sign)
        _must_be(right, "number", sign)
        return "number"
    return "truth"


def _must_be(kind: str, expected: str, where: str) -> None:
    if kind != expected:
        hint = "; measure dates with days(end - start)" if kind == "date" and expected == "number" else ""
        raise ExpressionError(f'"{where}" needs a {expected}, not a {kind}{hint}')


def check_condition(text: str, types: Mapping[str, str]) -> str | None:
    """Why a condition cannot be used in a table whose names have these kinds; None if it can."""
    try:
        node = parse(text)
        _must_be(kind_of(node, {**types, **dict.fromkeys(PERIOD_NAMES, "date")}), "truth", "when")
    except ExpressionError as error:
        return str(error)
    return None
