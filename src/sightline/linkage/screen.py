"""Drop pairs that cannot reach a probability worth keeping, before anything costly is compared.

Comparing two names letter by letter or two lists value by value is most of the work of linkage, and most pairs that share a key are two
people who differ in everything else. From the model's own levels the highest weight that a pair could reach is worked out in whole
numbers: instead of two lists, whether their fingerprints of 64 bits have a bit in common; instead of an edit distance, how many letters
only one of two names has. Whatever passes is scored in full; what is dropped could not have been kept, so that the result is the same.

The engine says once of each profile what can be said of it alone; what a pair has in common is worked out on arrays, since a join would
carry every column to every pair.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import sqlglot
from numpy.typing import NDArray
from sqlglot import exp

from sightline.definitions.linkage import Comparison, Level, LinkageModel
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.letters import letters_of, letters_that_differ

SCREENED = "linkage_screened"

# More than rounding can lose in a sum.
_SLACK = 0.001
_IMPOSSIBLE = -1000.0
_BITS = "coalesce(list_bit_or(list_transform({column}, lambda each: 1::ubigint << (hash(each) % 64))), 0)::ubigint"
_SHARES = """
    left join (select {column}, log2(count(*) / sum(count(*)) over ())::float as share from {profiles}
        where {column} is not null group by {column}) as {column}_shares using ({column})
