"""Which level each comparison of a pair reached, told from facts about each profile wherever they can tell.

Comparing two names letter by letter or two lists value by value is most of the work of linkage, and of most pairs it need not be done: a
hash says that two dates are the same, a fingerprint that two lists share nothing, letters that two names are nothing alike
(`linkage.likeness`). The highest weight that a pair can reach follows too; a pair that cannot become likely enough is dropped before
anything is compared. What facts leave open is handed back, to be told by the model's SQL.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import sqlglot

from sightline.definitions.linkage import Comparison, Level, LinkageModel
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.facts import Array, Column, Facts, Part
from sightline.linkage.likeness import SLACK, Conditions, Said, Told

# NumPy lets go of Python's lock; more pairs at a time would only hold more in memory.
_AT_A_TIME, _PAIRS_AT_A_TIME = 2, 50_000
_IMPOSSIBLE = -1000.0
# Where fewer of the pairs than this are still to be told, they are looked at by themselves.
_FEW = 0.8
# Comparisons of so few levels are told at once.
_SHORT = 4

OPEN = -2
"""The level of a comparison that facts do not tell."""


@dataclass(frozen=True, slots=True)
class _Degree:
    """A level: its number in Splink, when it is met, and its weight."""

    number: int
    told: Told | None
    weight: Said
    most: float
    """The highest weight that it can have, however rare a value."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Pairs by their ids, and the level of each comparison in the order of the model, `OPEN` where it has to be asked for."""

    left: Array
    right: Array
    levels: tuple[Array, ...]


class Levels:
    """Tells levels of pairs; what is said of profiles is looked up once and serves every table of pairs.

    Args:
        engine: Holds ``profiles``.
        model: The model whose levels they are.
        profiles: Name of the table of profiles, with ``id`` from 1 on.
    """

    def __init__(self, engine: DuckDBEngine, model: LinkageModel, profiles: str) -> None:
        self._facts = Facts()
        kinds = engine.query(f"select column_name, column_type from (describe {profiles})").to_pylist()
        lists, marks = ({row["column_name"] for row in kinds if row["column_type"].endswith(end)} for end in ("[]", "TINYINT[]"))
        self._conditions = Conditions(self._facts, lists, marks)
        self._places = {comparison.id: place for place, comparison in enumerate(model.comparisons)}
        self._comparisons = [self._degrees(comparison) for comparison in model.comparisons]
        self._facts.look_up(engine, profiles)
        self._most = [max(0.0, *(degree.most for degree in degrees)) for degrees in self._comparisons]

    @property
    def shares(self) -> dict[str, Column]:
        """Of each column whose rare values weigh more, which share of profiles bears the same value; not a number where none is given."""
        return self._facts.shares

    def reached(self, left: Array, right: Array, *, least: float | None) -> Reached:
        """Levels of the pairs that might weigh enough.

        Args:
            left: Ids of the one side of each pair.
            right: Ids of the other.
            least: The sum of weights, without the prior, that is worth keeping; None keeps every pair.
        """

        def told(start: int) -> tuple[Array, ...]:
            some = slice(start, start + _PAIRS_AT_A_TIME)
            return self._told(left[some], right[some], least)

        with ThreadPoolExecutor(_AT_A_TIME) as threads:
            parts = list(threads.map(told, range(0, len(left), _PAIRS_AT_A_TIME)))
        nothing = (left[:0], right[:0], *(np.empty(0, np.int8) for _ in self._comparisons))
        one, other, *levels = (np.concatenate(each) for each in zip(nothing, *parts, strict=True))
        return Reached(one, other, tuple(levels))

    def met(self, comparison: str, left: Array, right: Array) -> dict[int, int]:
        """How many of the pairs reach each level of one comparison, by the levels' numbers, `OPEN` for those that facts do not tell."""
        degrees = self._comparisons[self._places[comparison]]
        counts: dict[int, int] = {}
        for start in range(0, len(left), _PAIRS_AT_A_TIME):
            some = slice(start, start + _PAIRS_AT_A_TIME)
            part = Part(self._facts, {"l": left[some].astype(np.intp) - 1, "r": right[some].astype(np.intp) - 1})
            for number, count in zip(*np.unique(_climb(part, degrees, weighed=False)[0], return_counts=True), strict=True):
                counts[int(number)] = counts.get(int(number), 0) + int(count)
        return counts

    def close(self) -> None:
        """Let go of what is said of profiles."""
        for facts in (self._facts.columns, self._facts.lists, self._facts.marks, self._facts.shares):
            facts.clear()

    def _told(self, left: Array, right: Array, least: float | None) -> tuple[Array, ...]:
        # as wide as NumPy counts places: narrower ones it would widen at every look-up
        part = Part(self._facts, {"l": left.astype(np.intp) - 1, "r": right.astype(np.intp) - 1})
        if least is None:
            return left, right, *(_climb(part, degrees, weighed=False)[0] for degrees in self._comparisons)
        # What is told at once comes first, then what can weigh most: the less the others can add, the sooner a pair is dropped.
        order = sorted(range(len(self._comparisons)), key=lambda place: (len(self._comparisons[place]) > _SHORT, -self._most[place]))
        places, sums, to_come = np.arange(len(left)), np.zeros(len(left)), sum(self._most)
        levels: dict[int, Array] = {}
        for place in order:
            levels[place], highest = _climb(part, self._comparisons[place], weighed=True)
            sums, to_come = sums + highest, to_come - self._most[place]
            keep = np.flatnonzero(sums + to_come >= least - SLACK)
            if place == order[-1] or len(keep) < _FEW * len(places):
                part, places, sums = part.among(keep), places[keep], sums[keep]
                levels = {of: level[keep] for of, level in levels.items()}
        return left[places], right[places], *(levels[place] for place in range(len(levels)))

    def _degrees(self, comparison: Comparison) -> list[_Degree]:
        return [
            _Degree(
                number,
                None if level.when is None else self._conditions.holds(sqlglot.parse_one(level.when, read="duckdb")),
                *self._weight(level, comparison.levels),
            )
            for number, level in zip(_numbers(comparison.levels), comparison.levels, strict=True)
        ]

    def _weight(self, level: Level, levels: tuple[Level, ...]) -> tuple[Said, float]:
        """The weight of a level, with what its value's rarity adds, and the highest it can be."""
        if level.same_person is None or level.two_people is None:
            return _always(0.0), 0.0
        weight = math.log2(level.same_person / level.two_people)
        rare = level.rare_values
        if rare is None:
            return _always(weight), weight
        # Splink counts rarity from the u of the level where the values are equal; no level with rarity has a greater one
        usual = max(each.two_people for each in levels if each.two_people is not None and each.rare_values is not None)
        share = self._facts.want_share(rare.of)
        whole, added, lowest = weight + rare.weight * math.log2(usual), rare.weight, math.log2(rare.least)
        return lambda part: whole - added * np.maximum(np.maximum(part.of(share, "l"), part.of(share, "r")), lowest), whole - added * lowest


