"""What can be said of each profile by itself, as arrays: hashes of values, fingerprints and members of lists, letters of texts.

Pairs are compared on these by the hundred thousand. A join in the engine would carry every column, lists and all, to every pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.letters import letters_of

Array = NDArray[Any]

_ONE, _BITS = np.uint64(1), np.uint64(64)
# What stands for the share of a value that is not given: rarer than any.
_NO_SHARE = -1000.0
# Facts asked for together: all of them at once would be in memory twice.
_TOGETHER = 12
# An address has a dozen marks; what putting one in its place takes meanwhile is fifty times the mark.
_MARKS_AT_A_TIME = 1_000_000


@dataclass(frozen=True, slots=True)
class Coded:
    """Numbers of which few differ: each different one once, and which of them stands at each place."""

    values: Array
    codes: Array

    def take(self, places: Array) -> Array:
        return self.values.take(self.codes.take(places))


Column = Array | Coded


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of one column: hashes of their members, those of profile ``i`` from ``begins[i]`` to ``begins[i + 1]``.

    ``bits`` is a fingerprint of each list: two lists without a common bit have no member in common.
    """

    begins: Array
    members: Column
    bits: Column

    @classmethod
    def of(cls, ids: Array, members: Array, profiles: int) -> Lists:
        """From members and the ids of those they belong to."""
        # profiles are made nearly in their order, which a stable sort takes next to no time for
        if bool((ids[1:] < ids[:-1]).any()):
            order = np.argsort(ids, kind="stable")
            ids, members = ids[order], members[order]
        counts = np.bincount(ids - 1, minlength=profiles) if len(ids) else np.zeros(profiles, np.int64)
        begins = np.append(0, np.cumsum(counts))
        held, bits = np.flatnonzero(counts), np.zeros(profiles, np.uint64)
        if len(held):
            bits[held] = np.bitwise_or.reduceat(_ONE << (members % _BITS), begins[held])
        return cls(begins.astype(np.uint32), _small(members), _small(bits))

    def counts(self, rows: Array) -> Array:
        """How many members the lists of these profiles have."""
        return np.asarray(self.begins[1:][rows] - self.begins[rows], np.int64)


@dataclass(frozen=True, slots=True)
class Marks:
    """The lists of one column whose members are small numbers (-128 to 127), a bit for each: ``bits`` has four words for each profile."""

    bits: Array

    @classmethod
    def of(cls, ids: Array, members: Array, profiles: int) -> Marks:
        """From members and the ids of those they belong to."""
        if not len(ids):
            return cls(np.broadcast_to(np.zeros(4, np.uint64), (profiles, 4)))
        bits = np.zeros((profiles, 4), np.uint64)
        for start in range(0, len(ids), _MARKS_AT_A_TIME):
            some = slice(start, start + _MARKS_AT_A_TIME)
            places = members[some].astype(np.int64) + 128
            np.bitwise_or.at(bits, (ids[some] - 1, places >> 6), _ONE << (places & 63).astype(np.uint64))
        return cls(bits)

    def in_common(self, rows: Array, other: Marks, other_rows: Array) -> Array:
        """How many members the lists of these profiles have in common."""
        return np.asarray(np.bitwise_count(self.bits[rows] & other.bits[other_rows]).sum(axis=1, dtype=np.int32))


