"""Other ways in which the same records may belong to people, as likely as the evidence makes them: what intervals of counts are made from.

Identities that are certainly together are one piece. Pieces that might belong together, or might not, are drawn anew in each replicate:
every way of sharing out up to six pieces is weighed (the product of the pair probabilities that it agrees with), larger tangles pair by
pair. Links that were missed altogether are drawn between people of the same birth year and sex, as many as the miss rates say.

Source: multiple draws of linkage as in Goldstein, Harron and Wade, *The analysis of record-linked data using multiple imputation*,
Statistics in Medicine 31 (2012), and Steorts, Hall and Fienberg, *A Bayesian approach to graphical record linkage*, JASA 111 (2016);
docs/methods/linkage-uncertainty.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sightline.linkage.apart import Doubts, OddsByAgencies, ToldApart, contradicted, in_common
from sightline.linkage.calibrate import Calibration, fates
from sightline.linkage.missed import Agencies, MissRate, draw_shares
from sightline.linkage.score import ONE_AGENCY

REPLICATE_SCHEMA = pa.schema(
    [
        ("replicate", pa.int32()),
        ("after", pa.bool_()),
        ("identity_id", pa.string()),
        ("person_id", pa.string()),
        ("stands_for", pa.string()),
    ]
)
"""For each replicate the people that it changes: as they are linked (``after`` false) and as they might be (``after`` true).