def _climb(part: Part, degrees: Sequence[_Degree], *, weighed: bool) -> tuple[Array, Array]:
    """For each pair the level of one comparison, and the highest weight that it can give."""
    level, highest = np.full(len(part), OPEN, np.int8), np.full(len(part), _IMPOSSIBLE if weighed else 0.0)
    is_open, places = np.zeros(len(part), dtype=bool), np.arange(len(part))
    still = np.ones(len(part), dtype=bool)
    for degree in degrees:
        may = still if degree.told is None else still & degree.told.may(part)
        if not may.any():
            continue
        must = may if degree.told is None or degree.told.is_exact else still & degree.told.must(part)
        if weighed:
            weight = degree.weight(part)
            if may.all():
                highest[places] = np.maximum(highest[places], weight)
            else:
                some = np.flatnonzero(may)
                reach = places.take(some)
                highest[reach] = np.maximum(highest[reach], weight.take(some) if weight.ndim else weight)
        level[places if must.all() else places[must]] = degree.number
        if must is not may:
            is_open[places[may & ~must]] = True
        still = still & ~must
        left = int(np.count_nonzero(still))
        if not left:
            break
        if left < _FEW * len(part):
            some = np.flatnonzero(still)
            part, places, still = part.among(some), places[some], np.ones(left, dtype=bool)
    level[is_open] = OPEN
    return level, highest


def _numbers(levels: Sequence[Level]) -> Iterator[int]:
    """Splink's numbers: -1 for what says nothing, the others from the least alike, 0, up."""
    spoken = sum(not level.is_silent for level in levels)
    for level in levels:
        spoken -= not level.is_silent
        yield -1 if level.is_silent else spoken


def _always(weight: float) -> Said:
    return lambda part: np.asarray(weight)