@dataclass
class Facts:
    """Facts asked for, by name; all are looked up together, once."""

    columns: dict[str, Column] = field(default_factory=dict)
    """Of each profile a number; or one number without dimensions, which is that of every profile."""
    lists: dict[str, Lists] = field(default_factory=dict)
    marks: dict[str, Marks] = field(default_factory=dict)
    shares: dict[str, Column] = field(default_factory=dict)
    """Of each profile which share of profiles bears the same value, not a number where none is given."""
    _wanted: dict[str, str] = field(default_factory=dict)
    """SQL of a fact → its name."""
    _rare: set[str] = field(default_factory=set)
    _texts: set[str] = field(default_factory=set)
    _listed: set[str] = field(default_factory=set)
    _marked: set[str] = field(default_factory=set)

    def want(self, sql: str) -> str:
        """The name of a fact that SQL says of a profile."""
        return self._wanted.setdefault(sql, f"fact {len(self._wanted)}")

    def want_hash(self, sql: str) -> str:
        """The name of the hash of a value; 0 where it is not given."""
        return self.want(f"case when ({sql}) is null then 0 else greatest(hash({sql}), 1) end")

    def want_share(self, column: str) -> str:
        """The name of log2 of the share of profiles that bear the same value."""
        self._rare.add(column)
        return f"{column} share"

    def want_letters(self, column: str) -> None:
        """``column length``, ``column letters`` and ``column first`` (`letters_of`)."""
        self._texts.add(column)

    def want_list(self, column: str) -> None:
        self._listed.add(column)

    def want_marks(self, column: str) -> None:
        self._marked.add(column)

    def look_up(self, engine: DuckDBEngine, profiles: str) -> None:
        """Fill ``columns``, ``lists`` and ``shares``; profile ``id`` (from 1 on) stands at ``id - 1``."""
        wanted = [f'{sql} as "{name}"' for sql, name in self._wanted.items()]
        facts = [", ".join(wanted[start : start + _TOGETHER]) for start in range(0, len(wanted), _TOGETHER)]
        texts, rare, listed, marked = (sorted(columns) for columns in (self._texts, self._rare, self._listed, self._marked))
        found = engine.query_each(
            [
                f"select count(*) as n from {profiles}",
                *(f"select id, {column} from {profiles}" for column in texts),
                *(f"select id, {some} from {profiles} as profile" for some in facts),
                *(_shares(profiles, column) for column in rare),
                *(_members(profiles, column, "hash(value)") for column in listed),
                *(_members(profiles, column, "value") for column in marked),
            ]
        )
        count = int(next(found).column("n")[0].as_py())
        for column, table in zip(texts, found, strict=False):
            self._keep(in_order({"id": table["id"].to_numpy()} | _named(column, letters_of(table[column]))))
        for _, table in zip(facts, found, strict=False):
            self._keep(in_order(table))
        for column, table in zip(rare, found, strict=False):
            share = in_order(table)["share"]
            self.shares[column] = _small(share)
            with np.errstate(invalid="ignore"):
                bits = np.log2(share).astype(np.float32)
            self._keep({f"{column} share": np.nan_to_num(bits, nan=_NO_SHARE)})
        for column, table in zip(listed, found, strict=False):
            self.lists[column] = Lists.of(table["id"].to_numpy(), table["value"].to_numpy(), count)
        for column, table in zip(marked, found, strict=True):
            self.marks[column] = Marks.of(table["id"].to_numpy(), table["value"].to_numpy(), count)

    def _keep(self, found: dict[str, Array]) -> None:
        self.columns |= {name: _as_one(each) for name, each in found.items()}


def _named(column: str, found: dict[str, Array]) -> dict[str, Array]:
    return {f"{column} {of}": each for of, each in found.items()}


def _members(profiles: str, column: str, value: str) -> str:
    every = f"select id::uinteger as id, unnest({column}) as value from {profiles}"
    return f"select id, {value} as value from ({every}) where value is not null"


def _shares(profiles: str, column: str) -> str:
    """Which share of profiles bears the same value as each, counted by Splink's own statement."""
    # Splink takes most of a second to import and only scoring needs it; a page or another command must not pay for it.
    from splink.internals.input_column import InputColumn
    from splink.internals.term_frequencies import term_frequencies_for_single_column_sql

    counted = term_frequencies_for_single_column_sql(InputColumn(column, sqlglot_dialect_str="duckdb"), table_name=profiles)
    return f"select id, tf_{column} as share from {profiles} left join ({counted}) using ({column})"


def _as_one(values: Array) -> Column:
    """One value without dimensions where all are the same, as of a column that nobody fills; else as little as they can be kept in."""
    return values[0] if len(values) and bool((values == values[0]).all()) else _small(values)


def _small(values: Array) -> Column:
    """The same numbers, each different one kept once where that takes less memory."""
    if values.itemsize == 1:
        return values
    encoded = pa.array(values).dictionary_encode()
    codes = encoded.indices.to_numpy().astype(np.min_scalar_type(len(encoded.dictionary)))
    coded = Coded(encoded.dictionary.to_numpy(), codes)
    return coded if coded.values.nbytes + codes.nbytes < values.nbytes else values


