"""Whether a level's condition holds for pairs, told from facts about each profile as far as these can tell.

A condition is read from the model's own SQL. Of most pairs hashes, fingerprints of lists and letters of names say for certain that it
holds or does not; of the others they leave it open, and the engine decides by the SQL itself. Values count as equal when their 64-bit
hashes are; among a hundred million comparisons of unlike values the chance of one such mistake is one in a hundred thousand million.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlglot import exp

from sightline.linkage.facts import Array, Facts, Part
from sightline.linkage.letters import letters_that_differ

# More than rounding can lose in a sum.
SLACK = 0.001
_INTERSECTION = "list_intersect"
# Where fewer pairs than this are left to ask, they are asked by themselves.
_FEW = 0.5

Said = Callable[[Part], Array]


@dataclass(frozen=True, slots=True)
class Told:
    """``may`` holds wherever a condition does, ``must`` only where it does; they are one where facts tell all of it."""

    may: Said
    must: Said

    @property
    def is_exact(self) -> bool:
        return self.may is self.must


def exactly(said: Said) -> Told:
    """What facts tell all of."""
    return Told(said, said)


@dataclass(frozen=True, slots=True)
class _Letters:
    """Of two texts the letters that only one of them has; worked out once for all that is asked of them."""

    one: str
    side: str
    other: str
    other_side: str

    def most_alone(self, part: Part) -> Array:
        """How many letters the one has alone, or the other, whichever has more."""
        one, other = self._alone(part)
        return np.asarray(np.maximum(one, other))

    def shares_alone(self, part: Part) -> Array:
        """The share of the letters of each that the other lacks, summed."""

        def shares() -> Array:
            one, other = self._alone(part)
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(
                    one / part.of(f"{self.one} length", self.side) + other / part.of(f"{self.other} length", self.other_side), np.float32
                )

        return part.once(f"shares {self}", shares)

    def begin_alike(self, part: Part) -> Array:
        """Whether they may begin with the same letter."""

        def alike() -> Array:
            return np.asarray((part.of(f"{self.one} first", self.side) ^ part.of(f"{self.other} first", self.other_side)) & 255 == 0)

        return part.once(f"begin {self}", alike)

    def _alone(self, part: Part) -> tuple[Array, Array]:
        def letters() -> tuple[Array, Array]:
            return part.of(f"{self.one} letters", self.side), part.of(f"{self.other} letters", self.other_side)

        one = part.once(f"one {self}", lambda: np.bitwise_count(letters()[0] & ~letters()[1]))
        return one, part.once(f"other {self}", lambda: np.bitwise_count(letters()[1] & ~letters()[0]))


class Conditions:
    """Reads conditions of the model, and collects which facts about profiles they take.

    Args:
        facts: Where what is wanted is noted.
        lists: The columns that hold lists.
        marks: Those of them that hold small numbers only.
    """

    def __init__(self, facts: Facts, lists: set[str], marks: set[str]) -> None:
        self._facts, self._lists, self._marks = facts, lists, marks

    def holds(self, node: exp.Expr) -> Told:
        """Whether the condition is true; of what is not known SQL says neither."""
        node = node.unnest()
        told = self._holds(node)
        return _kept(node.sql("duckdb"), told)

    def _holds(self, node: exp.Expr) -> Told:
        for read in (self._of_one_side, self._of_conditions, self._of_lists, self._of_values, self._of_texts, self._in_numbers):
            told = read(node)
            if told is not None:
                return told
        return _NOTHING_TOLD

    def _of_one_side(self, node: exp.Expr) -> Told | None:
        sides = _sides(node)
        return self._of_one(f"coalesce({_alone(node)}, false)", next(iter(sides), "l")) if len(sides) <= 1 else None

    def _of_conditions(self, node: exp.Expr) -> Told | None:
        if isinstance(node, exp.And | exp.Or):
            return _joined(_then if isinstance(node, exp.And) else _any, self.holds(node.left), self.holds(node.right))
        return self._fails(node.this.unnest()) if isinstance(node, exp.Not) else None

    def _of_lists(self, node: exp.Expr) -> Told | None:
        if isinstance(node, exp.ArrayOverlaps) and (common := self._common(node.this, node.expression)):
            return exactly(lambda part: common(part) > 0)
        if isinstance(node, exp.ArrayContains) and self._is_list(node.this) and isinstance(node.expression, exp.Column):
            return self._contains(node.this, node.expression)
        return None

    def _of_values(self, node: exp.Expr) -> Told | None:
        if isinstance(node, exp.EQ) and all(len(_sides(each)) == 1 for each in (node.left, node.right)):
            return self._equal(node.left, node.right)
        return None

    def _of_texts(self, node: exp.Expr) -> Told | None:
        if isinstance(node, exp.EQ | exp.GTE):
            return self._near(node)
        if isinstance(node, exp.LT | exp.NEQ):
            near = self._near((exp.GTE if isinstance(node, exp.LT) else exp.EQ)(this=node.left.copy(), expression=node.right.copy()))
            return None if near is None else self._but_given(near, node.left)
        return None

    def _fails(self, node: exp.Expr) -> Told:
        """Whether the condition is false, which it is not where something is not known."""
        if isinstance(node, exp.ArrayOverlaps) and self._common(node.this, node.expression):
            return self._but_given(self.holds(node), node)
        if len(_sides(node)) == 1:
            return self._of_one(f"coalesce(not ({_alone(node)}), false)", _sides(node).pop())
        return _NOTHING_TOLD

    def _but_given(self, told: Told, node: exp.Expr) -> Told:
        """The contrary, where all that it takes is given."""
        columns = sorted({column.name for column in node.find_all(exp.Column)})
        given = _both(*(self._of_one(f"{name[:-2]} is not null", name[-1]).must for name in columns))
        may, must = told.may, told.must
        if told.is_exact:
            return exactly(lambda part: given(part) & ~must(part))
        return Told(lambda part: given(part) & ~must(part), lambda part: given(part) & ~may(part))

    def _of_one(self, sql: str, side: str) -> Told:
        fact = self._facts.want(sql)
        return exactly(lambda part: part.of(fact, side))

    def _is_list(self, node: exp.Expr) -> bool:
        return isinstance(node, exp.Column) and node.name[:-2] in self._lists

    def _common(self, one: exp.Expr, other: exp.Expr) -> Said | None:
        """How many members two lists have in common."""
        if not (self._is_list(one) and self._is_list(other)):
            return None
        mine, theirs = sorted((column.name[:-2], column.name[-1]) for column in (one, other))
        if {mine[0], theirs[0]} <= self._marks:
            self._facts.want_marks(mine[0])
            self._facts.want_marks(theirs[0])
            return lambda part: part.marks_in_common(mine, theirs)
        self._facts.want_list(mine[0])
        self._facts.want_list(theirs[0])
        return lambda part: part.in_common(mine, theirs)

    def _count_in_common(self, node: exp.Anonymous) -> Said | None:
        common = self._common(*node.expressions)
        if common is None:
            return None
        given = self.holds(exp.and_(*(exp.Is(this=each.copy(), expression=exp.Null()).not_() for each in node.expressions))).must
        return lambda part: np.where(given(part), common(part), np.nan)

    def _contains(self, among: exp.Expr, wanted: exp.Column) -> Told:
        """By fingerprint only: a list may contain what has one of its bits."""
        (column, side), own = (among.name[:-2], among.name[-1]), wanted.name[-1]
        self._facts.want_list(column)
        place = self._facts.want(f"(hash({wanted.name[:-2]}) % 64)::ubigint")
        is_given = self._of_one(f"{wanted.name[:-2]} is not null", own).must
        return Told(lambda part: is_given(part) & ((part.bits(column, side) >> part.of(place, own)) & np.uint64(1) > 0), _false)

    def _equal(self, one: exp.Expr, other: exp.Expr) -> Told:
        (a, side_a), (b, side_b) = ((self._facts.want_hash(_alone(node)), _sides(node).pop()) for node in (one, other))
        return exactly(lambda part: (part.of(a, side_a) == part.of(b, side_b)) & (part.of(a, side_a) > 0))

    def _near(self, node: exp.Binary) -> Told | None:
        """Two texts no more than so many slips apart, or so alike by Jaro and Winkler: what their letters allow.

        Each edit changes at most one letter on either side, or swaps two. Jaro's similarity is at most one less a third of the shares of
        letters that only one of the two has; Winkler's adds at most four tenths of what is missing, and only if the first letters agree.
        """
        read = _edit_distance(node)
        if read is None:
            return None
        one, other, allowed = read
        (a, side_a), (b, side_b) = ((column.name[:-2], column.name[-1]) for column in (one, other))
        given = _both(*(self._of_one(f"{name} is not null", side).must for name, side in ((a, side_a), (b, side_b))))
        self._facts.want_letters(a)
        self._facts.want_letters(b)
        is_distance = isinstance(node, exp.EQ)
        alike, unlike = 3 * (1 - (allowed - 0.4) / 0.6) + SLACK, 3 * (1 - allowed) + SLACK

        letters = _Letters(a, side_a, b, side_b)

        def allows(part: Part) -> Array:
            if is_distance:
                near: Array = letters.most_alone(part) <= allowed
                near &= np.abs(part.of(f"{a} length", side_a) - part.of(f"{b} length", side_b)) <= allowed
                if allowed == 1:
                    first_a, first_b = part.of(f"{a} first", side_a), part.of(f"{b} first", side_b)
                    near &= (part.of(f"{a} length", side_a) != part.of(f"{b} length", side_b)) | (
                        letters_that_differ(first_a, first_b) <= 2
                    )
                return near & given(part)
            return ~(letters.shares_alone(part) > np.where(letters.begin_alike(part), alike, unlike)) & given(part)

        return Told(allows, _false)

    def _in_numbers(self, node: exp.Expr) -> Told | None:
        """A comparison of numbers that can be told."""
        compare = _COMPARED.get(type(node))
        if compare is None or not isinstance(node, exp.Binary):
            return None
        one, other = self._number(node.left), self._number(node.right)
        if one is None or other is None:
            return None
        return exactly(lambda part: np.asarray(compare(one(part), other(part))))

    def _number(self, node: exp.Expr) -> Said | None:
        """A number of each pair; not a number (NaN) where it is not known, which no comparison holds of but *not equal*."""
        node = node.unnest()
        if isinstance(node, exp.Literal) and not node.is_string:
            value = np.float64(node.this)
            return lambda part: np.asarray(value)
        if len(_sides(node)) == 1 and isinstance(node, exp.Length | exp.ArraySize):
            fact, side = self._facts.want(f"coalesce({_alone(node)}, 'nan'::float)::float"), _sides(node).pop()
            return lambda part: part.of(fact, side)
        if isinstance(node, exp.ArraySize) and isinstance(node.this, exp.Anonymous) and node.this.name.lower() == _INTERSECTION:
            return self._count_in_common(node.this)
        if isinstance(node, exp.Mul):
            return _of_numbers(np.multiply, self._number(node.left), self._number(node.right))
        if isinstance(node, exp.Greatest | exp.Least) and len(node.expressions) == 1:
            function = np.fmax if isinstance(node, exp.Greatest) else np.fmin
            return _of_numbers(function, self._number(node.this), self._number(node.expressions[0]))
        return None


_COMPARED: dict[type, Callable[[Array, Array], Array]] = {
    exp.EQ: np.equal,
    exp.GT: np.greater,
    exp.GTE: np.greater_equal,
    exp.LT: np.less,
    exp.LTE: np.less_equal,
}


def _of_numbers(function: Callable[[Array, Array], Any], one: Said | None, other: Said | None) -> Said | None:
    return None if one is None or other is None else lambda part: np.asarray(function(one(part), other(part)))


def _kept(sql: str, told: Told) -> Told:
    """The same, worked out once for each part: conditions come up again in other levels."""

    def kept(key: str, said: Said) -> Said:
        return lambda part: part.once(key, lambda: said(part))

    may = kept(f"may {sql}", told.may)
    return Told(may, may if told.is_exact else kept(f"must {sql}", told.must))


def _joined(how: Callable[..., Said], one: Told, other: Told) -> Told:
    may = how(one.may, other.may)
    return exactly(may) if one.is_exact and other.is_exact else Told(may, how(one.must, other.must))


def _true(part: Part) -> Array:
    return np.ones(len(part), dtype=bool)


def _false(part: Part) -> Array:
    return np.zeros(len(part), dtype=bool)


_NOTHING_TOLD = Told(_true, _false)


def _both(*each: Said) -> Said:
    return lambda part: np.asarray(np.logical_and.reduce([one(part) for one in each]))


def _then(one: Said, other: Said) -> Said:
    """Both; the other is asked only where the one holds, which is seldom."""

    def both(part: Part) -> Array:
        holds = one(part)
        count = int(np.count_nonzero(holds))
        if not count or count > _FEW * len(part):
            return holds & other(part) if count else holds
        places = np.flatnonzero(holds)
        found = np.zeros(len(part), dtype=bool)
        found[places] = other(part.among(places))
        return found

    return both


def _any(*each: Said) -> Said:
    return lambda part: np.asarray(np.logical_or.reduce([one(part) for one in each]))


def _sides(node: exp.Expr) -> set[str]:
    return {column.name[-1] for column in node.find_all(exp.Column)}


def _alone(node: exp.Expr) -> str:
    """What is said of one side, as it is said of a profile."""
    plain = node.copy()
    for column in list(plain.find_all(exp.Column)):
        column.this.set("this", column.name[:-2])
    return plain.sql("duckdb")


def _edit_distance(node: exp.Binary) -> tuple[exp.Column, exp.Column, float] | None:
    """The two columns and the number of ``damerau_levenshtein(a, b) = n`` or ``jaro_winkler_similarity(a, b) >= t``."""
    if not isinstance(node.right, exp.Literal):
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
