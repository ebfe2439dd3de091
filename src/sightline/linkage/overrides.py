"""What stewards have decided about two identities, laid over the evidence.

Identities that must be one person are handled as one from before the groups are made; a pair that must not be is forbidden whatever
else speaks for it. Of a pair that is not to be linked nothing is kept either: not the pair, no pair of the two people it parts, and nobody
who might be either of them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.errors import Refused
from sightline.linkage.resolve import LIKENESS, Edges
from sightline.linkage.score import SCORED
from sightline.model.entities import OVERRIDE_SCHEMA
from sightline.model.overrides import OverrideKind

STEWARD = "a steward's decision"
"""What joins or forbids a pair that a steward decided on."""

_WEIGHT = 15.0


class OverridesContradict(Refused):
    """Stewards' decisions contradict one another: some make one person of two identities that another keeps apart."""

    code = "SL-LNK-001"
    hint = "Withdraw one of the overrides named: sightline link override withdraw NUMBER."


@dataclass(frozen=True, slots=True)
class _Pair:
    number: int
    kind: OverrideKind
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What one scored pair says: ``forbidden`` only where nothing can outweigh it."""

    weight: float
    probability: float
    joins: bool
    forbidden: str | None


@dataclass(frozen=True)
class Overrides:
    """The overrides in force whose two identities are both here; members are counted from 1, in the order of identity ids."""

    pairs: tuple[_Pair, ...]
    waiting: int
    """Overrides in force that name an identity which no return here holds."""
    first_of: dict[int, int]
    """For each member that must be one with others the first of them."""

    @classmethod
    def of(cls, table: pa.Table | None, identity_ids: pa.Array) -> Overrides:
        """Find the identities.

        Args:
            table: OVERRIDE_SCHEMA; None when nobody decided anything.
            identity_ids: All identities here, in order.

        Raises:
            OverridesContradict: If they cannot all hold.
        """
        if table is None:
            return cls((), 0, {})
        check_overrides(table)
        in_force = table.filter(table["in_force"])
        ends = [pc.fill_null(pc.index_in(in_force[side], value_set=identity_ids), -1).to_pylist() for side in ("left", "right")]
        rows = zip(in_force["number"].to_pylist(), in_force["kind"].to_pylist(), *ends, strict=True)
        here = tuple(
            _Pair(number, OverrideKind(kind), min(left, right) + 1, max(left, right) + 1)
            for number, kind, left, right in rows
            if left >= 0 and right >= 0
        )
        musts = [(pair.left, pair.right) for pair in here if pair.kind is OverrideKind.MUST_LINK]
        return cls(here, len(in_force) - len(here), {member: min(chain) for chain in _chains(musts) for member in chain})

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def mark(self, scored: pa.Table) -> pa.Table:
        """Write the decisions into scored pairs (SCORED, ordered by left and right), also those that were never scored."""
        if not self:
            return scored
        kinds = {(pair.left, pair.right): pair.kind for pair in self.pairs}
        rows = {(row["left"], row["right"]): row for row in _rows_of(scored, kinds).to_pylist()}
        decided = [_decided(pair, kind, rows.get(pair)) for pair, kind in kinds.items()]
        others = scored.filter(pc.invert(_is_among(scored, kinds)))
        return pa.concat_tables([others, pa.Table.from_pylist(decided, schema=SCORED)]).sort_by(
            [("left", "ascending"), ("right", "ascending")]
        )

    def glue(self, scored: pa.Table) -> pa.Table:
        """The pairs with everybody who must be one person standing as one, under the first of them; in the same order."""
        if not self.first_of:
            return scored
        glued = pa.array(sorted(self.first_of), pa.int64())
        touched = pc.or_(pc.is_in(scored["left"], value_set=glued), pc.is_in(scored["right"], value_set=glued))
        between: dict[tuple[int, int], list[_Evidence]] = defaultdict(list)
        for left, right, evidence in _evidence_of(scored.filter(touched)):
            one, other = self.first_of.get(left, left), self.first_of.get(right, right)
            if one != other:
                between[min(one, other), max(one, other)].append(evidence)
        sizes: dict[int, int] = defaultdict(int)
        for first in self.first_of.values():
            sizes[first] += 1
        rows = [_as_one(pair, edges, max(1, sizes[pair[0]]) * max(1, sizes[pair[1]])) for pair, edges in sorted(between.items())]
        others = scored.filter(pc.invert(touched))
        return pa.concat_tables([others, pa.Table.from_pylist(rows, schema=SCORED)]).sort_by(
            [("left", "ascending"), ("right", "ascending")]
        )

    def spread(self, labels: np.ndarray) -> np.ndarray:
        """Give everybody who must be one person the label of the first of them; ``labels`` has one for each member, in order."""
        spread = labels.copy()
        for member, first in self.first_of.items():
            spread[member - 1] = labels[first - 1]
        return spread

    def visible(self, scored: pa.Table, labels: np.ndarray) -> pa.Table:
        """The pairs that may be kept: nothing that shows that two who are not to be linked might be one."""
        apart = [(int(labels[pair.left - 1]), int(labels[pair.right - 1])) for pair in self.pairs if pair.kind is OverrideKind.DO_NOT_LINK]
        if not apart:
            return scored
        left, right = (labels[scored.column(side).to_numpy() - 1] for side in ("left", "right"))
        # of millions of pairs only those of the people concerned are looked at once for each decision
        concerned = np.unique(np.array(apart))
        near = np.flatnonzero((np.isin(left, concerned) | np.isin(right, concerned)) & (left != right))
        left, right = left[near], right[near]
        hidden = np.zeros(len(near), dtype=bool)
        for pair in apart:
            with_one, with_other = (np.append(left[right == person], right[left == person]) for person in pair)
            might_be = np.union1d(np.intersect1d(with_one, with_other), pair)
            hidden |= np.isin(left, pair) & np.isin(right, might_be) | np.isin(right, pair) & np.isin(left, might_be)
        kept = np.ones(len(scored), dtype=bool)
        kept[near[hidden]] = False
        return scored.filter(pa.array(kept))


def check_overrides(table: pa.Table) -> None:
    """Make sure that all overrides in force can hold together, also by way of others.

    Args:
        table: OVERRIDE_SCHEMA.

    Raises:
        OverridesContradict: Naming the overrides, and nothing of whom they are about.
    """
    rows = table.select(OVERRIDE_SCHEMA.names).filter(table["in_force"]).to_pylist()
    joined: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        if row["kind"] == OverrideKind.MUST_LINK:
            joined[row["left"]].append((row["right"], row["number"]))
            joined[row["right"]].append((row["left"], row["number"]))
    for row in rows:
        if row["kind"] != OverrideKind.MUST_LINK and (way := _way(joined, row["left"], row["right"])):
            numbers = ", ".join(map(str, sorted(way)))
            several = "Overrides" if len(way) > 1 else "Override"
            say = "say" if len(way) > 1 else "says"
            raise OverridesContradict(
                f"{several} {numbers} {say} that two identities are one person, override {row['number']} that they are not."
            )


def _way(joined: dict[str, list[tuple[str, int]]], start: str, end: str) -> list[int]:
    """The overrides that lead from one identity to another; none when nothing does."""
    ways: dict[str, list[int]] = {start: []}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == end:
            return ways[here]
        for there, number in joined.get(here, ()):
            if there not in ways:
                ways[there] = [*ways[here], number]
                waiting.append(there)
    return []


def _chains(musts: Iterable[tuple[int, int]]) -> Iterator[set[int]]:
    """Who must be one person, by way of others too."""
    chain_of: dict[int, set[int]] = {}
    for left, right in musts:
        chain = chain_of.get(left, {left}) | chain_of.get(right, {right})
        for member in chain:
            chain_of[member] = chain
    return iter({id(chain): chain for chain in chain_of.values()}.values())


def _is_among(scored: pa.Table, pairs: Iterable[tuple[int, int]]) -> pa.Array:
    wanted = list(pairs)
    lefts = pa.array([left for left, _ in wanted], pa.int64())
    near = np.flatnonzero(pc.is_in(scored["left"], value_set=lefts).to_numpy())
    found = np.zeros(len(scored), dtype=bool)
    sought = set(wanted)
    left, right = scored["left"].to_numpy(), scored["right"].to_numpy()
    found[[at for at in near.tolist() if (int(left[at]), int(right[at])) in sought]] = True
    return pa.array(found)


def _rows_of(scored: pa.Table, pairs: Iterable[tuple[int, int]]) -> pa.Table:
    return scored.filter(_is_among(scored, pairs))


def _decided(pair: tuple[int, int], kind: OverrideKind, row: dict[str, object] | None) -> dict[str, object]:
    """One pair with the decision in it; its weight stays as the model found it, for whoever learns from decisions."""
    known = row or {"left": pair[0], "right": pair[1], "weight": -_WEIGHT, "probability": 0.0, "pattern": ""}
    if kind is OverrideKind.MUST_LINK:
        return {**known, "probability": 1.0, "rule": STEWARD, "forbidden": None}
    return {**known, "rule": known.get("rule"), "forbidden": STEWARD}


def _evidence_of(scored: pa.Table) -> Iterator[tuple[int, int, _Evidence]]:
    edges = Edges.of(scored)
    sides = (scored.column(name).to_pylist() for name in ("left", "right", "probability", "forbidden"))
    judged = (values.tolist() for values in (edges.evidence, edges.joins, edges.bars))
    for left, right, probability, forbidden, weight, joins, bars in zip(*sides, *judged, strict=True):
        yield left, right, _Evidence(weight, probability, joins, forbidden if bars else None)


def _as_one(pair: tuple[int, int], found: list[_Evidence], pairs: int) -> dict[str, object]:
    """One pair for all between two who each stand for several: what is forbidden to one of them is forbidden, the evidence is the mean."""
    forbidden = next((each.forbidden for each in found if each.forbidden), None)
    weight = (sum(each.weight for each in found) - _WEIGHT * (pairs - len(found))) / pairs
    row = {"left": pair[0], "right": pair[1], "weight": weight, "probability": max(each.probability for each in found)}
    return {**row, "rule": LIKENESS if any(each.joins for each in found) else None, "forbidden": forbidden, "pattern": ""}
