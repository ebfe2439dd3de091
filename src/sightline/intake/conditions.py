"""Turn a mapping's conditions into Polars expressions. A condition on a missing value does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce

import polars as pl

from sightline.definitions.expressions import Elapsed, Literal, Name, Negation, Node, OneOf, Operation, Presence, names_in, parse, walk
from sightline.intake.cells.columns import INSTANT, LOCAL, PRECISION
from sightline.model.codes import NOT_RECORDED
from sightline.model.periods import Quarter

_SIGNS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "and": lambda left, right: left & right,
    "or": lambda left, right: left | right,
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}


_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_EXACT_ENOUGH = {"days": ("day", "minute"), "hours": ("minute",)}
_COARSE = frozenset({"month", "year"})
_STEPS = {"day": "1d", "month": "1mo", "year": "1y"}
"""From fine to coarse: what a date is cut to before it is compared with one that is no more exact."""


class Exactness:
    """How exact the dates of a frame are, column by column; found when first asked for."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._found: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> frozenset[str]:
        """The precisions that stand in a column's rows; empty for what is no date."""
        companion = name + PRECISION
        if companion not in self._frame.columns:
            return frozenset()
        if name not in self._found:
            cells = self._frame[companion].drop_nulls()
            alike = len(cells) and bool((cells == cells[0]).all())
            self._found[name] = frozenset([cells[0]] if alike else cells.unique().to_list())
        return self._found[name]

    def is_zoned(self, name: str) -> bool:
        """Whether a column's moments stand in UTC beside it."""
        return name + INSTANT in self._frame.columns

    def is_code(self, name: str) -> bool:
        """Whether a column holds common codes, with the text as received beside it."""
        return name + LOCAL in self._frame.columns


def holds(condition: str, period: Quarter, exactness: Exactness) -> pl.Expr:
    """The rows for which a condition holds; missing values make it false, never unknown.

    A date that is not exact enough for what is asked of it counts as missing: where only the month is known, nobody knows the days between,
    nor which of two dates in that month is the earlier.
    """
    return _Reading(period, exactness).of(parse(condition)).fill_null(value=False)


def worked_out(expression: str, period: Quarter, exactness: Exactness) -> pl.Expr:
    """What an expression gives for each row; missing where the answer hangs on a value that is missing or not exact enough.

    Unlike in a condition, nothing unknown becomes false: a code that is not recorded counts as missing too.
    """
    return _Reading(period, exactness, keeps_missing=True).of(parse(expression))


def too_coarse(condition: str, exactness: Exactness) -> dict[str, pl.Expr]:
    """Date columns whose rows a condition measures and cannot, with the rows concerned."""
    found: dict[str, pl.Expr] = {}
    for node in walk(parse(condition)):
        if isinstance(node, Elapsed):
            for name in sorted(names_in(node)):
                if exactness.of(name) - set(_EXACT_ENOUGH[node.unit]):
                    found[name] = ~pl.col(name + PRECISION).is_in(_EXACT_ENOUGH[node.unit])
    return found


@dataclass(frozen=True)
class _Reading:
    """One condition being turned into an expression, for rows of one frame."""

    period: Quarter
    exactness: Exactness
    keeps_missing: bool = False

    def of(self, node: Node) -> pl.Expr:
        match node:
            case Name(id):
                made = self._name(id)
            case Literal(value):
                made = pl.lit(value)
            case Operation(sign, left, right) if sign in _COMPARISONS:
                made = self._compared(sign, left, right)
            case Operation(sign, left, right):
                sides = [self.of(left), self.of(right)]
                if sign in {"and", "or"}:
                    sides = [self._known(side) for side in sides]
                made = _SIGNS[sign](*sides)
            case Negation(of):
                made = ~self._known(self.of(of))
            case Presence(of, given):
                part = self.of(of)
                made = part.is_not_null() if given else part.is_null()
            case Elapsed(unit, later, earlier):
                made = self._elapsed(unit, later, earlier)
            case OneOf(of, values):
                part = self.of(of)
                made = reduce(lambda left, right: left | right, [part == pl.lit(value) for value in values], pl.lit(value=False))
        return made

    def _elapsed(self, unit: str, later: Node, earlier: Node) -> pl.Expr:
        span = self.of(later).cast(pl.Datetime("us")) - self.of(earlier).cast(pl.Datetime("us"))
        if unit == "hours" and (instants := self._instants(later, earlier)):
            span = pl.coalesce(instants[0] - instants[1], span)  # days are counted by the calendar, hours as they passed
        made = span.dt.total_minutes() / 1440 if unit == "days" else span.dt.total_minutes() / 60
        for name in names_in(later) | names_in(earlier):
            if self.exactness.of(name) - set(_EXACT_ENOUGH[unit]):
                made = pl.when(pl.col(name + PRECISION).is_in(_EXACT_ENOUGH[unit])).then(made)
        return made

    def _compared(self, sign: str, left: Node, right: Node) -> pl.Expr:
        sides = (self.of(left), self.of(right))
        made = _SIGNS[sign](*sides)
        if instants := self._instants(left, right):
            made = pl.coalesce(_SIGNS[sign](*instants), made)
        dates = [side.id for side in (left, right) if isinstance(side, Name) and self.exactness.of(side.id)]
        exact = [pl.col(name + PRECISION) for name in dates]
        known = frozenset[str]().union(*(self.exactness.of(name) for name in dates))
        moments = [side.cast(pl.Datetime("us")) for side in sides] if len(known) > 1 or known & _COARSE else []
        for word in _STEPS if moments else ():
            if word not in known:
                continue
            concerned = pl.any_horizontal(one == word for one in exact)
            if word == "day":
                # Two days are compared as they stand; a day and a moment of it may be either way round.
                concerned &= pl.any_horizontal(one == "minute" for one in exact)
            cut = [moment.dt.truncate(_STEPS[word]) for moment in moments]
            made = pl.when(concerned).then(pl.when(cut[0] != cut[1]).then(_SIGNS[sign](*cut))).otherwise(made)
        return made

    def _instants(self, left: Node, right: Node) -> tuple[pl.Expr, pl.Expr] | None:
        """Two moments in UTC, where the mapping says by which clock both were written."""
        match left, right:
            case Name(one), Name(other) if self.exactness.is_zoned(one) and self.exactness.is_zoned(other):
                return pl.col(one + INSTANT), pl.col(other + INSTANT)
            case _:
                return None

    def _known(self, truth: pl.Expr) -> pl.Expr:
        return truth if self.keeps_missing else truth.fill_null(value=False)

    def _name(self, id: str) -> pl.Expr:
        bounds: dict[str, date] = {"period_start": self.period.start, "period_end": self.period.end}
        if id in bounds:
            return pl.lit(bounds[id])
        if self.keeps_missing and self.exactness.is_code(id):
            return pl.when(pl.col(id) != NOT_RECORDED).then(pl.col(id))
        return pl.col(id)