"""
# NumPy lets go of Python's lock; more pairs at a time would only hold more in memory.
_AT_A_TIME, _PAIRS_AT_A_TIME = 2, 100_000

Array = NDArray[Any]


@dataclass
class _Part:
    """Some of the pairs; what was gathered for one condition is kept for the next."""

    facts: dict[str, Array]
    sides: dict[str, Array]
    _found: dict[str, Array] = field(default_factory=dict)

    def of(self, fact: str, side: str) -> Array:
        key = f"{fact} {side}"
        if key not in self._found:
            self._found[key] = self.facts[fact][self.sides[side]]
        return self._found[key]


Said = Callable[[_Part], Array]


def screen(engine: DuckDBEngine, model: LinkageModel, *, pairs: str, profiles: str, prior: float, at_least: float) -> str:
    """Keep the pairs that might reach a probability.

    Args:
        engine: Holds both tables.
        model: The model that will score the pairs.
        pairs: Name of a table with match_key, join_key_l and join_key_r.
        profiles: Name of the table of profiles, with ``id`` from 1 on.
        prior: The model's probability that two identities taken at random are one person.
        at_least: The probability worth keeping.

    Returns:
        The name of a table of the same shape.
    """
    kinds = engine.query(f"select column_name, column_type from (describe {profiles})").to_pylist()
    bounds = _Bounds({row["column_name"] for row in kinds if row["column_type"].endswith("[]")})
    highest = [bounds.of(comparison) for comparison in model.comparisons]
    facts = bounds.facts(engine, profiles)
    least = math.log2(at_least / (1 - at_least)) - math.log2(prior / (1 - prior)) - _SLACK
    found = engine.query(f"select join_key_l, join_key_r from {pairs}")
    left, right = (found.column(name).to_numpy() for name in found.column_names)

    def passes(start: int) -> Array:
        some = slice(start, start + _PAIRS_AT_A_TIME)
        part = _Part(facts, {"l": left[some] - 1, "r": right[some] - 1})
        return np.asarray(sum(each(part) for each in highest) >= least)

    with ThreadPoolExecutor(_AT_A_TIME) as threads:
        kept = np.concatenate([np.empty(0, bool), *threads.map(passes, range(0, len(left), _PAIRS_AT_A_TIME))])
    left, right = left[kept], right[kept]
    engine.register_table(SCREENED, pa.table({"match_key": pa.repeat("0", len(left)), "join_key_l": left, "join_key_r": right}))
    return SCREENED


@dataclass
class _Bounds:
    """Says, for a comparison, the highest weight it could give; collects which facts about profiles that takes."""

    lists: set[str]
    _alone: dict[str, str] = field(default_factory=dict)
    """SQL of a fact → its column."""
    _shares: set[str] = field(default_factory=set)
    _texts: set[str] = field(default_factory=set)

    def facts(self, engine: DuckDBEngine, profiles: str) -> dict[str, Array]:
        """Every fact, by profile."""
        shares = " ".join(_SHARES.format(column=column, profiles=profiles) for column in sorted(self._shares))
        wanted = "".join(f', {sql} as "{name}"' for sql, name in self._alone.items())
        facts = _in_order(engine.query(f"select id{wanted} from {profiles} as profile {shares}"))
        for column in sorted(self._texts):
            text = engine.query(f"select {column} from {profiles} order by id").column(column)
            facts |= {f"{column} {name}": values for name, values in letters_of(text).items()}
        return facts

    def of(self, comparison: Comparison) -> Said:
        highest: Said = _always(_IMPOSSIBLE)
        for level in reversed(comparison.levels):
            weight = self._weight(level, comparison.levels)
            if level.when is None:
                highest = weight
                continue
            condition, is_exact = self._possible(sqlglot.parse_one(level.when, read="duckdb"))
            highest = (_either if is_exact else _or_more)(condition, weight, highest)
        return highest

    def _weight(self, level: Level, levels: tuple[Level, ...]) -> Said:
        """The weight of a level, with what its value's rarity adds."""
        if level.same_person is None or level.two_people is None:
            return _always(0.0)
        weight = math.log2(level.same_person / level.two_people)
        rare = level.rare_values
        if rare is None:
            return _always(weight)
        # Splink counts rarity from the u of the level where the values are equal; no level with rarity has a greater one
        usual = max(each.two_people for each in levels if each.two_people is not None and each.rare_values is not None)
        self._shares.add(rare.of)
        share = self._fact(f"coalesce({rare.of}_shares.share, -1000)", "share")
        whole, added, least = weight + rare.weight * math.log2(usual), rare.weight, math.log2(rare.least)
        return lambda part: whole - added * np.maximum(np.maximum(part.of(share, "l"), part.of(share, "r")), least)

    def _possible(self, node: exp.Expr) -> tuple[Said, bool]:
        """A condition that holds whenever ``node`` does, and whether it holds only then."""
        node = node.unnest()
        sides = {column.name[-1] for column in node.find_all(exp.Column)}
        if len(sides) == 1:
            return self._of_one(node, f"coalesce({_alone(node)}, false)", sides.pop()), True
        if isinstance(node, exp.And | exp.Or):
            (one, one_exact), (other, other_exact) = self._possible(node.left), self._possible(node.right)
            joined = _both if isinstance(node, exp.And) else _any
            return joined(one, other), one_exact and other_exact
        if isinstance(node, exp.ArrayOverlaps) and all(isinstance(each, exp.Column) for each in (node.this, node.expression)):
            return _overlap(self._bits(node.this), self._bits(node.expression)), False
        if isinstance(node, exp.EQ) and all(_is_of_one(each) for each in (node.left, node.right)):
            return _equal(self._hash(node.left), self._hash(node.right)), True
        return self._at_best(node), False

    def _at_best(self, node: exp.Expr) -> Said:
        """A condition that holds whenever ``node`` does, of texts and lengths of both sides."""
        edit = _edit_distance(node)
        if edit is not None:
            one_text, other_text, allowed = edit
            return self._letters_allow(one_text, other_text, allowed, is_distance=isinstance(node, exp.EQ))
        if isinstance(node, exp.GT | exp.EQ) and isinstance(node.left, exp.Greatest | exp.Least):
            # the greatest or least of two things is more than, or just, a third: one of the two is
            each = [type(node)(this=one.copy(), expression=node.right.copy()) for one in (node.left.this, *node.left.expressions)]
            if all(_is_of_one(one) for one in each):
                return _any(*(self._possible(one)[0] for one in each))
        return _true

    def _letters_allow(self, one: exp.Column, other: exp.Column, allowed: float, *, is_distance: bool) -> Said:
        """What two texts' letters must have in common to be so near.

        Each edit changes at most one letter on either side, or swaps two. Jaro's similarity is at most one less a third of the shares of
        letters that only one of the two has; Winkler's adds at most four tenths of what is missing, and only if the first letters agree.
        """
        (a, side_a), (b, side_b) = ((column.name[:-2], column.name[-1]) for column in (one, other))
        self._texts |= {a, b}
        alike, unlike = 3 * (1 - (allowed - 0.4) / 0.6) + _SLACK, 3 * (1 - allowed) + _SLACK

        def allows(part: _Part) -> Array:
            letters_a, letters_b = part.of(f"{a} letters", side_a), part.of(f"{b} letters", side_b)
            length_a, length_b = part.of(f"{a} length", side_a), part.of(f"{b} length", side_b)
            first_a, first_b = part.of(f"{a} first", side_a), part.of(f"{b} first", side_b)
            only_a, only_b = np.bitwise_count(letters_a & ~letters_b), np.bitwise_count(letters_b & ~letters_a)
            if is_distance:
                near: Array = (only_a <= allowed) & (only_b <= allowed) & (np.abs(length_a - length_b) <= allowed)
                if allowed == 1:
                    near &= (length_a != length_b) | (letters_that_differ(first_a, first_b) <= 2)
                return near
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = only_a / length_a + only_b / length_b
            return ~(shares > np.where((first_a ^ first_b) & 255 == 0, alike, unlike))

        return allows

    def _of_one(self, node: exp.Expr, sql: str, side: str) -> Said:
        fact = self._fact(sql, "is")
        return lambda part: part.of(fact, side)

    def _bits(self, column: exp.Expr) -> tuple[str, str]:
        return self._fact(_BITS.format(column=column.name[:-2]), "bits"), column.name[-1]

    def _hash(self, node: exp.Expr) -> tuple[str, str, str]:
        sql = _alone(node)
        is_given = self._fact(f"({sql}) is not null", "is")
        return self._fact(f"hash({sql})", "hash"), is_given, next(node.find_all(exp.Column)).name[-1]

    def _fact(self, sql: str, kind: str) -> str:
        return self._alone.setdefault(sql, f"{kind} {len(self._alone)}")


