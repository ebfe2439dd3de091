"""Drop pairs that cannot reach a probability worth keeping, before anything costly is compared.

Comparing two names letter by letter or two lists value by value is most of the work of linkage, and most pairs that share a key are two
people who differ in everything else. From the model's own levels the highest weight that a pair could reach is worked out in whole
numbers: instead of two lists, whether their fingerprints of 64 bits have a bit in common; instead of an edit distance, how many letters
only one of two names has. Whatever passes is scored in full; what is dropped could not have been kept, so that the result is the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from sightline.definitions.linkage import Comparison, Level, LinkageModel
from sightline.engine.duckdb import DuckDBEngine

SCREENED = "linkage_screened"

_SKETCH = "linkage_sketch"
# More than rounding can lose in a sum.
_SLACK = 0.001
_IMPOSSIBLE = -1000.0
_FINGERPRINTS = {
    "whole": "{column}",
    "share": "{column}_shares.share",
    "hash": "case when {column} is not null then hash({column}) end",
    "bits": "coalesce(list_reduce(list_transform({column}, lambda each: 1::ubigint << (hash(each) % 64)),"
    " lambda one, other: one | other, 0::ubigint), 0::ubigint)",
    "letters": "list_reduce(list_transform(string_split({column}, ''), lambda each: 1::ubigint << (greatest(unicode(each), 0) % 64)),"
    " lambda one, other: one | other, 0::ubigint)",
}
_SHARES = """
    left join (select {column}, count(*) / sum(count(*)) over () as share from {profiles} where {column} is not null group by {column})
        as {column}_shares using ({column})
