"""Which pairs people look at: those whose change would matter most, all of them, and of the rest a sample drawn stratum by stratum.

Pairs that matter most are a stratum of their own in which every pair is taken, so that choosing them on purpose biases no estimate. In the
other strata each pair has the same chance, and stands for ``population / drawn`` pairs. docs/methods/clerical-review.md says why so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.linkage.overrides import STEWARD
from sightline.linkage.resolve import LIKENESS

BANDS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.9, 0.97, 0.999, 1.0)
"""Edges of the bands of the model's probability; the cut is one more, so that no band lies on both sides of it."""
MATTER_MOST = "matter most"
_KINDS = ("joined by a number", "joined by likeness", "not joined", "forbidden")
_NUMBER, _LIKENESS, _NOT_JOINED, _FORBIDDEN = range(len(_KINDS))
# Each stratum gets four pairs or so on average, or its estimate would hang on one of them.
_PAIRS_TO_A_STRATUM = 4
_FEWEST = 2
# A stratum of which the model is sure is looked at all the same: the model may be wrong.
_LEAST_SPREAD = 0.1
# What a pair would change is worked out for the likeliest mistakes only; among twenty times as many as wanted are the weightiest.
_CANDIDATES = 20


def is_of_forbidden_pairs(stratum: str) -> bool:
    """Whether a stratum, by its name, holds pairs that something parts whatever the model says.

    >>> is_of_forbidden_pairs("0.9 to 0.97, forbidden, csc and police")
    True
    """
    return stratum.split(", ")[1:2] == [_KINDS[_FORBIDDEN]]


@dataclass(frozen=True)
class Weighed:
    """The pairs that may be drawn, and what they join. Identities are numbers; ``agency`` and ``person`` are by identity."""

    rows: np.ndarray
    left: np.ndarray
    right: np.ndarray
    agency: np.ndarray
    agencies: tuple[str, ...]
    person: np.ndarray
    probability: np.ndarray
    weight: np.ndarray
    kind: np.ndarray

    @classmethod
    def of(cls, pairs: pa.Table, links: pa.Table, agency_of: Mapping[str, str]) -> Weighed:
        """Leave out what a steward has decided, for there the model is not asked.

        Args:
            pairs: PAIR_SCHEMA.
            links: LINK_SCHEMA, with every identity of the pairs.
            agency_of: The agency of every identity.
        """
        decided = [pc.fill_null(pc.equal(pairs.column(name), STEWARD), fill_value=False) for name in ("rule", "forbidden")]
        free = pc.invert(pc.or_(*decided))
        rows = np.flatnonzero(free.to_numpy().astype(bool))
        pairs = pairs.filter(free)
        identities = pc.unique(pa.chunked_array([*pairs.column("left").chunks, *pairs.column("right").chunks], pa.string()))
        held = pa.array([agency_of[identity] for identity in identities.to_pylist()], pa.string())
        agencies = tuple(sorted(pc.unique(held).to_pylist()))
        persons = links.column("person_id").combine_chunks().dictionary_encode().indices
        where = pc.index_in(identities, value_set=links.column("identity_id"))
        return cls(
            rows=rows,
            left=pc.index_in(pairs.column("left"), value_set=identities).to_numpy(),
            right=pc.index_in(pairs.column("right"), value_set=identities).to_numpy(),
            agency=pc.index_in(held, value_set=pa.array(agencies, pa.string())).cast(pa.int64()).to_numpy(),
            agencies=agencies,
            person=pc.take(persons, where).to_numpy(zero_copy_only=False),
            probability=pairs.column("match_probability").to_numpy(),
            weight=pairs.column("match_weight").to_numpy(),
            kind=_kinds(pairs),
        )

    @property
    def linked(self) -> np.ndarray:
        """Whether both identities of each pair belong to one person."""
        same: np.ndarray = self.person[self.left] == self.person[self.right]
        return same

    @property
    def joins(self) -> np.ndarray:
        """Whether a pair joins by itself."""
        return np.isin(self.kind, (_NUMBER, _LIKENESS))


@dataclass(frozen=True)
class Sample:
    """Pairs in the order in which they are shown, which tells nothing of where they came from. All but ``of`` are one value for each pair.

    ``rows`` are rows of the table of pairs; ``population`` is the size of the pair's stratum, ``weight`` how many pairs it stands for.
    """

    rows: np.ndarray
    strata: tuple[str, ...]
    population: np.ndarray
    weight: np.ndarray
    matters: np.ndarray
    of: int


