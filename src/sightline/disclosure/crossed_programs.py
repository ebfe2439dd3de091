"""The whole-number program of crossed tables: atoms go to the multiple of 5 below or above, so that every sum does too.

Several tables of one count are rounded at once, as they share margins. The total and single breakdowns always go to a multiple beside the
truth, because the gate shows them too. Cells of two and more breakdowns do where that can be; where it cannot, as few as possible go one
multiple further. HiGHS solves it, and stops after work and not after time: the same counts give the same answer on any machine.

Method page: docs/methods/tables-to-ask.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from sightline.disclosure.linked import Name

BASE = 5
NOISE, LOTTERY = 0.1, 64
"""As for one cube: see `sightline.disclosure.rounding`."""
KEEP = 60.0
"""What it costs to move a number that the release before showed, and that still fits."""
FURTHER = 1_000.0
MOST_NODES = 500
GAP = 0.002

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Part:
    """One table: names of its cells, its atoms, cells by atoms, which cells are single breakdowns, and the names of its atoms."""

    names: Sequence[Name]
    atoms: Numbers
    sums: sparse.csr_array
    singles: NDArray[np.intp]
    atom_names: Sequence[Name]


@dataclass(frozen=True, eq=False)
class Found:
    """Rounded atoms of every table, and whether some cell had to go further than the multiples beside it."""

    atoms: list[Numbers]
    is_wide: bool


Cover = tuple[Name, tuple[Name, ...]]
"""A number and those that overlap in it and leave nothing out: a rolling year and its quarters."""


def round_parts(
    parts: Sequence[Part], *, caps: Mapping[Name, int], earlier: Mapping[Name, int], key: bytes, covers: Sequence[Cover] = ()
) -> Found | None:
    """Round the tables together; None where no rounding was found.

    Args:
        covers: Of which no part is to be shown above the whole, nor the whole above all parts together.
        caps: What a cell must not be shown above.
        earlier: What the release before showed.
        key: Secret, at least 16 bytes.
    """
    secret = hashlib.blake2b(key, digest_size=32).digest()
    columns = [_Columns(part, caps, earlier, secret) for part in parts]
    for further in (False, True):
        found = _solve(columns, covers, further=further)
        if found is not None:
            return found
    return None


class _Columns:
    """The free atoms of one table, what rounding each up costs, and the bounds of every sum of them."""

    def __init__(self, part: Part, caps: Mapping[Name, int], earlier: Mapping[Name, int], secret: bytes) -> None:
        self.part = part
        flat = part.atoms.ravel()
        self.free = np.flatnonzero(flat % BASE)
        self.floors = flat // BASE
        residues = flat[self.free] % BASE
        incidence = sparse.csr_array(part.sums[:, self.free])
        self.base = part.sums @ self.floors
        sums = incidence @ residues
        many = np.diff(incidence.indptr)
        self.is_single = np.zeros(len(part.names), dtype=bool)
        self.is_single[part.singles] = True
        self.least, self.most = sums // BASE, -(-sums // BASE)
        if caps:
            for place in part.singles.tolist():
                cap = caps.get(part.names[place])
                if cap is not None:
                    self.most[place] = min(self.most[place], cap // BASE - self.base[place])
        self.rows = np.flatnonzero((many > 1) | (self.is_single & (many > 0) & (self.most < many)))
        """Sums that not every choice keeps; where atoms may go further, every sum can be broken."""
        self.incidence = incidence
        left = sums % BASE
        slopes = np.where(left == 0, 0.0, BASE - 2.0 * left) + self._kept(earlier, part.sums @ flat, secret)
        self.costs = incidence.T @ slopes + self._noise(secret, np.diff(incidence.tocsc().indptr))

    def _kept(self, earlier: Mapping[Name, int], true: Numbers, secret: bytes) -> NDArray[np.float64]:
        """What leaving an earlier number costs: a cell goes to one of two multiples, so this is a slope like that of its error.

        Of one in `LOTTERY` the key decides alone: if all stayed that can, a 5 that became a 0 would tell that there are none left.
        """
        kept = np.zeros(len(self.part.names))
        for place, name in enumerate(self.part.names) if earlier else ():
            before = earlier.get(name)
            steps = None if before is None else before // BASE - self.base[place]
            if steps in (self.least[place], self.most[place]) and self.least[place] < self.most[place]:
                told = f"{name} {true[place]} after {before}".encode()
                drawn = int.from_bytes(hashlib.blake2b(told, digest_size=8, key=secret).digest(), "little")
                up = bool(drawn >> 32 & 1) if (drawn >> 33) % LOTTERY == 0 else steps == self.most[place]
                kept[place] = -KEEP if up else KEEP
        return kept

    def _noise(self, secret: bytes, cells: NDArray[np.int32]) -> NDArray[np.float64]:
        digests = b"".join(
            hashlib.blake2b(self.part.atom_names[atom].encode(), digest_size=8, key=secret).digest() for atom in self.free.tolist()
        )
        drawn = np.frombuffer(digests, dtype="<u4").reshape(-1, 2)
        little = (drawn[:, 0] / 2.0**31 - 1) * NOISE * BASE
        alone = np.where(drawn[:, 1] % 2, 1, -1) * BASE * cells
        return np.where(drawn[:, 1] // 2 % LOTTERY == 0, alone, little)


def _solve(tables: Sequence[_Columns], covers: Sequence[Cover], *, further: bool) -> Found | None:
    """One program. Its columns: which free atoms go up; which cells go one multiple further up, or down; and, where nothing else helps,
    which atoms that count somebody go one further up, or down (none of them to 0)."""
    starts = np.concatenate([[0], np.cumsum([len(each.free) for each in tables])])
    atoms = int(starts[-1])
    blocks, least, most, loose = [], [], [], []
    chosen = [np.arange(len(table.part.names)) if further else table.rows for table in tables]
    for table, start, places in zip(tables, starts, chosen, strict=False):
        inside = sparse.csr_array(table.incidence[places])
        blocks.append(_placed(inside, int(start), atoms))
        least.append(table.least[places])
        most.append(table.most[places])
        loose.append(~table.is_single[places])
    between = _between(tables, covers)
    rows = sparse.vstack([*blocks, between.rows([table.incidence for table in tables])], format="csr")
    low = np.concatenate([*least, between.low]).astype(float)
    high = np.concatenate([*most, between.high]).astype(float)
    slack = np.flatnonzero(np.concatenate([*loose, np.zeros(len(between.low), dtype=bool)]))
    ones = np.ones(len(slack))
    lower = sparse.csr_array((ones, (slack, np.arange(len(slack)))), shape=(rows.shape[0], len(slack)))
    costs = [np.concatenate([table.costs for table in tables]), np.full(2 * len(slack), FURTHER)]
    matrix: list[Any] = [rows, lower, -lower]
    uppers = [np.ones(atoms), np.ones(2 * len(slack))]
    moves: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    if further:
        for table in tables:
            up, down = np.flatnonzero(table.part.atoms.ravel() > 0), np.flatnonzero(table.floors > 1)
            moves.append((up, down))
        matrix += _moved(tables, between, moves)
        more = sum(len(up) + len(down) for up, down in moves)
        costs.append(np.full(more, FURTHER))
        uppers.append(np.ones(more))
    cost = np.concatenate(costs)
    if not len(cost):
        return Found([table.floors.reshape(table.part.atoms.shape) * BASE for table in tables], is_wide=False)
    answer = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(np.zeros(len(cost)), np.concatenate(uppers)),
        constraints=LinearConstraint(sparse.hstack(matrix, format="csc"), low, high) if rows.shape[0] else (),
        options={"node_limit": MOST_NODES, "mip_rel_gap": GAP},
    )
    if answer.x is None:
        return None
    moved = np.rint(answer.x).astype(np.int64)
    values = _values(tables, starts, moved, moves, atoms + 2 * len(slack))
    return Found(values, is_wide=bool(moved[atoms:].any()))


def _placed(block: sparse.csr_array, start: int, columns: int) -> sparse.csr_array:
    return sparse.csr_array((block.data, block.indices + start, block.indptr), shape=(block.shape[0], columns))


@dataclass(frozen=True, eq=False)
class _Between:
    """What cells of several tables must be to each other: for each table, relations by its cells; and the bounds of every relation."""

    cells: list[sparse.csr_array]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def rows(self, sums: Sequence[sparse.csr_array]) -> sparse.csr_array:
        """The relations by columns, given cells by columns of each table."""
        return sparse.csr_array(sparse.hstack([cells @ each for cells, each in zip(self.cells, sums, strict=True)], format="csr"))


Term = tuple[int, int, int]
"""A table, a cell of it, and how often it counts."""


def _between(tables: Sequence[_Columns], covers: Sequence[Cover]) -> _Between:
    """Cells that two tables both have come to one number in both; quarters stay below their year, and together above it."""
    first: dict[Name, tuple[int, int]] = {}
    relations: list[tuple[list[Term], float]] = []
    for which, table in enumerate(tables):
        for place, name in enumerate(table.part.names):
            one = first.setdefault(name, (which, place))
            if one != (which, place):
                relations.append(([(*one, 1), (which, place, -1)], 0.0))
    for whole, parts in covers:
        relations += [([(*first[whole], 1), (*first[part], -1)], np.inf) for part in parts]
        relations.append(([*((*first[part], 1) for part in parts), (*first[whole], -1)], np.inf))
    cells = []
    for which, table in enumerate(tables):
        terms = [(row, place, times) for row, (of, _) in enumerate(relations) for there, place, times in of if there == which]
        listed = np.array(terms, dtype=np.int64).reshape(-1, 3)
        cells.append(
            sparse.csr_array((listed[:, 2], (listed[:, 0], listed[:, 1])), shape=(len(relations), len(table.part.names)), dtype=np.int64)
        )
    at_base = sum((each @ table.base for each, table in zip(cells, tables, strict=True)), np.zeros(len(relations)))
    return _Between(cells, -at_base, np.array([high for _, high in relations], dtype=float) - at_base)


def _moved(tables: Sequence[_Columns], between: _Between, moves: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> list[Any]:
    """The columns of atoms that go one multiple further, in the rows of their own table and in those between tables."""
    found = []
    for which, (table, (up, down)) in enumerate(zip(tables, moves, strict=True)):
        whole = table.part.sums
        own = [
            whole if other == which else sparse.csr_array((each.part.sums.shape[0], whole.shape[1])) for other, each in enumerate(tables)
        ]
        block = sparse.csc_array(sparse.vstack([*own, between.cells[which] @ whole]))
        found += [block[:, up], -block[:, down]]
    return found


def _values(
    tables: Sequence[_Columns],
    starts: NDArray[np.int64],
    moved: Numbers,
    moves: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    past: int,
) -> list[Numbers]:
    found = []
    for which, table in enumerate(tables):
        steps = table.floors.copy()
        steps[table.free] += moved[starts[which] : starts[which + 1]]
        if moves:
            up, down = moves[which]
            steps[up] += moved[past : past + len(up)]
            past += len(up)
            steps[down] -= moved[past : past + len(down)]
            past += len(down)
        found.append((steps * BASE).reshape(table.part.atoms.shape))
    return found
