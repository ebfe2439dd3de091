"""Which pairs of identities are worth comparing: those that share at least one key.

Keys come in kinds, from tight (a number) to loose (a family name and a year). Each kind may give so many pairs for each identity and no
more: its rarest keys are used first, and a key that is too hot for that (one birth date of a large city, a home shared by hundreds) is
taken apart by one thing more (an initial, the sex, the sector of the postcode …). So a small partnership compares nearly everybody who
has anything in common, and in a large one the pairs grow with the number of identities and not with its square.

The engine hashes each thing that keys are made of once; keys are put together and counted as numbers, kind by kind: there are dozens for
each identity, and only whether two are equal matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.prepare import PROFILES

PAIRS = "linkage_pair"
PAIR_IDS = "linkage_pair_ids"

# thing → its values, one or several for an identity; an empty one makes no key
_THINGS = {
    "phone": "unnest(phones)",
    "own number": "unnest(nhs || upn)",
    "composite": "unnest(composites)",
    "date": "unnest(dobs)",
    "date as it stands": "dob",
    "year": "birth_year",
    "month": "birth_month",
    "day of the year": "birth_day",
    "given initial": "given_initial",
    "family initial": "family_initial",
    "given name": "unnest(given_keys)",
    "part of the family name": "unnest(family_parts)",
    "first given name": "given",
    "family name": "family",
    "home": "unnest(postcodes || addresses)",
    "sector": "sector",
    "street": "unnest(address_words)",
    "house number": "unnest(house_numbers)",
    "two words of an address": "word || ' ' || unnest(list_filter(address_words, lambda other: word < other))",
    "birthplace": "birthplace",
}
# one of either
_EITHER = {"number": ("own number", "phone"), "any name": ("given name", "part of the family name")}
# both as one, whichever column each stands in; the one that is there twice where the other is missing
_BOTH = {"initials": ("given initial", "family initial"), "both names": ("first given name", "family name")}
_KINDS: tuple[tuple[str, ...], ...] = (
    ("number",),
    ("composite",),
    # birth date with one more thing: first letters in either order, a name, a home
    ("initials", "date"),
    ("given initial", "date"),
    ("family initial", "date"),
    ("date", "any name"),
    ("date as it stands", "home"),
    ("date as it stands", "birthplace"),
    ("date as it stands", "house number"),
    ("date as it stands", "street"),
    # names and part of a date, for a slip in the rest of it
    ("year", "part of the family name", "given name"),
    ("year", "both names"),
    ("day of the year", "part of the family name", "given name"),
    ("given initial", "year", "part of the family name"),
    ("month", "any name"),
    # a home, for a changed family name or a wrong date
    ("home", "any name"),
    ("year", "home"),
    ("street", "any name"),
    ("house number", "any name"),
    ("two words of an address",),
    ("house number", "street"),
)
# Where both have an exact date those above find them; these are for somebody without one.
_KINDS_WITHOUT_DATE: tuple[tuple[str, ...], ...] = (
    ("sector", "any name"),
    ("birthplace", "any name"),
    ("part of the family name", "given name"),
    ("both names",),
    ("given initial", "part of the family name"),
)
# A name that hardly anybody bears, for whoever moved and whose date is wrong too.
_KINDS_WHERE_RARE: tuple[tuple[str, ...], ...] = (("both names",),)
_HARDLY_ANYBODY = 4
_ONE_THING_MORE = ("given initial", "family initial", "sector", "month", "birthplace", "given name")
# What two records of one agency must share one of to be compared: an agency seldom holds somebody twice, and comparing all its records with
# one another would be most of the work.
_WITHIN_AN_AGENCY = ("given name", "own number")
# Profiles of tokens have the parts of a value already, since nobody could take them from its token.
_CUT_FROM_WORDS = "left(given, 1) as given_initial, left(family, 1) as family_initial, dob[5:8] as birth_day"
# In a small partnership comparing costs nothing, whatever the names are.
_ALWAYS = 150_000
# Spreads a number over all 64 bits (Knuth, The Art of Computer Programming, volume 3, section 6.4: the golden ratio).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ONE, _HALF = np.uint64(1), np.uint64(32)
# More than these need wider numbers.
_MANY_AGENCIES = 30_000
# What keys and pairs take while they are made is several times what they take in the end.
_KEYS_AT_A_TIME = _PAIRS_AT_A_TIME = 1_000_000

Numbers = NDArray[np.uint64]
Ids = NDArray[np.uint32]
Places = NDArray[np.int64]


def block(engine: DuckDBEngine, *, largest_block: int, pairs_per_identity: float = 1.0, tokens: bool = False) -> int:
    """Register ``linkage_pair`` (join_key_l < join_key_r, match_key) as Splink reads pairs; return how many there are.

    Args:
        engine: Holds ``linkage_profile``.
        largest_block: A key shared by more identities than this is never used as it is.
        pairs_per_identity: How many pairs one kind of key may give, for each identity.
        tokens: Whether the profiles are of keyed tokens.
    """
    bare = engine.query(f"select dob is null as bare from {PROFILES} order by id").column("bare").to_numpy()
    found = engine.query_each(_values_of(sql, tokens=tokens) for sql in _THINGS.values())
    things = {name: _Thing.from_table(table, identities=len(bare)) for name, table in zip(_THINGS, found, strict=True)}
    things |= {name: things[one].or_those_of(things[other]) for name, (one, other) in _EITHER.items()}
    things |= {name: things[one].with_that_of(things[other]) for name, (one, other) in _BOTH.items()}
    keys = _Keys(
        bare=np.append(False, bare),
        agencies=_agencies(engine),
        within=[things[name] for name in _WITHIN_AN_AGENCY],
        bits=np.uint64(len(bare).bit_length()),
        largest=largest_block,
        budget=int(max(_ALWAYS, pairs_per_identity * len(bare))),
    )
    wanted = [(kind, False) for kind in _KINDS] + [(kind, True) for kind in (_KINDS_WITHOUT_DATE if bare.any() else ())]
    # one kind after another: two side by side would take a third less time, and twice the memory while they last
    for kind, loose in wanted:
        _add_kind(keys, things, kind, loose)
    for kind in _KINDS_WHERE_RARE:
        keys.take(keys.made_of([things[name] for name in kind]), loose=False, largest=_HARDLY_ANYBODY)
    things.clear()
    left, right = keys.pairs()
    # signed, since Spark knows no other numbers
    engine.register_table(PAIR_IDS, pa.table({"join_key_l": left.view(np.int32), "join_key_r": right.view(np.int32)}))
    engine.create_view(PAIRS, f"select '0' as match_key, join_key_l, join_key_r from {PAIR_IDS}")
    return len(left)


def _agencies(engine: DuckDBEngine) -> NDArray[np.signedinteger[Any]]:
    """By id: a number for the agency whose identity it is."""
    agency = engine.query(f"select agency_id from {PROFILES} order by id").column("agency_id").combine_chunks().dictionary_encode("encode")
    numbers = agency.indices.to_numpy()
    return np.append(-1, numbers).astype(np.int16 if len(agency.dictionary) < _MANY_AGENCIES else np.int32)


def _add_kind(keys: _Keys, things: Mapping[str, _Thing], kind: tuple[str, ...], loose: bool) -> None:
    hot = keys.take(keys.made_of([things[name] for name in kind]), loose=loose)
    ids = (hot & keys.of_id).astype(np.uint32)
    hot >>= keys.bits
    for name in _ONE_THING_MORE if len(hot) else ():
        keys.take(keys.packed(*things[name].beside(ids, hot)), loose=loose)


def _values_of(sql: str, *, tokens: bool) -> str:
    profile = f"select *{'' if tokens else f', {_CUT_FROM_WORDS}'} from {PROFILES}"
    if "word " in sql:
        profile = f"select *, unnest(address_words) as word from ({profile})"
    # 0 stands for what is not there
    return (
        f"select id::uinteger as id, greatest(hash(value), 1) as value from (select id, {sql} as value from ({profile}))"
        " where value is not null"
    )


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something that keys are made of, as hashes, and whose they are.

    ``first`` has one for each identity, by id, 0 where there is none. The others of identity ``i`` are those of ``more`` from
    ``begins[i]`` to ``begins[i + 1]``; most identities have none.
    """

    first: Numbers
    begins: NDArray[np.uint32]
    more: Numbers
    has_more: NDArray[np.bool_]

    @classmethod
    def from_table(cls, found: pa.Table, *, identities: int) -> _Thing:
        """From the columns ``id`` and ``value``."""
        return cls.of(found.column("id").to_numpy(), found.column("value").to_numpy(), identities=identities)

    @classmethod
    def of(cls, ids: Ids, values: Numbers, *, identities: int) -> _Thing:
        if len(ids) and bool(np.any(ids[1:] < ids[:-1])):
            order = np.argsort(ids, kind="stable")
            ids, values = ids[order], values[order]
        first, has_more = np.zeros(identities + 1, np.uint64), np.zeros(identities + 1, dtype=bool)
        if not len(ids):
            return cls(first, np.empty(0, np.uint32), values, has_more)
        is_first = np.append(True, ids[1:] != ids[:-1])
        first[ids[is_first]] = values[is_first]
        if is_first.all():
            return cls(first, np.empty(0, np.uint32), values[:0], has_more)
        others = ~is_first
        counts = np.bincount(ids[others], minlength=identities + 1)
        return cls(first, np.append(0, np.cumsum(counts)).astype(np.uint32), values[others], counts > 0)

    def or_those_of(self, other: _Thing) -> _Thing:
        """The values of both."""
        if not other.first.any():
            return self
        (ids, values), (other_ids, others) = self.everybody(), other.everybody()
        return _Thing.of(np.concatenate([ids, other_ids]), np.concatenate([values, others]), identities=len(self.first) - 1)

    def with_that_of(self, other: _Thing) -> _Thing:
        """The two values of each identity as one, in no order; what has one only has it twice."""
        one, another = (thing.first * _SPREAD for thing in (self, other))
        one, another = np.where(one == 0, another, one), np.where(another == 0, one, another)
        both = (one ^ (one >> _HALF)) + (another ^ (another >> _HALF))
        both[(both == 0) & (one > 0)] = 1
        return _Thing(both, self.begins[:0], self.more[:0], np.zeros(len(both), dtype=bool))

    def everybody(self) -> tuple[Ids, Numbers]:
        """Every value with whose it is."""
        ids = np.flatnonzero(self.first)
        values = self.first[ids]
        if not len(self.more):
            return ids.astype(np.uint32), values
        others = np.repeat(np.arange(len(self.first)), np.diff(self.begins))
        return np.concatenate([ids, others], dtype=np.uint32, casting="unsafe"), np.concatenate([values, self.more])

    def beside(self, ids: Ids, keys: Numbers) -> tuple[Ids, Numbers]:
        """Keys with their holders, each with each value that its holder has."""
        parts = [slice(start, start + _KEYS_AT_A_TIME) for start in range(0, max(1, len(ids)), _KEYS_AT_A_TIME)]
        found, found_keys = zip(*(self._beside(ids[part], keys[part]) for part in parts), strict=True)
        return np.concatenate(found), np.concatenate(found_keys)

    def _beside(self, ids: Ids, keys: Numbers) -> tuple[Ids, Numbers]:
        of, values = self._each(ids)
        keys = keys[of]
        keys *= _SPREAD
        keys ^= values
        keys *= _SPREAD
        return ids[of], keys

    def _each(self, ids: NDArray[Any]) -> tuple[Places, Numbers]:
        """Every value of each of these identities, and whose it is by its place among them; in no order."""
        first = self.first[ids]
        of = np.flatnonzero(first)
        first = first if len(of) == len(ids) else first[of]
        if not len(self.more):
            return of, first
        several = np.flatnonzero(self.has_more[ids])
        begins = self.begins[ids[several]].astype(np.int64)
        counts = self.begins[1:][ids[several]] - begins
        others = np.repeat(several, counts)
        place = np.arange(len(others))
        place += np.repeat(begins - (np.cumsum(counts) - counts), counts)
        return np.concatenate([of, others]), np.concatenate([first, self.more[place]])

    def shared(self, left: Places, right: Places) -> NDArray[np.bool_]:
        """Whether two identities have a value in common, pair by pair."""
        first = self.first[left]
        shared: NDArray[np.bool_] = (first == self.first[right]) & (first > 0)
        if not len(self.more):
            return shared
        # most have one value; of those who have several every one is looked at
        several = np.flatnonzero(~shared & (self.has_more[left] | self.has_more[right]))
        for start in range(0, len(several), _PAIRS_AT_A_TIME):
            part = several[start : start + _PAIRS_AT_A_TIME]
            of, one = self._each(left[part])
            again, other = self._each(right[part][of])
            shared[part[of[again[one[again] == other]]]] = True
        return shared