"""
_EDITS = ("damerau_levenshtein", "levenshtein", "jaro_winkler_similarity", "jaro_similarity")


def screen(engine: DuckDBEngine, model: LinkageModel, *, pairs: str, profiles: str, prior: float, at_least: float) -> str:
    """Keep the pairs that might reach a probability.

    Args:
        engine: Holds both tables.
        model: The model that will score the pairs.
        pairs: Name of a table with match_key, join_key_l and join_key_r.
        profiles: Name of the table of profiles, with ``id``.
        prior: The model's probability that two identities taken at random are one person.
        at_least: The probability worth keeping.

    Returns:
        The name of a table of the same shape.
    """
    kinds = engine.query(f"select column_name, column_type from (describe {profiles})").to_pylist()
    bounds = _Bounds({row["column_name"] for row in kinds if row["column_type"].endswith("[]")})
    highest = " + ".join(bounds.of(comparison) for comparison in model.comparisons)
    fingerprints = {f"{column}_{kind}": _FINGERPRINTS[kind].format(column=column) for column, kind in sorted(bounds.used)}
    shares = " ".join(_SHARES.format(column=column, profiles=profiles) for column, kind in sorted(bounds.used) if kind == "share")
    sketches = ", ".join(f"{sql} as {name}" for name, sql in fingerprints.items())
    engine.materialise(_SKETCH, f"select id, {sketches} from {profiles} as profile {shares}")
    sides = ", ".join(f"{side}.{name} as {name}_{side}" for name in fingerprints for side in "lr")
    least = math.log2(at_least / (1 - at_least)) - math.log2(prior / (1 - prior)) - _SLACK
    engine.materialise(
        SCREENED,
        f"""
        select match_key, join_key_l, join_key_r from (
            select pair.match_key, pair.join_key_l, pair.join_key_r, {sides}
            from {pairs} as pair join {_SKETCH} as l on l.id = pair.join_key_l join {_SKETCH} as r on r.id = pair.join_key_r
        ) where {highest} >= {_number(least)}
        """,
    )
    engine.materialise(_SKETCH, "select 1 as done")
    return SCREENED


@dataclass
class _Bounds:
    """Writes, for a comparison, the highest weight it could give; ``used`` collects which fingerprints that takes."""

    lists: set[str]
    used: set[tuple[str, str]] = field(default_factory=set)

    def of(self, comparison: Comparison) -> str:
        sql = _number(_IMPOSSIBLE)
        for level in reversed(comparison.levels):
            weight = self._weight(level, comparison.levels)
            if level.when is None:
                sql = weight
                continue
            condition, is_exact = self._possible(sqlglot.parse_one(level.when, read="duckdb"))
            if is_exact:
                sql = f"case when {condition} then {weight} else {sql} end"
            else:
                sql = f"greatest(case when {condition} then {weight} else {_number(_IMPOSSIBLE)} end, {sql})"
        return f"({sql})"

    def _weight(self, level: Level, levels: tuple[Level, ...]) -> str:
        """The weight of a level, with what its value's rarity adds."""
        if level.same_person is None or level.two_people is None:
            return _number(0.0)
        weight = _number(math.log2(level.same_person / level.two_people))
        rare = level.rare_values
        if rare is None:
            return weight
        # Splink counts rarity from the u of the level where the values are equal; no level with rarity has a greater one
        usual = max(each.two_people for each in levels if each.two_people is not None and each.rare_values is not None)
        self.used.add((rare.of, "share"))
        share = f"greatest(coalesce({rare.of}_share_l, 0), coalesce({rare.of}_share_r, 0), {_number(rare.least)})"
        return f"({weight} + {_number(rare.weight)} * ({_number(math.log2(usual))} - log2({share})))"

    def _possible(self, node: exp.Expr) -> tuple[str, bool]:
        """A condition that holds whenever ``node`` does, and whether it holds only then."""
        node = node.unnest()
        if isinstance(node, exp.And | exp.Or):
            (one, one_exact), (other, other_exact) = self._possible(node.left), self._possible(node.right)
            return f"({one} {'and' if isinstance(node, exp.And) else 'or'} {other})", one_exact and other_exact
        if isinstance(node, exp.ArrayOverlaps):
            return f"({self._named(node.this, 'bits')} & {self._named(node.expression, 'bits')}) <> 0", False
        if isinstance(node, exp.EQ) and isinstance(node.left, exp.Column) and isinstance(node.right, exp.Column):
            return f"{self._named(node.left, 'hash')} = {self._named(node.right, 'hash')}", True
        if isinstance(node, exp.Is) and isinstance(node.this, exp.Column):
            return f"{self._named(node.this, 'hash')} is null", True
        if isinstance(node, exp.EQ) and self._is_length_of_list(node.left) and node.right.sql() == "0":
            return f"{self._named(node.left.this, 'bits')} = 0", True
        return self._possible_otherwise(node)

    def _possible_otherwise(self, node: exp.Expr) -> tuple[str, bool]:
        edit = _edit_distance(node)
        if edit is not None:
            one, other, allowed = edit
            return self._letters_allow(one, other, allowed, is_distance=isinstance(node, exp.EQ)), False
        columns = list(node.find_all(exp.Column))
        if any(map(self._is_list, columns)) or any(name in node.sql("duckdb").lower() for name in _EDITS):
            return "true", False
        plain = node.copy()
        for column in list(plain.find_all(exp.Column)):
            column.this.set("this", self._named(column, "whole"))
        return f"({plain.sql('duckdb')})", True

    def _letters_allow(self, one: exp.Column, other: exp.Column, allowed: float, *, is_distance: bool) -> str:
        """What two texts' letters must have in common to be so near.

        Each edit changes at most one letter on either side. Jaro's similarity is at most one less a third of the shares of letters that
        only one of the two has, and Winkler's adds at most four tenths of what is missing, and only if the first letters agree.
        """
        a, b = self._named(one, "letters"), self._named(other, "letters")
        text_a, text_b = self._named(one, "whole"), self._named(other, "whole")
        only_a, only_b = f"bit_count({a} & ~{b})", f"bit_count({b} & ~{a})"
        if is_distance:
            most = int(allowed)
            near = f"case when length({text_a}) = length({text_b}) then hamming({text_a}, {text_b}) <= {2 * most} else true end"
            return (
                f"({only_a} <= {most} and {only_b} <= {most} and abs(length({text_a}) - length({text_b})) <= {most}"
                f"{f' and {near}' if most == 1 else ''})"
            )
        shares = f"({only_a} / length({text_a}) + {only_b} / length({text_b}))"
        alike, unlike = 3 * (1 - (allowed - 0.4) / 0.6) + _SLACK, 3 * (1 - allowed) + _SLACK
        return f"({shares} <= case when left({text_a}, 1) = left({text_b}, 1) then {_number(alike)} else {_number(unlike)} end)"

    def _named(self, column: exp.Expr, kind: str) -> str:
        name, side = column.name[:-2], column.name[-1]
        self.used.add((name, kind))
        return f"{name}_{kind}_{side}"

    def _is_list(self, column: exp.Expr) -> bool:
        return column.name[:-2] in self.lists

    def _is_length_of_list(self, node: exp.Expr) -> bool:
        return isinstance(node, exp.Length | exp.ArraySize) and isinstance(node.this, exp.Column) and self._is_list(node.this)


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


def _number(value: float) -> str:
    """A floating-point number: without the exponent DuckDB would reckon in decimals, ten times as slowly."""
    return f"{value:.12e}"
