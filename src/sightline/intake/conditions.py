"""Turn a mapping's conditions into Polars expressions. A condition on a missing value does not hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import reduce

import polars as pl

from sightline.definitions.expressions import Elapsed, Literal, Name, Negation, Node, OneOf, Operation, Presence, parse
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


def holds(condition: str, period: Quarter) -> pl.Expr:
    """The rows for which a condition holds; missing values make it false, never unknown."""
    return _expression(parse(condition), period).fill_null(value=False)


def _expression(node: Node, period: Quarter) -> pl.Expr:
    match node:
        case Name(id):
            made = _name(id, period)
        case Literal(value):
            made = pl.lit(value)
        case Operation(sign, left, right):
            sides = [_expression(left, period), _expression(right, period)]
            if sign in {"and", "or"}:
                sides = [side.fill_null(value=False) for side in sides]
            made = _SIGNS[sign](*sides)
        case Negation(of):
            made = ~_expression(of, period).fill_null(value=False)
        case Presence(of, given):
            part = _expression(of, period)
            made = part.is_not_null() if given else part.is_null()
        case Elapsed(unit, later, earlier):
            span = _expression(later, period).cast(pl.Datetime("us")) - _expression(earlier, period).cast(pl.Datetime("us"))
            made = span.dt.total_hours() / 24 if unit == "days" else span.dt.total_minutes() / 60
        case OneOf(of, values):
            part = _expression(of, period)
            made = reduce(lambda left, right: left | right, [part == pl.lit(value) for value in values], pl.lit(value=False))
    return made


def _name(id: str, period: Quarter) -> pl.Expr:
    bounds: dict[str, date] = {"period_start": period.start, "period_end": period.end}
    return pl.lit(bounds[id]) if id in bounds else pl.col(id)