def _always(weight: float) -> Said:
    return lambda part: np.float64(weight)  # type: ignore[return-value]


def _true(part: _Part) -> Array:
    return np.ones(len(part.sides["l"]), dtype=bool)


def _both(one: Said, other: Said) -> Said:
    return lambda part: one(part) & other(part)


def _any(*each: Said) -> Said:
    return lambda part: np.logical_or.reduce([one(part) for one in each])


def _overlap(one: tuple[str, str], other: tuple[str, str]) -> Said:
    return lambda part: (part.of(*one) & part.of(*other)) != 0


def _equal(one: tuple[str, str, str], other: tuple[str, str, str]) -> Said:
    (a, given_a, side_a), (b, given_b, side_b) = one, other
    return lambda part: (part.of(a, side_a) == part.of(b, side_b)) & part.of(given_a, side_a) & part.of(given_b, side_b)


def _either(condition: Said, then: Said, otherwise: Said) -> Said:
    return lambda part: np.where(condition(part), then(part), otherwise(part))


def _or_more(condition: Said, then: Said, otherwise: Said) -> Said:
    return lambda part: np.maximum(np.where(condition(part), then(part), _IMPOSSIBLE), otherwise(part))


def _is_of_one(node: exp.Expr) -> bool:
    return len({column.name[-1] for column in node.find_all(exp.Column)}) == 1


def _alone(node: exp.Expr) -> str:
    """What is said of one side, as it is said of a profile."""
    plain = node.copy()
    for column in list(plain.find_all(exp.Column)):
        column.this.set("this", column.name[:-2])
    return plain.sql("duckdb")


def _in_order(found: pa.Table) -> dict[str, Array]:
    """Each column by profile, in the order of their ids."""
    ids = found.column("id").to_numpy()
    order = None if bool(np.all(ids[1:] > ids[:-1])) else np.argsort(ids)
    columns = {name: found.column(name).to_numpy() for name in found.column_names if name != "id"}
    return columns if order is None else {name: column[order] for name, column in columns.items()}


def _edit_distance(node: exp.Expr) -> tuple[exp.Column, exp.Column, float] | None:
    """The two columns and the number of ``damerau_levenshtein(a, b) = n`` or ``jaro_winkler_similarity(a, b) >= t``."""
    if not isinstance(node, exp.EQ | exp.GTE) or not isinstance(node.right, exp.Literal):
        return None
    function = node.left
    if isinstance(node, exp.GTE) and isinstance(function, exp.JarowinklerSimilarity):
        sides = [function.this, function.expression]
    elif isinstance(node, exp.EQ) and isinstance(function, exp.Anonymous) and function.name.lower() == "damerau_levenshtein":
        sides = list(function.expressions)
    else:
        return None
    if not all(isinstance(side, exp.Column) for side in sides):
        return None
    return sides[0], sides[1], float(node.right.this)