``person_id`` is that of a person in one replicate and on one side, never anybody's id elsewhere; ``stands_for`` is the person (as linked)
whose month of birth, sex, ethnicity and ward are taken for theirs.
"""

# Above it a pair is certain, below it a pair that was kept plays no part.
_CERTAIN, _UNLIKELY = 0.999, 0.01
# A pair nobody weighed, among pieces that hang together by others.
_NOT_WEIGHED = 0.005
_LARGEST_EXACT = 6
# Replicates that share one drawn probability of forbidden pairs being one person.
_WITH_ONE_SHARE = 5
_TRIES = 25


@dataclass(frozen=True)
class Evidence:
    """What replicates are drawn from.

    ``identities`` are all identity ids in order, ``person`` the number of each one's person (0, 1, …) as linked, ``agency`` each one's
    agency, ``person_ids`` the ids of the people by number, ``birth`` a number for each person's birth year and sex (the same number,
    the same year and sex). ``left``, ``right`` and ``probability`` are the pairs, by position in ``identities``; a forbidden pair has
    probability 0, and is two people for sure unless ``doubts`` know better. Two records of one agency that are too little alike to be
    linked are not forbidden here, only unlikely.
    """

    identities: pa.Array
    person: np.ndarray
    agency: np.ndarray
    person_ids: pa.Array
    birth: np.ndarray
    left: np.ndarray
    right: np.ndarray
    probability: np.ndarray
    rates: list[MissRate]
    doubts: Doubts = field(default_factory=Doubts)

    @classmethod
    def of(
        cls,
        links: pa.Table,
        pairs: pa.Table,
        people: pa.Table,
        *,
        agency_of: Mapping[str, str],
        calibration: Calibration,
        rates: list[MissRate],
    ) -> Evidence:
        """Gather the evidence from a linkage's tables.

        Args:
            links: LINK_SCHEMA.
            pairs: PAIR_SCHEMA.
            people: PERSON_SCHEMA.
            agency_of: The agency of each identity.
            calibration: What reviewers found of pairs, and of those that a rule keeps apart.
            rates: What is missed between agencies; empty where that is not known.
        """
        identities = links.column("identity_id").combine_chunks()
        encoded = links.column("person_id").combine_chunks().dictionary_encode()
        position = {identity: place for place, identity in enumerate(identities.to_pylist())}
        born = {
            person: (month.year if month is not None else None, sex)
            for person, month, sex in zip(*(people.column(name).to_pylist() for name in ("person_id", "birth_month", "sex")), strict=True)
        }
        kinds: dict[object, int] = {}
        birth = [kinds.setdefault(born.get(person), len(kinds)) for person in encoded.dictionary.to_pylist()]
        agencies = [agency_of[identity] for identity in identities.to_pylist()]
        sides = [np.array([position[each] for each in pairs.column(side).to_pylist()], dtype=np.int64) for side in ("left", "right")]
        person, agency = encoded.indices.to_numpy().astype(np.int64), np.array(agencies, dtype=object)
        forbidden, owners = pairs.column("forbidden"), {"person": person, "agency": agency}
        linked, common = person[sides[0]] == person[sides[1]], agency[sides[0]] == agency[sides[1]]
        common[~linked] = in_common(*(person[side[~linked]] for side in sides), **owners)
        odds = OddsByAgencies.of(forbidden, linked=linked, common=common)
        probability = calibration.given_links(
            pairs.column("match_probability").to_numpy(),
            fates(linked, common),
            # of one person's records in one agency, which are linked only if they are alike beyond doubt, the likeness has said enough
            odds=np.where(common, np.where(linked, 1.0, odds.known_to_one), odds.strangers),
        )
        two = pc.is_valid(forbidden).to_numpy() & (linked | pc.fill_null(pc.not_equal(forbidden, ONE_AGENCY), True).to_numpy())
        told = {reason: ToldApart(same, two) for reason, same, two in calibration.kept_apart}
        return cls(
            identities=identities,
            person=person,
            agency=agency,
            person_ids=encoded.dictionary,
            birth=np.array(birth, dtype=np.int64),
            left=sides[0],
            right=sides[1],
            probability=np.where(two, 0.0, probability),
            rates=rates,
            doubts=Doubts.of(forbidden, *sides, **owners, told=told),
        )


def draw_replicates(evidence: Evidence, *, rng: np.random.Generator, replicates: int) -> pa.Table:
    """Draw other linkages of the same records; only the people that differ from the linkage as it is are returned.

    The same evidence and the same state of ``rng`` give the same table. Cost grows with uncertain pairs, not with people.

    Returns:
        REPLICATE_SCHEMA, ordered by replicate, before then after.
    """
    pieces = _Pieces.of(evidence)
    changed: list[_Changed] = [[] for _ in range(replicates)]
    # what is not known of forbidden pairs is drawn anew for every few replicates; where nobody looked at any it is the same for all
    step = _WITH_ONE_SHARE if evidence.doubts else replicates
    for start in range(0, replicates, step):
        with_shares, some = pieces.with_shares(evidence.doubts.draw(rng)), changed[start : start + step]
        for size, tangles in sorted(pieces.by_size.items()):
            if size <= _LARGEST_EXACT:
                _draw_exactly(with_shares, np.array(tangles), rng, some)
            else:
                for tangle in tangles:
                    _draw_pair_by_pair(with_shares, tangle, rng, some)
    _draw_missed(evidence, pieces, rng, changed)
    return _as_table(evidence, pieces, changed)


_Changed = list[tuple[list[int], list[list[int]]]]
"""For one replicate: the pieces that a change touches, and how they are shared out afterwards."""


@dataclass(frozen=True)
class _Pieces:
    """Identities that are certainly one person (a piece), and the tangles of pieces that may belong together or not."""

    of_identity: np.ndarray
    person: np.ndarray
    """The person of each piece."""
    by_size: dict[int, list[list[int]]]
    """Tangles of two pieces and more, by size: their pieces in order."""
    likely: dict[tuple[int, int], float]
    """Probability of two pieces (lower number first) being one person."""
    in_tangle: np.ndarray
    doubtful: dict[tuple[int, int], int] = field(default_factory=dict)
    """Two pieces that forbidden pairs part, and nothing surer: the kind of doubt."""

    @classmethod
    def of(cls, evidence: Evidence) -> _Pieces:
        count = len(evidence.identities)
        same = evidence.person[evidence.left] == evidence.person[evidence.right]
        sure = same & (evidence.probability >= _CERTAIN)
        pieces, of_identity = _connected(count, evidence.left[sure], evidence.right[sure])
        person = np.zeros(pieces, dtype=np.int64)
        person[of_identity] = evidence.person
        open_ = ~sure & (same | (evidence.probability >= _UNLIKELY) | (evidence.probability == 0))
        left, right = of_identity[evidence.left[open_]], of_identity[evidence.right[open_]]
        apart = left != right
        low, high = np.minimum(left, right)[apart], np.maximum(left, right)[apart]
        # a forbidden pair inside a person was outweighed by others there, and says nothing more
        outweighed = (same & (evidence.probability == 0))[open_][apart]
        kind = evidence.doubts.kind_of(len(evidence.left))[open_][apart]
        given = np.where(outweighed, 0.5, evidence.probability[open_][apart])
        likely = _together(low, high, given, pieces)
        doubtful = _in_doubt(low, high, given, kind, pieces)
        likely |= {pair: evidence.doubts.mean(each) for pair, each in doubtful.items()}
        # pieces that only a forbidden pair brings near one another are no tangle: nothing draws them together
        may = [pair for pair, probability in likely.items() if probability > 0]
        tied = [*may, *_within_people(person)]
        ends = np.array(tied, dtype=np.int64).reshape(-1, 2)
        _, tangle = _connected(pieces, ends[:, 0], ends[:, 1])
        members: dict[int, list[int]] = defaultdict(list)
        in_tangle = np.zeros(pieces, dtype=bool)
        in_tangle[ends.ravel()] = True
        for piece in np.flatnonzero(in_tangle).tolist():
            members[int(tangle[piece])].append(piece)
        by_size: dict[int, list[list[int]]] = defaultdict(list)
        for each in members.values():
            by_size[len(each)].append(each)
        return cls(of_identity, person, dict(by_size), likely, in_tangle, doubtful)

    def with_shares(self, shares: np.ndarray) -> _Pieces:
        """The same where each kind of doubtful pair is one person with these probabilities."""
        return replace(self, likely=self.likely | {pair: float(shares[kind]) for pair, kind in self.doubtful.items()})

    def probability(self, one: int, other: int) -> float:
        return self.likely.get((one, other) if one < other else (other, one), _NOT_WEIGHED)


def _connected(count: int, left: np.ndarray, right: np.ndarray) -> tuple[int, np.ndarray]:
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    found, labels = connected_components(graph, directed=False)
    # scipy numbers components in 32 bits, which the number of a pair of them does not fit into
    return int(found), labels.astype(np.int64)


def _together(low: np.ndarray, high: np.ndarray, probability: np.ndarray, pieces: int) -> dict[tuple[int, int], float]:
    """One probability for two pieces with several pairs between them: from their mean evidence, as groups are joined; 0 if one forbids."""
    key = low * pieces + high
    keys, inverse = np.unique(key, return_inverse=True)
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    logits = np.log(clipped / (1 - clipped))
    sums = np.bincount(inverse, weights=logits, minlength=len(keys))
    counts = np.bincount(inverse, minlength=len(keys))
    forbids = np.bincount(inverse, weights=probability == 0, minlength=len(keys)) > 0
    mean = np.where(forbids, 0.0, 1 / (1 + np.exp(-sums / np.maximum(counts, 1))))
    return {(int(each // pieces), int(each % pieces)): float(value) for each, value in zip(keys.tolist(), mean.tolist(), strict=True)}


def _in_doubt(low: np.ndarray, high: np.ndarray, probability: np.ndarray, kind: np.ndarray, pieces: int) -> dict[tuple[int, int], int]:
    """The kind of doubt about two pieces with forbidden pairs between them, if each of these is in doubt; the kind of the first."""
    key = low * pieces + high
    for_sure = np.unique(key[(probability == 0) & (kind < 0)])
    chosen = (kind >= 0) & ~np.isin(key, for_sure)
    keys, first = np.unique(key[chosen], return_index=True)
    return {
        (int(each // pieces), int(each % pieces)): int(value)
        for each, value in zip(keys.tolist(), kind[chosen][first].tolist(), strict=True)
    }


def _within_people(person: np.ndarray) -> Iterator[tuple[int, int]]:
    """Pieces that are one person as linked hang together, whatever their pairs say."""
    order = np.argsort(person, kind="stable")
    same = person[order[1:]] == person[order[:-1]]
    yield from zip(order[:-1][same].tolist(), order[1:][same].tolist(), strict=True)


@cache
def _ways(size: int) -> tuple[tuple[int, ...], ...]:
    """Every way of sharing ``size`` things out, as the number of the share each falls to (restricted growth strings)."""

    def grow(start: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(start) == size:
            yield start
            return
        for share in range(max(start, default=-1) + 2):
            yield from grow((*start, share))

    return tuple(grow(()))


def _draw_exactly(pieces: _Pieces, tangles: np.ndarray, rng: np.random.Generator, changed: list[_Changed]) -> None:
    """Weigh every way of sharing out each tangle of one size, and draw one for each replicate."""
    count, size = tangles.shape
    ways = np.array(_ways(size))
    ends = list(combinations(range(size), 2))
    joined = np.stack([ways[:, one] == ways[:, other] for one, other in ends], axis=1).astype(float)
    probability = np.array([[pieces.probability(tangle[one], tangle[other]) for one, other in ends] for tangle in tangles.tolist()])
    likely = np.clip(probability, 1e-12, 1 - 1e-9)
    scores = np.log(likely) @ joined.T + np.log1p(-likely) @ (1 - joined).T
    scores -= scores.max(axis=1, keepdims=True)
    shares = np.exp(scores)
    running = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    persons = pieces.person[tangles]
    as_linked = np.stack([persons[:, one] == persons[:, other] for one, other in ends], axis=1)
    present = (as_linked[:, None, :] == (joined > 0)[None, :, :]).all(axis=2).argmax(axis=1)
    for replicate, drawn in enumerate(rng.random((len(changed), count))):
        way = np.minimum((running < drawn[:, None]).sum(axis=1), len(ways) - 1)
        for place in np.flatnonzero(way != present).tolist():
            tangle = tangles[place].tolist()
            changed[replicate].append((tangle, _shared_out(tangle, ways[way[place]].tolist())))


def _shared_out(tangle: list[int], way: list[int]) -> list[list[int]]:
    shares: dict[int, list[int]] = defaultdict(list)
    for piece, share in zip(tangle, way, strict=True):
        shares[share].append(piece)
    return list(shares.values())


def _draw_pair_by_pair(pieces: _Pieces, tangle: list[int], rng: np.random.Generator, changed: list[_Changed]) -> None:
    """A tangle too large to weigh whole: its pairs in random order, each drawn by itself, none that brings a forbidden pair together."""
    pairs = [(one, other, pieces.likely[one, other]) for one, other in combinations(tangle, 2) if (one, other) in pieces.likely]
    forbidden = {(one, other) for one, other, probability in pairs if probability == 0}
    before = sorted(_shared_out(tangle, [int(pieces.person[piece]) for piece in tangle]))
    for replicate in changed:
        group = {piece: [piece] for piece in tangle}
        for place in rng.permutation(len(pairs)).tolist():
            one, other, probability = pairs[place]
            if group[one] is group[other] or rng.random() >= probability:
                continue
            if any((min(a, b), max(a, b)) in forbidden for a in group[one] for b in group[other]):
                continue
            whole = group[one] + group[other]
            group.update(dict.fromkeys(whole, whole))
        after = sorted({id(each): sorted(each) for each in group.values()}.values())
        if after != before:
            replicate.append((tangle, after))


def _draw_missed(evidence: Evidence, pieces: _Pieces, rng: np.random.Generator, changed: list[_Changed]) -> None:
    """Draw as many links between people of one birth year and sex as the miss rates say are missing, beside what tangles already draw."""
    shares = draw_shares(evidence.rates, rng, len(changed))
    if not shares:
        return
    budgets = _missed_pairs(evidence, shares)
    town = _Town.of(evidence, pieces)
    for replicate, joins in enumerate(changed):
        wanted = {each: int(rng.poisson(amounts[replicate])) for each, amounts in sorted(budgets.items())}
        used: set[int] = set()
        for one, other in sorted(wanted, key=lambda each: (-wanted[each], each)):
            failed = 0
            while wanted[one, other] > 0 and failed < 3:
                both = town.two_people(one, other, rng, used)
                if both is None:
                    failed += 1
                    continue
                used.update(both)
                for each in town.agency_pairs(*both):
                    if each in wanted:
                        wanted[each] -= 1
                touched = [*town.pieces_of[both[0]], *town.pieces_of[both[1]]]
                joins.append((touched, [touched]))


def _missed_pairs(evidence: Evidence, shares: Mapping[Agencies, np.ndarray]) -> dict[Agencies, np.ndarray]:
    """Expected pairs that are missed and that no tangle draws, for each two agencies and replicate."""
    apart = evidence.person[evidence.left] != evidence.person[evidence.right]
    apart &= ~contradicted(evidence.left, evidence.right, evidence.probability == 0, person=evidence.person)
    drawn_already: dict[Agencies, float] = defaultdict(float)
    for left, right, probability in zip(
        evidence.left[apart].tolist(), evidence.right[apart].tolist(), evidence.probability[apart].tolist(), strict=True
    ):
        drawn_already[_two(evidence.agency[left], evidence.agency[right])] += probability
    for row, kind in zip(evidence.doubts.rows.tolist(), evidence.doubts.kinds.tolist(), strict=True):
        both = _two(evidence.agency[evidence.left[row]], evidence.agency[evidence.right[row]])
        drawn_already[both] += evidence.doubts.mean(kind)
    return {
        rate.agencies: np.maximum(rate.missed(shares[rate.agencies]) - drawn_already[rate.agencies], 0)
        for rate in evidence.rates
        if rate.agencies[0] != rate.agencies[1]
    }


def _two(one: str, other: str) -> Agencies:
    return (one, other) if one <= other else (other, one)


@dataclass(frozen=True)
class _Town:
    """People outside every tangle, by agency and by birth year and sex: between whom a missed link may be drawn."""

    agencies_of: dict[int, tuple[str, ...]]
    pieces_of: dict[int, list[int]]
    birth: np.ndarray
    known_to: dict[str, list[int]]
    born_alike: dict[tuple[str, int], list[int]]

    @classmethod
    def of(cls, evidence: Evidence, pieces: _Pieces) -> _Town:
        agencies: dict[int, list[str]] = defaultdict(list)
        pieces_of: dict[int, list[int]] = {}
        outside = ~pieces.in_tangle[pieces.of_identity]
        for place in np.flatnonzero(outside).tolist():
            person = int(evidence.person[place])
            agencies[person].append(evidence.agency[place])
            pieces_of[person] = [int(pieces.of_identity[place])]
        known_to: dict[str, list[int]] = defaultdict(list)
        born_alike: dict[tuple[str, int], list[int]] = defaultdict(list)
        for person, held in agencies.items():
            for agency in sorted(set(held)):
                known_to[agency].append(person)
                born_alike[agency, int(evidence.birth[person])].append(person)
        return cls({person: tuple(held) for person, held in agencies.items()}, pieces_of, evidence.birth, dict(known_to), dict(born_alike))

    def two_people(self, one: str, other: str, rng: np.random.Generator, used: set[int]) -> tuple[int, int] | None:
        """Somebody whom ``one`` agency knows and somebody alike whom the ``other`` knows, sharing no agency; None if none is met."""
        pool = self.known_to.get(one, [])
        for _ in range(_TRIES if pool else 0):
            person = pool[int(rng.integers(len(pool)))]
            alike = self.born_alike.get((other, int(self.birth[person])), [])
            if person in used or not alike:
                continue
            candidate = alike[int(rng.integers(len(alike)))]
            if candidate != person and candidate not in used and not set(self.agencies_of[person]) & set(self.agencies_of[candidate]):
                return person, candidate
        return None

    def agency_pairs(self, one: int, other: int) -> list[Agencies]:
        return [_two(first, second) for first in self.agencies_of[one] for second in self.agencies_of[other]]


def _as_table(evidence: Evidence, pieces: _Pieces, changed: list[_Changed]) -> pa.Table:
    order = np.argsort(pieces.of_identity, kind="stable")
    starts = np.searchsorted(pieces.of_identity[order], np.arange(len(pieces.person) + 1))
    rows: list[tuple[int, bool, int, str, int]] = []
    for replicate, changes in enumerate(changed):
        for number, (touched, shares) in enumerate(changes):
            for side, groups in ((False, _shared_out(touched, pieces.person[touched].tolist())), (True, shares)):
                for part, group in enumerate(groups):
                    members = np.concatenate([order[starts[piece] : starts[piece + 1]] for piece in group])
                    like = _commonest(evidence.person[members])
                    person = f"{replicate}{'+' if side else '-'}:{number}.{part}"
                    rows += [(replicate, side, int(member), person, like) for member in members]
    rows.sort(key=lambda row: (row[0], row[1], row[3], row[2]))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return pa.table(
        [
            pa.array(columns[0], pa.int32()),
            pa.array(columns[1], pa.bool_()),
            evidence.identities.take(pa.array(columns[2], pa.int64())),
            pa.array(columns[3], pa.string()),
            evidence.person_ids.take(pa.array(columns[4], pa.int64())),
        ],
        schema=REPLICATE_SCHEMA,
    )


def _commonest(persons: np.ndarray) -> int:
    values, counts = np.unique(persons, return_counts=True)
    return int(values[counts.argmax()])
