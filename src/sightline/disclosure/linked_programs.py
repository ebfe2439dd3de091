"""Whole-number programs for counts that are parts of several wholes at a time; HiGHS solves them.

Every count goes to the multiple below or above it. Where no such rounding keeps all sums, counts may go one multiple further either way, as
few of them as can be; none of them to 0, which is printed "0 to 4".

Method page: docs/methods/rounding-and-withholding.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from sightline.disclosure.linked import Family, Kind, Name
from sightline.disclosure.linked_trees import BASE

FURTHER = 100_000.0
GAP = 1e-7
"""Of all costs together: what one number costs that is shown otherwise than before must not be lost in it."""
MOST_NODES = 2_000
"""A limit of work and not of time, so that the same counts give the same answer on any machine."""


def solve_island(
    counts: Mapping[Name, int], leanings: Mapping[Name, float], caps: Mapping[Name, int], families: Sequence[Family], *, further: bool
) -> tuple[dict[Name, int] | None, bool]:
    """Round the counts together; None where there is no rounding. The second says whether some had to go further than a multiple.

    Args:
        further: Whether they may, where there is no other way.
    """
    for is_wide in (False, True)[: 1 + further]:
        found = _Program(list(leanings), counts, leanings, caps, families, further=is_wide).solved()
        if found is not None:
            return found, is_wide
    return None, True


class _Program:
    """Columns: for each count whether it goes up, then (where they may) whether one further up, then one further down."""

    def __init__(
        self,
        names: Sequence[Name],
        counts: Mapping[Name, int],
        leanings: Mapping[Name, float],
        caps: Mapping[Name, int],
        families: Sequence[Family],
        *,
        further: bool,
    ) -> None:
        self.names, self.further = names, further
        self.place = {name: place for place, name in enumerate(names)}
        self.floors = np.array([counts[name] // BASE for name in names], dtype=np.int64)
        self.most = np.array([caps[name] // BASE for name in names], dtype=np.int64) - self.floors
        self.free = np.array([counts[name] % BASE > 0 for name in names])
        self.counted = np.array([counts[name] > 0 for name in names])
        self.costs = -np.array([leanings[name] for name in names])
        self.rows: list[tuple[list[int], list[float], float, float]] = []
        for family in families:
            self._family(family)

    def _family(self, family: Family) -> None:
        whole, parts = self.place[family.whole], [self.place[part] for part in family.parts]
        if family.kind is not Kind.INSIDE:
            missing = float(self.floors[whole] - self.floors[parts].sum())
            self.rows.append(([*parts, whole], [*[1.0] * len(parts), -1.0], missing, missing if family.kind is Kind.SUM else np.inf))
        if family.kind is not Kind.SUM:
            for part in parts:
                self.rows.append(([part, whole], [1.0, -1.0], -np.inf, float(self.floors[whole] - self.floors[part])))

    def solved(self) -> dict[Name, int] | None:
        size, signs = len(self.names), (1, 1, -1) if self.further else (1,)
        upper = np.where(self.free, np.clip(self.most, 0, 1), 0).astype(np.float64)
        costs, uppers = [self.costs], [upper]
        if self.further:
            up = self.counted & (self.most > 0)
            costs += [np.full(size, FURTHER), np.full(size, FURTHER)]
            uppers += [up.astype(np.float64), (self.floors > 1).astype(np.float64)]
        one = self._matrix(size)
        limits = LinearConstraint(
            sparse.hstack([one * sign for sign in signs], format="csr"), [row[2] for row in self.rows], [row[3] for row in self.rows]
        )
        cost = np.concatenate(costs)
        answer = milp(
            cost,
            integrality=np.ones(len(cost)),
            bounds=Bounds(np.zeros(len(cost)), np.concatenate(uppers)),
            constraints=limits if self.rows else (),
            options={"node_limit": MOST_NODES, "mip_rel_gap": GAP},
        )
        if answer.x is None:
            return None
        moved = np.rint(answer.x).astype(np.int64).reshape(len(signs), size)
        values = self.floors + sum(sign * each for sign, each in zip(signs, moved, strict=True))
        return {name: int(value) * BASE for name, value in zip(self.names, values, strict=True)}

    def _matrix(self, size: int) -> sparse.csr_array:
        rows = np.repeat(np.arange(len(self.rows)), [len(row[0]) for row in self.rows])
        columns = np.array([column for row in self.rows for column in row[0]], dtype=np.int64)
        values = np.array([value for row in self.rows for value in row[1]])
        return sparse.csr_array((values, (rows, columns)), shape=(len(self.rows), size))