def draw_sample(weighed: Weighed, *, cut: float, size: int, matter_most: int, rng: np.random.Generator) -> Sample:
    """Draw pairs for review; the weights of all drawn add up to the number of pairs there are.

    Args:
        weighed: The pairs.
        cut: The probability at which the linkage joins.
        size: How many to draw at random; a few more when there are many strata, because each gets two.
        matter_most: How many to take because of what they would change.
        rng: Draws; the same generator draws the same pairs.
    """
    chosen = matters_most(weighed, cut=cut, most=matter_most)
    rest = np.setdiff1d(np.arange(len(weighed.rows)), chosen)
    stratum_of, names = _strata(weighed, rest, sorted({*BANDS, cut}), most=max(size // _PAIRS_TO_A_STRATUM, 1))
    sizes = np.bincount(stratum_of, minlength=len(names))
    numbers = _allocate(sizes, _spread(weighed.probability[rest], stratum_of, sizes), size)
    places = [chosen]
    strata, population, weight = [MATTER_MOST] * len(chosen), [len(chosen)] * len(chosen), [1.0] * len(chosen)
    for stratum, (name, held, wanted) in enumerate(zip(names, sizes.tolist(), numbers.tolist(), strict=True)):
        places.append(rest[rng.choice(np.flatnonzero(stratum_of == stratum), wanted, replace=False)])
        strata += [name] * wanted
        population += [held] * wanted
        weight += [held / wanted] * wanted
    drawn = np.concatenate(places)
    order = rng.permutation(len(drawn))
    return Sample(
        rows=weighed.rows[drawn[order]],
        strata=tuple(strata[place] for place in order.tolist()),
        population=np.array(population, dtype=np.int64)[order],
        weight=np.array(weight, dtype=np.float64)[order],
        matters=order < len(chosen),
        of=len(weighed.rows),
    )


def matters_most(weighed: Weighed, *, cut: float, most: int) -> np.ndarray:
    """Places of the pairs most worth a look, half for what they would change and half for lying nearest the cut; in order of place.

    What a pair would change: the people it holds together or would join, and the pairs of agencies whose common children it adds or
    takes away, times the chance that the model is wrong about it.
    """
    open_to_doubt = np.flatnonzero(np.isin(weighed.kind, (_LIKENESS, _NOT_JOINED)))
    wrong = np.where(weighed.linked, 1 - weighed.probability, weighed.probability)[open_to_doubt]
    likely = open_to_doubt[np.argsort(-wrong, kind="stable")[: most * _CANDIDATES]]
    effects = np.array([_effect(weighed, place, around) for place, around in _surroundings(weighed, likely)], dtype=np.float64)
    worth = effects * np.where(weighed.linked, 1 - weighed.probability, weighed.probability)[likely]
    first = likely[np.argsort(-worth, kind="stable")]
    first = first[: np.count_nonzero(worth)][: most // 2]
    others = np.setdiff1d(open_to_doubt, first)
    nearest = others[np.argsort(np.abs(weighed.weight[others] - np.log2(cut / (1 - cut))), kind="stable")]
    return np.sort(np.concatenate([first, nearest[: most - len(first)]]))


def _kinds(pairs: pa.Table) -> np.ndarray:
    rule, forbidden = pairs.column("rule"), pairs.column("forbidden")
    likeness = pc.fill_null(pc.equal(rule, LIKENESS), fill_value=False).to_numpy().astype(bool)
    ruled, barred = (column.is_valid().to_numpy().astype(bool) for column in (rule, forbidden))
    return np.where(barred, _FORBIDDEN, np.where(likeness, _LIKENESS, np.where(ruled, _NUMBER, _NOT_JOINED)))


@dataclass(frozen=True)
class _Around:
    """The identities of the people a pair is between, and the pairs that join them but for that one."""

    one: frozenset[int]
    other: frozenset[int]
    joined: tuple[tuple[int, int], ...]


def _surroundings(weighed: Weighed, places: np.ndarray) -> Iterable[tuple[int, _Around]]:
    ends = np.concatenate([weighed.left[places], weighed.right[places]])
    people = np.unique(weighed.person[ends])
    members: dict[int, set[int]] = defaultdict(set)
    for identity in np.flatnonzero(np.isin(weighed.person, people)).tolist():
        members[int(weighed.person[identity])].add(identity)
    held: dict[int, list[int]] = defaultdict(list)
    for edge in np.flatnonzero(weighed.joins & weighed.linked & np.isin(weighed.person[weighed.left], people)).tolist():
        held[int(weighed.person[weighed.left[edge]])].append(edge)
    for place in places.tolist():
        one, other = (int(weighed.person[side[place]]) for side in (weighed.left, weighed.right))
        edges = tuple((int(weighed.left[edge]), int(weighed.right[edge])) for edge in held[one] if edge != place) if one == other else ()
        yield place, _Around(frozenset(members[one]), frozenset(members[other]), edges)


def _effect(weighed: Weighed, place: int, around: _Around) -> int:
    """How many counts a pair would change: of people, and of children common to two agencies."""
    one, other = around.one, around.other
    if one == other:
        one = _reached(int(weighed.left[place]), around.joined)
        other = around.other - one
        if int(weighed.right[place]) in one:
            return 0
    here, there = ({int(weighed.agency[identity]) for identity in side} for side in (one, other))
    apart = {(min(a, b), max(a, b)) for a, b in product(here, there) if a != b and not {a, b} <= here and not {a, b} <= there}
    return 1 + len(apart)


def _reached(start: int, edges: Iterable[tuple[int, int]]) -> frozenset[int]:
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in edges:
        near[one].add(other)
        near[other].add(one)
    found, waiting = {start}, [start]
    while waiting:
        new = near[waiting.pop()] - found
        found |= new
        waiting += new
    return frozenset(found)


def _strata(weighed: Weighed, places: np.ndarray, edges: Sequence[float], *, most: int) -> tuple[np.ndarray, list[str]]:
    """The stratum of each pair, and their names: a band, what joined or parted the pair, and its two agencies.

    Where that makes more strata than ``most``, the smallest pairs of agencies are taken together within their band and kind.
    """
    if not len(places):
        return np.zeros(0, dtype=np.int64), []
    bands, kinds, agencies = len(edges) - 1, len(_KINDS), len(weighed.agencies)
    band = np.clip(np.searchsorted(edges, weighed.probability[places], side="right") - 1, 0, bands - 1)
    one, other = (weighed.agency[side[places]] for side in (weighed.left, weighed.right))
    cell = band * kinds + weighed.kind[places]
    fine, finer_of, sizes = np.unique(
        (cell * agencies + np.minimum(one, other)) * agencies + np.maximum(one, other), return_inverse=True, return_counts=True
    )
    cells = fine // agencies**2
    for least in [0, *np.unique(sizes + 1).tolist()]:
        merged = np.where(sizes < least, -1 - cells, fine)
        if len(np.unique(merged)) <= most or least > sizes.max():
            break
    codes, stratum = np.unique(merged[finer_of], return_inverse=True)
    names = []
    for code in codes.tolist():
        parts = fine[merged == code]
        low, high = list(pairwise(edges))[int(parts[0]) // agencies**2 // kinds]
        between = "several pairs of agencies" if len(parts) > 1 else _between(weighed.agencies, int(parts[0]) % agencies**2)
        names.append(f"{low:g} to {high:g}, {_KINDS[int(parts[0]) // agencies**2 % kinds]}, {between}")
    return stratum, names


def _between(agencies: tuple[str, ...], both: int) -> str:
    one, other = divmod(both, len(agencies))
    return f"within {agencies[one]}" if one == other else f"{agencies[one]} and {agencies[other]}"


def _spread(probability: np.ndarray, stratum_of: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    mean = np.bincount(stratum_of, weights=probability, minlength=len(sizes)) / np.maximum(sizes, 1)
    spread: np.ndarray = np.maximum(np.sqrt(mean * (1 - mean)), _LEAST_SPREAD)
    return spread


def _allocate(sizes: np.ndarray, spread: np.ndarray, size: int) -> np.ndarray:
    """How many to draw from each stratum.

    In proportion to the spread expected in it and to the square root of its size (power allocation, Bankier 1988: between treating all
    pairs alike and all strata alike), but two from each that has them.
    """
    numbers: np.ndarray = np.minimum(sizes, _FEWEST)
    wanted = np.sqrt(sizes) * spread
    for _ in range(min(size, int(sizes.sum())) - int(numbers.sum())):
        numbers[np.argmax(np.where(numbers < sizes, wanted / (numbers + 0.5), -1.0))] += 1
    return numbers