@dataclass
class _Keys:
    """Collects the pairs that keys give, kind by kind.

    A key and who holds it are kept in one number: the upper bits of the key, then the id. So a sort brings those who share a key
    together. Two keys whose upper bits agree by chance give a few pairs more to compare, never one fewer.
    """

    bare: NDArray[np.bool_]
    """By id: whether the identity has no exact birth date."""
    agencies: NDArray[np.signedinteger[Any]]
    within: list[_Thing]
    """What two records of one agency must share one of to be compared."""
    bits: np.uint64
    largest: int
    budget: int
    _pairs: list[Numbers] = field(default_factory=lambda: [np.empty(0, np.uint64)])
    """The first of them in order and each once, the others as their keys gave them."""

    @property
    def of_id(self) -> np.uint64:
        return (_ONE << self.bits) - _ONE

    def made_of(self, things: list[_Thing]) -> Numbers:
        """The keys of everybody who has all these things, packed."""
        ids, keys = things[0].everybody()
        keys = keys * _SPREAD
        for thing in things[1:]:
            ids, keys = thing.beside(ids, keys)
        return self.packed(ids, keys)

    def packed(self, ids: Ids, keys: Numbers) -> Numbers:
        """Every key with its holder, each once, in order; the keys themselves are overwritten."""
        keys &= ~self.of_id
        keys |= ids
        keys.sort()
        return _each_once(keys)

    def take(self, packed: Numbers, *, loose: bool, largest: int | None = None) -> Numbers:
        """Add the pairs of one kind, the rarest keys first until its budget is spent; return the keys that are too hot.

        Args:
            packed: The kind's keys with their holders.
            loose: Only pairs with an identity that has no exact birth date.
            largest: Only keys of so many identities, where that is fewer than for every kind.
        """
        # those who share a key with nobody, most of them, are left out at once
        is_next = (packed[1:] ^ packed[:-1]) <= self.of_id
        is_shared = np.zeros(len(packed), dtype=bool)
        is_shared[1:] |= is_next
        is_shared[:-1] |= is_next
        begins = np.flatnonzero(np.append(True, ~is_next)[: len(packed)][is_shared])
        packed = packed[is_shared]
        held = np.diff(np.append(begins, len(packed)))
        sought = held
        if loose and len(held):
            sought = np.add.reduceat(self.bare[packed & self.of_id], begins, dtype=np.int64)
            packed = packed[np.repeat(sought > 0, held)]
            held, sought = held[sought > 0], sought[sought > 0]
            begins = np.cumsum(held) - held
        if not len(held):
            return packed[:0]
        cost = sought * (held - 1) - sought * (sought - 1) // 2
        used = (held <= (largest or self.largest)) & (cost < _dearest(cost, self.budget))
        self._add((packed & self.of_id).view(np.int64), begins[used], held[used], loose=loose)
        hot: Numbers = packed[np.repeat(~used, held)]
        return hot

    def _add(self, ids: Places, begins: Places, held: Places, *, loose: bool) -> None:
        if not len(held):
            return
        # those of one size together; small numbers are put in order in no time
        order = np.argsort(held.astype(np.min_scalar_type(int(held.max()))), kind="stable")
        sizes = held[order]
        starts = np.flatnonzero(np.append(True, sizes[1:] != sizes[:-1]))
        found = []
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(sizes)], strict=True):
            found.append(self._pairs_of(ids[begins[order[start:end]][:, None] + np.arange(int(sizes[start]))]))
        left, right, keep = (np.concatenate(each) for each in zip(*found, strict=True))
        for thing in self.within:
            unsure = np.flatnonzero(~keep)
            keep[unsure] = thing.shared(left[unsure], right[unsure])
        if loose:
            keep &= self.bare[left] | self.bare[right]
        left, right = left[keep], right[keep]
        pairs = left.view(np.uint64) << self.bits
        pairs |= right.view(np.uint64)
        self._pairs.append(pairs)
        # most pairs share keys of several kinds: kept as they come they would take five times as much
        if sum(map(len, self._pairs[1:])) > max(len(self._pairs[0]), _PAIRS_AT_A_TIME):
            self._merge()

    def _pairs_of(self, members: Places) -> tuple[Places, Places, NDArray[np.bool_]]:
        """All pairs inside groups of one size that may be compared, and whether that is certain; members have a row for each group.

        What is asked of a pair is looked up once for each member: in large groups they are far fewer.
        """
        one, other = np.triu_indices(members.shape[1], 1)
        agencies = self.agencies[members]
        keep = agencies[:, one] != agencies[:, other]
        may = keep
        for thing in self.within:
            first, has_more = thing.first[members], thing.has_more[members]
            keep = keep | (first[:, one] == first[:, other]) & (first[:, one] > 0)
            may = may | has_more[:, one] | has_more[:, other]
        places = np.flatnonzero(keep | may)
        return members[:, one].ravel()[places], members[:, other].ravel()[places], keep.ravel()[places]

    def _merge(self) -> None:
        pairs = np.concatenate(self._pairs)
        self._pairs.clear()
        pairs.sort()
        self._pairs.append(_each_once(pairs))

    def pairs(self) -> tuple[Ids, Ids]:
        """Every pair once, in order; nothing is kept."""
        self._merge()
        pairs = self._pairs.pop()
        return (pairs >> self.bits).astype(np.uint32), (pairs & self.of_id).astype(np.uint32)


def _each_once(ordered: Numbers) -> Numbers:
    """Numbers that are in order without doubles."""
    is_new = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    return ordered if is_new.all() else ordered[is_new]


def _dearest(costs: Places, budget: int) -> float:
    """What a key costs for which, with all that cost as much, the budget does not suffice once the cheaper ones are paid."""
    costs = np.sort(costs)
    paid = int(np.searchsorted(np.cumsum(costs), budget, side="right"))
    return float(costs[paid]) if paid < len(costs) else np.inf