def in_order(found: pa.Table | dict[str, Array]) -> dict[str, Array]:
    """Columns of numbers in the order of their ids, of which each from 1 on is there once; without the ids."""
    columns = {name: found[name].to_numpy() for name in found.column_names} if isinstance(found, pa.Table) else dict(found)
    places = columns.pop("id") - 1
    if bool((places[1:] > places[:-1]).all()):
        return columns
    ordered = {name: np.empty_like(each) for name, each in columns.items()}
    for name, each in columns.items():
        ordered[name][places] = each
    return ordered


@dataclass
class Part:
    """Some of the pairs; what was worked out for one condition is kept for the next.

    ``left`` and ``right`` are the places of their profiles; those of a part of a part stand at ``places`` of ``whole``.
    """

    facts: Facts
    sides: dict[str, Array]
    whole: Part | None = None
    places: Array | None = None
    _known: dict[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sides["l"])

    def of(self, fact: str, side: str) -> Array:
        """A fact about one side of each pair."""
        return self.once(f"{fact} {side}", lambda: self._taken(self.facts.columns[fact], side))

    def bits(self, column: str, side: str) -> Array:
        """The fingerprint of one side's list."""
        return self.once(f"{column} bits {side}", lambda: self._taken(self.facts.lists[column].bits, side))

    def _taken(self, values: Column, side: str) -> Array:
        return np.broadcast_to(values, len(self)) if isinstance(values, np.generic) else values.take(self.sides[side])

    def once(self, key: str, work_out: Callable[[], Array]) -> Array:
        """What is kept under the key, worked out if it is asked for the first time."""
        known = self._of_whole(key)
        if known is None:
            known = self._known[key] = work_out()
        return known

    def _of_whole(self, key: str) -> Array | None:
        """What was worked out before, here or in the whole."""
        if key not in self._known and self.whole is not None and self.places is not None:
            of_whole = self.whole._of_whole(key)
            if of_whole is not None:
                self._known[key] = _at(of_whole, self.places)
        return self._known.get(key)

    def among(self, places: Array) -> Part:
        """The pairs at these places."""
        return Part(self.facts, {side: at.take(places) for side, at in self.sides.items()}, self, places)

    def in_common(self, one: tuple[str, str], other: tuple[str, str]) -> Array:
        """How many members two lists have in common (each member once in a list), exactly."""
        return self.once(f"common {one} {other}", lambda: self._count_in_common(one, other))

    def marks_in_common(self, one: tuple[str, str], other: tuple[str, str]) -> Array:
        """The same of lists of small numbers."""
        (column, side), (other_column, other_side) = one, other
        marks, others = self.facts.marks[column], self.facts.marks[other_column]
        return self.once(f"common {one} {other}", lambda: marks.in_common(self.sides[side], others, self.sides[other_side]))

    def _count_in_common(self, one: tuple[str, str], other: tuple[str, str]) -> Array:
        (column, side), (other_column, other_side) = one, other
        at = np.flatnonzero(self.bits(column, side) & self.bits(other_column, other_side))
        lists, others = self.facts.lists[column], self.facts.lists[other_column]
        rows, rows_other = self.sides[side][at], self.sides[other_side][at]
        count, count_other = lists.counts(rows), others.counts(rows_other)
        common = np.zeros(len(self), dtype=np.int32)
        # most lists have one member: the first members are all there is to compare
        common[at] = lists.members.take(lists.begins[rows]) == others.members.take(others.begins[rows_other])
        many = np.flatnonzero(count * count_other > 1)
        if len(many):
            rows, rows_other, count, count_other = (each[many] for each in (rows, rows_other, count, count_other))
            each, place = _every(count * count_other)
            mine = lists.members.take(lists.begins[rows][each] + place // count_other[each])
            theirs = others.members.take(others.begins[rows_other][each] + place % count_other[each])
            common[at[many]] = np.bincount(each[mine == theirs], minlength=len(many))
        return common


def _at(values: Array, places: Array) -> Array:
    """Values at places; one that stands for all is not written out for each."""
    return np.broadcast_to(values[0], len(places)) if len(values) and not values.strides[0] else values.take(places)


def _every(count: Array) -> tuple[Array, Array]:
    """Of so many things in each place, every one: its place, and its number there from 0."""
    of = np.repeat(np.arange(len(count)), count)
    return of, np.arange(len(of)) - np.append(0, np.cumsum(count))[:-1][of]
